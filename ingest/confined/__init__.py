"""Work on what strangers send, in child processes of few rights."""
