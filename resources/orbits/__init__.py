"""Orbital element sets and the objects they belong to, as tables."""
