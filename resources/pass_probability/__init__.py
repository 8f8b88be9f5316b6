"""PassProbability: how likely a satellite's trail is, over the whole sky and through the year."""
