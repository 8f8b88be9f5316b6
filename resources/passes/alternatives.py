"""What another pointing nearby, another site or another field of view would gain."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from satvo.resources.ephemeris.apparent import radec_deg, sky_axes
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.passes.fields import Field, direction_of
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue
from satvo.resources.passes.windows import Plan, best_starts, clean_windows
from satvo.schemas.errors import BadParameter

__all__ = ["KINDS", "Alternative", "alternatives", "ring"]

KINDS = ("as-asked", "pointing", "site", "field")

_MOST_OFFSETS = 36


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to carry out a plan, compared with the way that was asked for.

    Attributes
    ----------
    kind : str
        One of `KINDS`: what differs.
    ra_deg, dec_deg : float
        Where it points, ICRS.
    observer : str
    field : str
        What its field of view is called.
    observable_s, clean_s, longest_s : float
        Time with the target up in the dark, of that without a satellite in the field, and the
        longest clean window.
    crossings : int
        In all that time.
    start_mjd, start_crossings, start_alt_deg : float
        The best start of the exposure, MJD in UTC; NaN where it fits nowhere.
    gain_s : float
        Clean time more than as asked.
    gain_crossings : float
        Crossings fewer during the best exposure than as asked; NaN where one of them has none.
    """

    kind: str
    ra_deg: float
    dec_deg: float
    observer: str
    field: str
    observable_s: float
    clean_s: float
    longest_s: float
    crossings: int
    start_mjd: float
    start_crossings: float
    start_alt_deg: float
    gain_s: float = 0.0
    gain_crossings: float = math.nan


def ring(
    ra_deg: float, dec_deg: float, radius_deg: float, count: int = 8
) -> list[tuple[float, float]]:
    """Places on a circle about a position, from north through east, deg.

    Raises
    ------
    BadParameter
        If the radius is not above 0 to 30 deg, or there would be none, or more than 36.

    Examples
    --------
    >>> [(round(ra), round(dec)) for ra, dec in ring(0.0, 60.0, 1.0, 4)]
    [(0, 61), (2, 60), (0, 59), (358, 60)]
    """
    if not 0.0 < radius_deg <= 30.0:
        raise BadParameter(f"offset of {radius_deg} deg: above 0 to 30 deg is accepted")
    if not 1 <= count <= _MOST_OFFSETS:
        raise BadParameter(f"{count} offsets: 1 to {_MOST_OFFSETS} are accepted")
    centre = direction_of(ra_deg, dec_deg, "target")
    east, north = sky_axes(centre)
    turn = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)[:, None]
    out = math.radians(radius_deg)
    places = math.cos(out) * centre + math.sin(out) * (np.sin(turn) * east + np.cos(turn) * north)
    ra, dec = radec_deg(places)
    return [(float(a), float(d)) for a, d in zip(ra, dec, strict=True)]


def alternatives(
    plan: Plan,
    observer: Observer,
    catalogue: Catalogue,
    options: Options | None = None,
    *,
    pointings: Iterable[tuple[float, float]] = (),
    sites: Iterable[Observer] = (),
    shapes: Mapping[str, Callable[[float, float], Field]] | None = None,
    field_name: str = "as asked",
) -> list[Alternative]:
    """A plan as it was asked for, and then with each of the others in turn, one thing changed.

    Parameters
    ----------
    plan, observer, catalogue, options
        As `satvo.resources.passes.windows.clean_windows` takes them.
    pointings : iterable of (ra, dec)
        deg; `ring` makes some.
    sites : iterable of Observer
        On the ground.
    shapes : mapping
        Other fields of view by their names.
    field_name : str
        What that of the plan is called.

    Raises
    ------
    BadParameter
        As `clean_windows`.
    """
    first = _tried("as-asked", plan, observer, field_name, catalogue, options)
    found = [replace(first, gain_crossings=first.start_crossings * 0.0)]
    tried: list[Alternative] = []
    for ra, dec in pointings:
        moved = replace(plan, ra_deg=ra, dec_deg=dec)
        tried.append(_tried("pointing", moved, observer, field_name, catalogue, options))
    for site in sites:
        tried.append(_tried("site", plan, site, field_name, catalogue, options))
    for name, shape in (shapes or {}).items():
        other = replace(plan, shape=shape)
        tried.append(_tried("field", other, observer, name, catalogue, options))
    return found + [
        replace(
            each,
            gain_s=each.clean_s - first.clean_s,
            gain_crossings=first.start_crossings - each.start_crossings,
        )
        for each in tried
    ]


def _tried(
    kind: str,
    plan: Plan,
    observer: Observer,
    field: str,
    catalogue: Catalogue,
    options: Options | None,
) -> Alternative:
    windows = clean_windows(plan, observer, catalogue, options)
    best = best_starts(plan, windows, observer, most=1)
    has = len(best.start_mjd) > 0
    return Alternative(
        kind,
        plan.ra_deg,
        plan.dec_deg,
        observer.name,
        field,
        windows.observable_s,
        windows.clean_s,
        windows.longest_s,
        len(windows.norad_id),
        float(best.start_mjd[0]) if has else math.nan,
        float(best.crossings[0]) if has else math.nan,
        float(best.alt_deg[0]) if has else math.nan,
    )
