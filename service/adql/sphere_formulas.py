"""Circles and distances on the sphere as formulas of SQL, of numbers that are written already."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = [
    "DISC_MARGIN_DEG", "by_disc_formula", "distance_formula", "in_circle_formula",
    "near_disc_formula",
]  # fmt: skip

DISC_MARGIN_DEG = 1e-7
"""By which the circle around a region may be too small or too large by rounding, and more."""

_BOUNDARY = 1 + 4e-15
"""A boundary belongs to its circle, so rounding must not put it outside: the antipode of a centre
to a radius of 180 deg, or a point that is exactly as far as the radius."""


def in_circle_formula(
    numbers: list[str],
    known: list[float | None],
    double: Callable[[float], str],
    square: str = "pow($, 2)",
) -> str:
    """Haversine against sin(r/2)**2: exact for small and large circles, without an arc cosine.

    Parameters
    ----------
    numbers : list of str
        Longitude, latitude, the centre's, and the radius, deg: DOUBLE PRECISION.
    known : list of float or None
        The values of those that are constant.
    double : callable
        Writes a literal.
    square : str
        How the engine squares what stands in the place of ``$``.
    """
    lon, lat, centre_lon, centre_lat, radius = numbers
    sine = f"sin(radians({radius}) / 2)"
    cosine = f"cos(radians({centre_lat}))"
    limit = f"{double(_BOUNDARY)} * {square.replace('$', sine)}"
    # What is constant is worked out here: a query of a thousand circles takes half the time.
    if (number := known[3]) is not None:
        cosine = double(math.cos(math.radians(number)))
    if (number := known[4]) is not None:
        limit = double(_BOUNDARY * math.sin(math.radians(number) / 2) ** 2)
    along = square.replace("$", f"sin(radians(({lat}) - ({centre_lat})) / 2)")
    across = square.replace("$", f"sin(radians(({lon}) - ({centre_lon})) / 2)")
    inside = f"{along} + cos(radians({lat})) * {cosine} * {across} <= {limit}"
    return f"({inside})" if number is not None else f"({radius} BETWEEN 0 AND 180 AND {inside})"


def by_disc_formula(
    arguments: list[str],
    numbers: list[str],
    known: list[float | None],
    double: Callable[[float], str],
    square: str = "pow($, 2)",
) -> str:
    """A predicate of a region that a circle around it decides, where it can.

    Far from what is asked for the predicate is false, and wholly inside, where that is enough, it
    is true; the exact one, of which a call takes a thousand times as long, is asked in between.

    Parameters
    ----------
    arguments : list of str
        The exact predicate, the region, whether inside is enough (a constant, 1 or 0).
    numbers : list of str
        Position and diameter of the region, and centre and radius of what is asked for, deg.
    known : list of float or None
        The values of those of the arguments and numbers that are constant.
    double, square
        As for `in_circle_formula`.
    """
    exact, region, _ = arguments[:3]
    cases = [f"WHEN {region} IS NULL THEN NULL"]
    if known[2]:
        inside = "{radius} - {half} - {margin}"
        cases.append(
            f"WHEN {near_disc_formula(numbers, known[3:], double, square, inside)} THEN TRUE"
        )
    cases.append(f"WHEN {near_disc_formula(numbers, known[3:], double, square)} THEN {exact}")
    return f"(CASE {' '.join(cases)} ELSE FALSE END)"


def near_disc_formula(
    numbers: list[str],
    known: list[float | None],
    double: Callable[[float], str],
    square: str = "pow($, 2)",
    reach: str = "least({widest}, {radius} + {half} + {margin})",
) -> str:
    """Whether a disc has something in common with a circle; or whatever else a reach tells.

    Parameters
    ----------
    numbers, double, square
        As for `by_disc_formula`.
    known : list of float or None
        The values of those of the numbers that are constant.
    reach : str
        The distance of the centres, from the radius of the circle, half of the diameter of the
        disc, the margin of rounding, and 180 deg.
    """
    lon, lat, fov, centre_lon, centre_lat, radius = numbers
    margin, widest = double(DISC_MARGIN_DEG), double(180.0)
    written = reach.format(radius=radius, half=f"{fov} / 2", margin=margin, widest=widest)
    places = [lon, lat, centre_lon, centre_lat, written]
    return in_circle_formula(places, [None, None, *known[3:5], None], double, square)


def distance_formula(numbers: list[str], square: str = "pow($, 2)") -> str:
    """Vincenty's form; its difference of two products rewritten with those of the coordinates.

    So 1e-9 deg keeps its digits, and so do the antipodes (`satvo.schemas.sphere.separation_deg`).
    """
    lon1, lat1, lon2, lat2 = numbers
    sin1, cos1, sin2, cos2 = (
        f"{function}(radians({lat}))" for lat in (lat1, lat2) for function in ("sin", "cos")
    )
    turn = f"radians(({lon2}) - ({lon1}))"
    across = square.replace("$", f"{cos2} * sin({turn})")
    half = square.replace("$", f"sin({turn} / 2)")
    along = square.replace("$", f"sin(radians(({lat2}) - ({lat1}))) + 2 * {sin1} * {cos2} * {half}")
    return (
        f"degrees(atan2(sqrt({across} + {along}), {sin1} * {sin2} + {cos1} * {cos2} * cos({turn})))"
    )
