"""How satellites were, or will be, turned: attitude files of their operators."""
