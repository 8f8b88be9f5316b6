"""Which satellites the trails of an image are, and their measured positions for orbit work."""
