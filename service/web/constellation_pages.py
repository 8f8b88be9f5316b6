"""The pages /constellations, what is filed, and /probability, which asks for jobs about them.

The first works without JavaScript; the second starts a job as a program does, and waits for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from flask import Blueprint
from satvo.ingest.constellations.shells import Constellation
from satvo.resources.constellations.filed import filed_constellations
from satvo.service.archive_access import archive
from satvo.service.operations import operation
from satvo.service.web.page import PAGE, keep_policy, named_sites, page

__all__ = ["blueprint"]

blueprint = Blueprint("constellations", __name__)
blueprint.after_request(keep_policy)

_LEFT, _TOP, _WIDE, _HIGH = 30.0, 8.0, 180.0, 84.0
"""The frame of a picture, in units of its viewBox 220 by 112."""
_LOWEST_KM, _HIGHEST_KM = 250.0, 2500.0
"""Altitudes of the frame, on a logarithmic scale; a shell outside stands at the edge."""
_RADIUS = 0.08
"""Of a disc for one satellite: discs have areas as the numbers are, 1 584 have 3.2."""
_LEAST = 1.2
_FIRST = "starlink-gen1"
"""Ticked until another is."""


@dataclass(frozen=True, slots=True)
class Disc:
    """A shell in the picture.

    Attributes
    ----------
    x, y, radius : float
        In units of the picture.
    title : str
        What a pointer on it is told.
    """

    x: float
    y: float
    radius: float
    title: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A filed constellation as the page shows it.

    Attributes
    ----------
    about : Constellation
    discs : tuple of Disc
        Large ones first, so that small ones are seen.
    """

    about: Constellation
    discs: tuple[Disc, ...]


@blueprint.get("/constellations")
@operation("The filed constellations as a page", replies=PAGE)
def constellations() -> str:
    """The filed constellations, their shells, and how to have their satellites."""
    ticks = [(km, round(_y(km), 1)) for km in (300, 500, 1000, 2000)]
    return page(
        "constellations.html",
        filed=_filed(),
        frame=(_LEFT, _TOP, _WIDE, _HIGH),
        altitudes=ticks,
        inclinations=[(deg, _x(deg)) for deg in (0, 45, 90, 135, 180)],
    )


@blueprint.get("/probability")
@operation("PassProbability as a page: a form that starts its jobs", replies=PAGE)
def probability() -> str:
    """The form that asks for a map or a calendar; its script starts the job and shows it."""
    return page(
        "probability.html",
        sites=named_sites(archive().store),
        filed=_filed(),
        first=_FIRST,
        year=datetime.now(UTC).year,
    )


@cache  # the files of the package
def _filed() -> tuple[Filed, ...]:
    return tuple(Filed(each, _discs(each)) for each in filed_constellations())


def _discs(constellation: Constellation) -> tuple[Disc, ...]:
    discs = [
        Disc(
            round(_x(shell.inclination_deg), 1),
            round(_y(shell.altitude_km), 1),
            round(max(_RADIUS * math.sqrt(shell.total), _LEAST), 2),
            f"{shell.id}: {shell.total:,} at {shell.altitude_km:g} km, "
            f"{shell.inclination_deg:g} deg",
        )
        for shell in constellation.shells
    ]
    return tuple(sorted(discs, key=lambda disc: -disc.radius))


def _x(inclination_deg: float) -> float:
    return _LEFT + _WIDE * inclination_deg / 180.0


def _y(altitude_km: float) -> float:
    km = min(max(altitude_km, _LOWEST_KM), _HIGHEST_KM)
    part = math.log(km / _LOWEST_KM) / math.log(_HIGHEST_KM / _LOWEST_KM)
    return _TOP + _HIGH * (1.0 - part)
