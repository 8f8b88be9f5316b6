"""Satellites of the archive in the formats of other programs."""
