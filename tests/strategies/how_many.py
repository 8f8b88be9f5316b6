"""How many examples a test draws."""

from __future__ import annotations

from hypothesis import settings

__all__ = ["examples"]


def examples(count: int) -> settings:
    """So many in the suite, and twenty times as many with ``--hypothesis-profile=long``."""
    return settings(max_examples=count * settings.default.max_examples // 100)
