"""The simulated cases: all by the same seeds on every day."""

from __future__ import annotations

from collections.abc import Iterator

from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.frames import image_case
from satvo.resources.images.scenes.special import SPECIAL
from satvo.resources.images.scenes.spectra import SPECTRA
from satvo.resources.images.scenes.told import case_names

__all__ = ["made_up_cases"]

_OTHERWISE = {**SPECIAL, **SPECTRA}
_OF_A_DAY = "predicted"
"""Made with the passes of a day (`satvo.resources.images.scenes.predicted`)."""


def made_up_cases() -> Iterator[Case]:
    """The cases, one after another: the same files on every day."""
    for name in case_names():
        if name == _OF_A_DAY:
            continue
        yield _OTHERWISE[name]() if name in _OTHERWISE else image_case(name)
