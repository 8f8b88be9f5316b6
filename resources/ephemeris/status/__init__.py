"""The state of every satellite of the archive, by the history of its element sets."""
