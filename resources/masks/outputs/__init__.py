"""What is made of the trails that were found: mask, catalogue, repaired image, model."""
