"""Telescopes in space, named by catalogue number or by an ephemeris file."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import SpaceTelescope
from satvo.resources.ephemeris.operator_files import OperatorFiles
from satvo.resources.ephemeris.propagation import Orbits, propagator
from satvo.schemas.errors import BadParameter

__all__ = ["MAX_AGE_D", "ElementsOf", "FilesOf", "names_space", "space_telescope"]

MAX_AGE_D = 30.0
"""Elements of a telescope farther from the time than this are not used, d."""

ElementsOf = Callable[[int, float, float], Elements]
"""Of a satellite (catalogue number) the set nearest to a span of time (MJD in UTC), or none."""

FilesOf = Callable[[int, str | None, float, float], OperatorFiles | None]
"""Of a satellite the ephemeris files of a span, or the one of a name."""

_NORAD = re.compile(r"norad:\s*([0-9]{1,9})", re.ASCII | re.IGNORECASE)
_EPHEMERIS = re.compile(r"ephemeris:\s*(([0-9]{1,9})-[0-9A-Za-z-]{1,60})", re.ASCII | re.IGNORECASE)
_WORDS = ("norad:", "ephemeris:")


def names_space(text: str) -> bool:
    """Whether a text is meant as a telescope in space.

    Examples
    --------
    >>> names_space("norad:20580"), names_space("rubin")
    (True, False)
    """
    return text.strip().lower().startswith(_WORDS)


def space_telescope(text: str, elements_of: ElementsOf, files_of: FilesOf) -> SpaceTelescope:
    """The telescope that a text names.

    By its catalogue number (``norad:20580``) it is where its newest ephemeris file says, if that
    covers all of the time asked for at once, and otherwise where its nearest elements say; by an
    ephemeris_id (``ephemeris:20580-20260101T000000-...``) only where that file says. The error of
    its own place is left out of what it sees.

    Parameters
    ----------
    text : str
    elements_of, files_of : callable
        What is known of it; asked when the time is known.

    Raises
    ------
    BadParameter
        If the text names neither. What is not known shows when a place is asked for.
    """
    by_number, by_file = _NORAD.fullmatch(text.strip()), _EPHEMERIS.fullmatch(text.strip())
    if by_number is not None:
        norad_id, file = int(by_number[1]), None
    elif by_file is not None:
        norad_id, file = int(by_file[2]), by_file[1]
    else:
        raise BadParameter(
            f"observer {text[:60]!a}: norad: and a catalogue number, or ephemeris: and an "
            "ephemeris_id of satvo.ephemeris_file, are accepted"
        )
    name = f"norad:{norad_id}" if file is None else f"ephemeris:{file}"

    def orbit_of(first: float, last: float) -> Orbits:
        files = files_of(norad_id, file, first, last)
        if files is not None and len(files):
            used = np.flatnonzero(files.used(np.array([first]), np.array([last]))[:, 0])
            if len(used):
                return files.orbits.part(used[:1])
        span = f"from MJD {first:.5f} to {last:.5f}"
        if file is not None:
            raise BadParameter(
                f"observer {name}: no ephemeris of that name covers all of the exposures {span}; "
                "ask for others, or name the telescope by norad_id"
            )
        elements = elements_of(norad_id, first, last)
        if not len(elements):
            raise BadParameter(
                f"observer {name}: neither an ephemeris that covers the exposures {span} nor an "
                f"element set within {MAX_AGE_D:.0f} days of them is known; load one "
                "(satvo ingest), or ask for another time"
            )
        return propagator("sgp4").prepare(elements[:1])

    return SpaceTelescope(name, norad_id, orbit_of)
