"""How the networks are trained, measured and written: the extra `train` (torch)."""
