"""How bright crossings are, and what they leave on a detector."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness.geometry import Geometry
from satvo.resources.brightness.magnitudes import Magnitudes, magnitudes
from satvo.resources.brightness.satellites import Satellites
from satvo.resources.brightness.trails import (
    effective_mag,
    surface_mag_arcsec2,
    trail_width_arcsec,
)
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.moments import Moment
from satvo.resources.passes.options import Options

__all__ = ["brightness_of", "light_of", "magnitudes_at"]


def light_of(
    rows: dict[str, NDArray[Any]],
    moments: Moment,
    ours: Elements,
    exposures: list[Exposure],
    number: NDArray[np.int64],
    options: Options,
) -> dict[str, NDArray[Any]]:
    """Magnitude (the brightest of entry, nearest and exit), and what it leaves on the detector.

    ``moments`` holds the three of each crossing, one crossing after the other.
    """
    found = magnitudes_at(moments, ours[np.repeat(np.arange(len(ours)), 3)], options)
    mags = found.mag.reshape(-1, 3)
    best = np.arange(len(ours)) * 3 + np.argmin(np.where(np.isnan(mags), np.inf, mags), axis=1)
    mag = found.mag[best]
    duration = np.array([e.duration_s for e in exposures])[number]
    pixel = np.array([e.pixel_arcsec or options.seeing_arcsec for e in exposures])[number]
    width = trail_width_arcsec(options.seeing_arcsec, options.aperture_m, rows["range_min"])
    return {
        "mag": mag,
        "mag_err": found.mag_err[best],
        "mag_model": found.model[best],
        "mag_eff": effective_mag(mag, rows["rate"], duration, pixel),
        "sb": surface_mag_arcsec2(mag, rows["rate"], width, duration),
        "trail_width": np.asarray(width),
    }


def brightness_of(elements: Elements) -> Satellites:
    """What the models of brightness ask of satellites."""
    return Satellites.of(
        len(elements),
        mag_std=elements.mag_std,
        mag_std_err=elements.mag_std_err,
        rcs_m2=elements.rcs,
        constellation=elements.constellation.tolist(),
        object_name=elements.object_name.tolist(),
    )


def magnitudes_at(moments: Moment, ours: Elements, options: Options) -> Magnitudes:
    """Magnitudes of satellites at their instants, as `magnitudes` gives them."""
    seen = moments.seen
    geometry = Geometry(
        seen.satellite_km, moments.velocity_km_s, seen.observer_km, moments.frames.sun_km
    )
    altitude = np.nan_to_num(seen.alt, nan=90.0) if options.extinction else None
    return magnitudes(
        geometry,
        brightness_of(ours),
        band=options.band,
        model=options.model,
        sun_frac=seen.sun_frac,
        altitude_deg=altitude,
    )
