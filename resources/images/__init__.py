"""Images of the archive: what is published of them, and what is cut out of them."""
