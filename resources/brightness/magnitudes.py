"""The magnitude of each satellite, by the model that suits it best or by one that is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.brightness.bands import COLOUR_SCATTER, colour, extinction
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.resources.brightness.model import BrightnessModel
from satvo.resources.brightness.satellites import Satellites
from satvo.schemas.errors import BadParameter
from satvo.schemas.plugins import plugin, plugins

__all__ = ["PREFERRED", "Magnitudes", "brightness_model", "brightness_models", "magnitudes"]

_GROUP = "satvo.brightness_models"

PREFERRED = ("standard-magnitude", "two-panel-phong", "published-means", "diffuse-sphere")
"""Models in the order in which they are tried where none is named."""


@dataclass(frozen=True, slots=True)
class Magnitudes:
    """Apparent magnitudes of a source that stands still.

    Attributes
    ----------
    mag, mag_err : ndarray (n,)
        In the band asked for; NaN where nothing is known or no light comes.
    model : ndarray of str (n,)
        NAME of the model used; empty where none applies.
    """

    mag: Floats
    mag_err: Floats
    model: NDArray[np.object_]


def brightness_models() -> Mapping[str, BrightnessModel]:
    """Every registered model by its NAME, the built-in ones first.

    Examples
    --------
    >>> set(PREFERRED) <= set(brightness_models())
    True
    """
    return plugins(_GROUP)


def brightness_model(name: str) -> BrightnessModel:
    """The model of a name.

    Raises
    ------
    BadParameter
        If there is none.
    """
    return cast(BrightnessModel, plugin(_GROUP, name, "brightness model"))


def magnitudes(
    geometry: Geometry,
    satellites: Satellites,
    *,
    band: str = "V",
    model: str | BrightnessModel | None = None,
    sun_frac: ArrayLike = 1.0,
    earthshine: bool = False,
    altitude_deg: ArrayLike | None = None,
    magnitudes_per_airmass: float | None = None,
) -> Magnitudes:
    """Apparent magnitudes of n satellites.

    Parameters
    ----------
    geometry : Geometry
        n rows.
    satellites : Satellites
        The n satellites of these rows.
    band : str
        One of `satvo.resources.brightness.bands.BANDS`; V by the model, others by the Sun's colour.
    model : str or BrightnessModel, optional
        A model for all. Without it each satellite gets the first that applies of `PREFERRED`: its
        standard magnitude, the two-panel model of its design, the mean of its constellation, or a
        sphere of its radar cross section. Where none does the magnitude is NaN: nothing is made up.
    sun_frac : array_like (n,)
        Part of the Sun's disc seen from the satellite. The direct light is taken times it, so in
        the penumbra the satellite fades, and at 0 it has no magnitude (but for earthshine).
    earthshine : bool
        Adds light scattered by the Earth, in the models that compute it.
    altitude_deg : array_like (n,), optional
        Apparent altitudes; given, the air's extinction is added.
    magnitudes_per_airmass : float, optional
        Of the site; by default that of a good one.

    Raises
    ------
    BadParameter
        If band or model is unknown, or the numbers of rows differ.

    Examples
    --------
    >>> seen = Geometry.of([[6878.0, 0, 0]] * 2, [6378.0, 0, 0], [-6e7, 1.37e8, 0])
    >>> two = Satellites.of(2, constellation=["oneweb", None])
    >>> found = magnitudes(seen, two)
    >>> found.mag.round(2), found.model
    (array([5.67,  nan]), array(['published-means', ''], dtype=object))
    """
    count = len(geometry)
    if len(satellites) != count:
        raise BadParameter(
            f"{len(satellites)} satellites for {count} rows of geometry; as many are accepted"
        )
    lit = _fractions(sun_frac, count)
    chosen = [brightness_model(name) for name in PREFERRED] if model is None else [_named(model)]
    mag, err = np.full(count, np.nan), np.full(count, np.nan)
    used = np.full(count, "", dtype=object)
    for candidate in chosen:
        free = (used == "") & candidate.applies(geometry, satellites)
        which = np.flatnonzero(free)
        if not which.size:
            continue
        found = candidate.mag_v(
            geometry[which], satellites[which], sun_frac=lit[which], earthshine=earthshine
        )
        mag[which], err[which], used[which] = found.mag, found.mag_err, candidate.NAME
    mag = mag + colour(band)
    if band != "V":
        err = np.hypot(err, COLOUR_SCATTER)
    if altitude_deg is not None:
        mag = mag + extinction(band, altitude_deg, magnitudes_per_airmass)
    return Magnitudes(mag, np.where(np.isnan(mag), np.nan, err), used)


def _named(model: str | BrightnessModel) -> BrightnessModel:
    return brightness_model(model) if isinstance(model, str) else model


def _fractions(sun_frac: ArrayLike, count: int) -> Floats:
    lit = np.array(np.broadcast_to(np.asarray(sun_frac, dtype=np.float64), (count,)))
    if np.any((lit < 0.0) | (lit > 1.0)):
        raise BadParameter(f"sun_frac from {lit.min()} to {lit.max()}: 0 to 1 is accepted")
    return lit
