"""TrailMask: find the trails of satellites in images, mask them, model them and take them out."""
