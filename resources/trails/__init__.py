"""Trails of satellites in images."""
