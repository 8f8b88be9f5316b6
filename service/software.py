"""What this program is called where it names itself."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

__all__ = ["software_version"]


@cache
def software_version() -> str:
    """The version that is installed; looking it up takes longer than answering a short query."""
    return version("satvo")
