"""The simulated cases of the test suite: scene descriptions, and what is told of them."""
