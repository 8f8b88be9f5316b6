"""Satellites made of the values of a description, and placed in the field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.drawn import settled
from satvo.resources.images.simulator.motion import way_of
from satvo.resources.images.simulator.satellite_fields import PAPER, SATELLITES
from satvo.resources.images.simulator.satellites import Satellite, SkyPath
from satvo.resources.images.simulator.view import View
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.spectrum import Spectrum

__all__ = ["listed", "satellites_at_rates", "satellites_of", "spectrum_of_values"]

Floats = NDArray[np.float64]

_TRIES = 200
_NAMES = {
    "rate": "rate_arcsec_s", "at": "at_s", "first_seen": "first_s", "last_seen": "last_s",
    "range": "range_km", "jitter": "jitter_px", "size": "size_m", "width": "width_px",
}  # fmt: skip
_OWN = ("magnitude", "band", "temperature", "place", "path", "law", "count")


def satellites_of(told: Any, view: View, random: np.random.Generator) -> tuple[Satellite, ...]:
    """The satellites of a description.

    Parameters
    ----------
    told : sequence of mapping, or "random" or "none"
        As `SATELLITES` reads them.
    view : View
        Of the first frame.
    random : numpy Generator

    Raises
    ------
    BadParameter
        Naming the satellite; for one that is to be enclosed and is longer than the frame.
    """
    found: list[Satellite] = []
    for index, each in enumerate(listed(told)):
        try:
            for _ in range(each["count"]):
                values = settled(each, random)
                satellite = _satellite(values, view.exposure_s, random)
                if isinstance(values["place"], str) and values["place"] != "centre":
                    satellite = _placed(satellite, values["place"], view, random)
                found.append(satellite)
        except BadParameter as err:
            raise BadParameter(f"satellites[{index}]: {err}") from err
    return tuple(found)


def satellites_at_rates(
    rates: Sequence[tuple[float, float, float]], view: View, random: np.random.Generator
) -> tuple[Satellite, ...]:
    """The satellites that rates of trails bring into one exposure; none where chance has it so.

    Parameters
    ----------
    rates : sequence of (float, float, float)
        Trails a square degree and hour, and the magnitudes (V) between which they are, evenly.
    view : View
    random : numpy Generator
    """
    from satvo.resources.images.simulator.kinds import Mistakes
    from satvo.resources.images.simulator.orbiting import satellites_by_rate

    found: list[Mapping[str, Any]] = []
    for rate in rates:
        found += satellites_by_rate(rate, view.wcs, view.shape, view.exposure_s, random)
    return satellites_of(SATELLITES.read(found, "satellites", Mistakes()), view, random)


def listed(told: Any) -> Sequence[Mapping[str, Any]]:
    """The satellites of a section, where ``random`` stands for that of the paper."""
    if isinstance(told, str):
        from satvo.resources.images.simulator.kinds import Mistakes

        read: Sequence[Mapping[str, Any]] = SATELLITES.read(
            [PAPER] if told == "random" else [], "satellites", Mistakes()
        )
        return read
    given: Sequence[Mapping[str, Any]] = told
    return given


def _satellite(
    values: Mapping[str, Any], exposure_s: float, random: np.random.Generator
) -> Satellite:
    given = {_NAMES.get(key, key): v for key, v in values.items() if key not in _OWN}
    if isinstance(values["place"], tuple):
        given["sky_coordinates"] = values["place"]
    if "path" in values:
        seconds, ra, dec = np.array(values["path"], dtype=np.float64).T
        given["path"] = SkyPath(seconds, ra, dec)
    if "law" in values:
        from satvo.resources.images.simulator.laws import law_of

        given["law"] = law_of(values["law"], exposure_s, random)
    return Satellite(spectrum=spectrum_of_values(values), **given)


def spectrum_of_values(values: Mapping[str, Any]) -> Spectrum:
    from satvo.resources.images.simulator.spectrum import Spectrum

    magnitude, band = values["magnitude"], values["band"]
    if "temperature" in values:
        return Spectrum.blackbody(values["temperature"], mag=magnitude, band=band)
    return Spectrum.solar(mag=magnitude, band=band)


def _placed(satellite: Satellite, where: str, view: View, random: np.random.Generator) -> Satellite:
    """The same at a random place of the frame, with its trail inside it where that is asked."""
    from dataclasses import replace

    enclosed = where in ("enclosed", "enclosed_if_possible")
    rows, columns = view.shape
    for _ in range(_TRIES):
        x, y = random.uniform(0.0, columns - 1.0), random.uniform(0.0, rows - 1.0)
        if enclosed:
            try:
                x, y = _inside(satellite, view, random)
            except BadParameter:
                if where == "enclosed":
                    raise
                enclosed = False
        ra, dec = (float(value) for value in view.sky(x, y))
        if not math.isfinite(ra):
            continue
        placed = replace(satellite, sky_coordinates=(ra, dec))
        if not enclosed or _is_inside(placed, view):
            return placed
    if where == "enclosed_if_possible" and enclosed:
        return _placed(satellite, "random", view, random)
    raise BadParameter(f"no place of the frame was found where it is {where}")


def _inside(satellite: Satellite, view: View, random: np.random.Generator) -> tuple[float, float]:
    """A place such that the trail lies inside the frame, where it is drawn as in its middle."""
    rows, columns = view.shape
    x, y = _line(satellite, view)
    middle = view.middle_px
    at = []
    for line, centre, size, name in ((x, middle[0], columns, "wide"), (y, middle[1], rows, "high")):
        before, beyond = float(np.nanmin(line)) - centre, float(np.nanmax(line)) - centre
        if not beyond - before <= size - 1.0:
            raise BadParameter(
                f"its trail is {beyond - before:.0f} pixels {name}, the frame {size}: an enclosed "
                "one needs a shorter exposure, a higher altitude, or place: random"
            )
        at.append(random.uniform(-before, size - 1.0 - beyond))
    return at[0], at[1]


def _is_inside(satellite: Satellite, view: View) -> bool:
    rows, columns = view.shape
    x, y = _line(satellite, view)
    within = (x >= -0.5) & (x <= columns - 0.5) & (y >= -0.5) & (y <= rows - 0.5)
    return bool(within.all())


def _line(satellite: Satellite, view: View) -> tuple[Floats, Floats]:
    """Columns and rows of its way during the exposure; NaN where the projection has none."""
    begin = max(0.0, satellite.first_s)
    end = min(view.exposure_s, satellite.last_s)
    seconds = np.linspace(begin, max(begin, end), 9)
    return view.pixels(*way_of(satellite, view).places(seconds), seconds)
