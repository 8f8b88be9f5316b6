"""What is computed in advance for registered observers and plans: who is up, rises, or crosses."""
