"""Models of the appearance of trails, and of what optics and detectors add to them."""
