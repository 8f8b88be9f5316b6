"""Made-up frames for the test suite: simple ones, until the image simulator makes them."""
