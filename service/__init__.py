"""How it is served: ADQL, the protocols, the pages, the command line."""
