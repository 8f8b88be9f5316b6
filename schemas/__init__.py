"""What is stored and said: tables with their VO metadata, errors, and the store."""
