"""What is computed and published, one folder for each thing that a client can discover."""
