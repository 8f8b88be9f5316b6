"""Images that contributors bring over HTTP: received, examined, registered, amended."""
