"""The VO protocols, one module a standard."""
