"""Circles and distances on the sphere as formulas of SQL, of numbers that are written already."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["distance_formula", "in_circle_formula"]

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
