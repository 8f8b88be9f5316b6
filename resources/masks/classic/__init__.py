"""What the detectors without a network share: evidence of trails, corridors, sequences, tiles."""
