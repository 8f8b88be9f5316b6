"""Straight lines in a map of evidence, fitted on the image and painted as probabilities."""
