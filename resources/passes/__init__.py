"""PassPredict: which satellites cross a field of view, and when."""
