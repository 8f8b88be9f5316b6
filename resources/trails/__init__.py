"""Trails of satellites in images."""

from satvo.resources.trails.streaks import unitary_streak

__all__ = ["unitary_streak"]
