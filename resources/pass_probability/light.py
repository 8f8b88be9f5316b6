"""How bright is what lines of sight meet."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness import Geometry, Satellites, magnitudes
from satvo.resources.brightness.bassa import (
    BASSA_2022,
    MAG_V_550KM,
    PHASE_SLOPE,
    REFERENCE_KM,
)
from satvo.resources.brightness.magnitudes import brightness_model
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.sunlight import sun_fraction
from satvo.resources.pass_probability.sightlines import Met, Sightlines, Thin

__all__ = ["BEST", "DEFAULT_MODEL", "Light", "light_of", "satellites_of"]

DEFAULT_MODEL = BASSA_2022.NAME
BEST = "best"
"""Each layer's own: its standard magnitude, the model of its design, its constellation's mean."""

_Array = NDArray[np.floating]
_Places = NDArray[np.float64]


class Light(Protocol):
    """Gives magnitudes."""

    def mag_v(self, layer: Thin, lines: Sightlines, met: Met) -> tuple[_Array, _Array]:
        """V (n,) of satellites that go north, and of those that go south.

        NaN where it is not known. What it says of satellites in the umbra is not looked at.
        """


def light_of(model: str, layers: Layers) -> Light:
    """That of a brightness model.

    Parameters
    ----------
    model : str
        `DEFAULT_MODEL`, which takes every layer for a constellation; `BEST`; or the NAME of any
        other, under which what it knows nothing of has no magnitude.

    Raises
    ------
    BadParameter
        If there is none of the name.
    """
    if model == BASSA_2022.NAME:
        return _ByRange()
    if model != BEST:
        brightness_model(model)
    return _ByModel(None if model == BEST else model, satellites_of(layers))


def satellites_of(layers: Layers) -> Satellites:
    """What brightness models know of each layer's satellites."""
    return Satellites.of(
        len(layers),
        mag_std=layers.mag_std,
        constellation=layers.constellation.tolist(),
        generation=layers.generation.tolist(),
    )


class _ByRange:
    """`satvo.resources.brightness.bassa` in single precision, right to 1e-5 mag.

    The penumbra, a hundredth of an orbit, counts as full light.
    """

    def mag_v(self, layer: Thin, lines: Sightlines, met: Met) -> tuple[_Array, _Array]:
        range_km = met.range_km.astype(np.float32)
        mag = np.log(range_km)  # not log10, which takes three times as long
        mag *= np.float32(5.0 / np.log(10.0))
        range_km *= np.float32(PHASE_SLOPE / layer.height_km)
        mag += range_km
        mag += np.float32(MAG_V_550KM - PHASE_SLOPE - 5.0 * np.log10(REFERENCE_KM))
        return mag, mag


class _ByModel:
    """Any model, asked of the lit satellites one by one."""

    def __init__(self, model: str | None, satellites: Satellites) -> None:
        self._model = model
        self._satellites = satellites

    def mag_v(self, layer: Thin, lines: Sightlines, met: Met) -> tuple[_Array, _Array]:
        """V, dimmed in the penumbra."""
        which = np.flatnonzero(met.is_lit & (met.per_deg2 > 0.0))
        found = np.full((2, len(lines)), np.nan)
        if which.size:
            places, velocities = _states(layer, lines, met, which)
            sun_km = np.broadcast_to(lines.sun_km, (len(lines), 3))[which]
            kind = self._satellites[np.full(which.size, layer.index)]
            lit = sun_fraction(places, sun_km)
            for sense, velocity in enumerate(velocities):
                seen = Geometry.of(places, lines.observer_km, sun_km, velocity)
                found[sense, which] = magnitudes(seen, kind, model=self._model, sun_frac=lit).mag
        return found[0], found[1]


def _states(
    layer: Thin, lines: Sightlines, met: Met, which: NDArray[np.int64]
) -> tuple[_Places, tuple[_Places, _Places]]:
    """Places (m, 3), km, and velocities in km/s of those that go north and of those that go south.

    On the turned axes, where the velocities are those in an inertial frame.
    """
    towards = np.column_stack([lines.x[which], lines.y[which], lines.z[which]])
    places = lines.observer_km + met.range_km[which, None] * towards
    x, y, z = places.T
    from_axis = np.maximum(np.hypot(x, y), 1e-3)
    to_east = np.column_stack([-y, x, np.zeros_like(z)]) / from_axis[:, None]
    to_north = np.column_stack([-z * x / from_axis, -z * y / from_axis, from_axis])
    to_north /= layer.radius_km
    eastward = np.clip(layer.cos_i * layer.radius_km / from_axis, -1.0, 1.0)
    east = (layer.speed_km_s * eastward)[:, None] * to_east
    north = (layer.speed_km_s * np.sqrt(1.0 - eastward**2))[:, None] * to_north
    return places, (east + north, east - north)
