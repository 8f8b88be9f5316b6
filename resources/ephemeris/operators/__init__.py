"""Operator ephemerides in the place of element sets, where they cover."""
