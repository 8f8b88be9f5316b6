"""UWS 1.1 jobs: the book that records them, and what runs them."""
