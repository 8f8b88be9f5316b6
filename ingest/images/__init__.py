"""Images coming in: what a file says of itself, where it is kept, and its rows."""
