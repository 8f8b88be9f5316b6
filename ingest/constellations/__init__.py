"""Constellation definition files: shells of satellites as their operators filed them."""
