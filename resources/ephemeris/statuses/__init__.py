"""What the orbit of each satellite does, as `satvo.satellite` says in its column status."""
