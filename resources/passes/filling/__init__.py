"""What is computed in advance for registered observers and plans: who is up, who rises, who crosses."""
