"""Cases of other shapes: a mosaic, the whole sky, states of polarisation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.assembly import assembled, facts_of, told_of
from satvo.resources.images.scenes.frames import Frames, expected_light, frames_of, of_frames
from satvo.resources.images.simulator.exposure import MASK_BITS, Exposure
from satvo.resources.images.simulator.plan import Shot
from satvo.resources.images.simulator.satellites import Satellite, SkyPath
from satvo.resources.images.simulator.special.polarimetry import (
    Polarisation,
    half_wave_beams,
    stokes_of_beams,
)
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.images.simulator.written import (
    frame_file,
    trail_rows,
    truth_catalogue,
    truth_file,
)
from satvo.resources.trails.flux_law import FluxLaw

__all__ = ["SPECIAL"]

Floats = NDArray[np.float64]

_CHIP, _GAP = 128, 16
_CCD = 2048, 4096
_WINGS_PX = 120
_EARTH_KM = 6371.0
_MU = 398_600.4
_HEIGHT_KM = 450.0
_POLARISED = Polarisation(0.2, 120.0)
"""Of the light of the satellite: sunlight reflected at a right angle from metal and panels swings
across the plane of its motion, whose position angle is 30 deg."""
_PLATES = 0.0, 22.5
"""What two halves of a wedged double Wollaston prism do together."""


def _mosaic() -> Case:
    made = frames_of("mosaic")
    started = {key: made.frame.cards[key] for key in ("DATE-OBS", "MJD-OBS")}
    bits = {f"BIT{value:d}": (kind, "pixels with this bit") for kind, value in MASK_BITS.items()}
    files = {
        part: _file([(None, {**each.cards, **made.header(each)}), *_chips(each, each.counts)])
        for part, each in (("frame", made.frame), ("pair", made.pair))
    }
    files |= {
        "mask": _file([(None, {**started, **bits}), *_chips(made.frame, made.frame.truth)]),
        "truth": truth_catalogue(_without_pixels(made.frame)),
    }
    trails = [
        {key: value for key, value in row.items() if key not in ("x1", "y1", "x2", "y2")}
        for row in trail_rows(made.frame)
    ]
    return assembled(
        made.about, files, told_of(made.about), numbers=facts_of(made.about, made.frame),
        trails=trails,
    )  # fmt: skip


def _chips(
    exposure: Exposure, array: NDArray[Any]
) -> list[tuple[NDArray[Any] | None, Mapping[str, Any]]]:
    """Windows of the four detectors about the crossing of the gaps, each with its WCS."""
    units: list[tuple[NDArray[Any] | None, Mapping[str, Any]]] = []
    step = _CHIP + _GAP
    for number, (row, column) in enumerate(((0, 0), (0, step), (step, 0), (step, step)), 1):
        first = [
            1 if at else size - _CHIP + 1 for at, size in zip((column, row), _CCD, strict=True)
        ]
        cards: dict[str, Any] = {"EXTNAME": f"CHIP{number}", **exposure.wcs_cards}
        cards["CRPIX1"] -= column
        cards["CRPIX2"] -= row
        window = ",".join(f"{at}:{at + _CHIP - 1}" for at in first)
        cards["DETSEC"] = (f"[{window}]", "of this CCD of 2048 x 4096")
        units.append((array[row : row + _CHIP, column : column + _CHIP], cards))
    return units


def _file(units: list[tuple[NDArray[Any] | None, Mapping[str, Any]]]) -> bytes:
    """A FITS file of several units."""
    import io

    from astropy.io import fits

    hdus = fits.HDUList()
    for array, cards in units:
        hdu = (fits.ImageHDU if len(hdus) else fits.PrimaryHDU)(array)
        for key, value in cards.items():
            if value is not None:
                hdu.header[key] = value
        hdus.append(hdu)
    stream = io.BytesIO()
    hdus.writeto(stream, checksum=False)
    return stream.getvalue()


def _without_pixels(exposure: Exposure) -> Exposure:
    """The same with places on the sky alone, since no single detector has the whole frame."""
    nan = math.nan
    trails = tuple(replace(t, x1=nan, y1=nan, x2=nan, y2=nan) for t in exposure.trails)
    objects = [{k: v for k, v in each.items() if k not in ("x", "y")} for each in exposure.objects]
    return replace(exposure, trails=trails, objects=objects)


@dataclass(frozen=True, slots=True)
class _Horizon:
    """Darkness beyond a distance from the middle of the frame."""

    radius_deg: float

    def act(self, sheet: Any) -> None:
        x, y = sheet.pixels
        middle = sheet.view.middle_px
        far = np.hypot(x - middle[0], y - middle[1]) * sheet.view.pixel_arcsec / 3600.0
        sheet.dim_by_optics((far < self.radius_deg).astype(float))


@dataclass(frozen=True)
class _Nearing(FluxLaw):
    """Light of a satellite that comes nearer and goes away: by the square of its distance."""

    fractions: tuple[float, ...]
    light: tuple[float, ...]

    def __call__(self, fractions: Floats) -> Floats:
        """Relative flux at fractions of the exposure (n,)."""
        return np.asarray(np.interp(fractions, self.fractions, self.light))


def _all_sky() -> Case:
    made = frames_of("all-sky", _with_overhead)
    ra, dec = (float(made.frame.wcs_cards[f"CRVAL{i}"]) for i in (1, 2))
    # Their middle line is no straight one, so that corners would tell a wrong outline.
    trails = [{**row, "s_region": None} for row in trail_rows(made.frame)]
    # What is below the horizon is no sky, though the WCS goes on there.
    return of_frames(made, trails, s_region=f"CIRCLE ICRS {ra:.6f} {dec:.6f} 89")


def _with_overhead(shot: Shot) -> Shot:
    passing = [
        _overhead(shot, mag, nearest_km, heading, seconds)
        for mag, nearest_km, heading, seconds in (
            (-1.5, 300.0, 0.7, -40.0),
            (-0.3, 800.0, 2.2, 0.0),
        )
    ]
    effects = (*shot.scene.effects, _Horizon(89.0))
    return replace(shot, scene=replace(shot.scene, satellites=tuple(passing), effects=effects))


def _overhead(
    shot: Shot, mag: float, nearest_km: float, heading: float, since_s: float
) -> Satellite:
    """A satellite on a circular orbit, 450 km high, at an even speed past the zenith.

    The observer does not turn with the Earth: 0.3 deg a minute at most are left out.

    Parameters
    ----------
    mag : float
        V at 450 km.
    nearest_km : float
        From the zenith, on the ground.
    heading : float
        Bearing of its motion from north towards west, rad.
    since_s : float
        From its nearest place to the start.
    """
    from satvo.schemas.sphere import lon_lat_deg

    radius = _EARTH_KM + _HEIGHT_KM
    rate = math.sqrt(_MU / radius**3)
    exposure_s = shot.detector.exposure_time
    elapsed = np.linspace(0.0, exposure_s, 61)
    seconds, tilt = since_s + elapsed, nearest_km / radius
    along = radius * np.sin(rate * seconds)
    aside = radius * math.sin(tilt) * np.cos(rate * seconds)
    up = radius * math.cos(tilt) * np.cos(rate * seconds) - _EARTH_KM
    distance = np.sqrt(along**2 + aside**2 + up**2)
    bearing = heading + np.arctan2(aside, along)
    flat = np.hypot(along, aside)
    ra, dec = np.radians(shot.telescope.pointing)
    zenith = np.array([math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec)])
    north = np.array([-math.sin(dec) * math.cos(ra), -math.sin(dec) * math.sin(ra), math.cos(dec)])
    west = np.cross(north, zenith) * -1.0
    places = (
        up[:, None] * zenith
        + (flat * np.cos(bearing))[:, None] * north
        + (flat * np.sin(bearing))[:, None] * west
    ) / distance[:, None]  # fmt: skip
    lon, lat = np.array([lon_lat_deg(place) for place in places]).T
    law = _Nearing(
        tuple((elapsed / exposure_s).tolist()), tuple(((_HEIGHT_KM / distance) ** 2).tolist())
    )
    return Satellite(
        path=SkyPath(elapsed, lon, lat), spectrum=Spectrum.solar(mag=mag, band="V"), law=law,
        range_km=float(distance.mean()), size_m=100.0,
    )  # fmt: skip


def _spikes() -> Case:
    return of_frames(frames_of("spikes", _with_wings))


def _with_wings(shot: Shot) -> Shot:
    """The spread of stars to where the brightest has faded into the sky."""
    spread = shot.telescope.point_spread(shot.detector.pixel_size, reach_px=_WINGS_PX)
    return replace(shot, scene=replace(shot.scene, spread=spread))


def _polarimetry() -> Case:
    made = frames_of("polarimetry")
    rest = expected_light(made.alone)
    trail = np.maximum(expected_light(made.shot) - rest, 0.0)
    axis = {
        "CTYPE3": "STOKES", "CRVAL3": 1.0, "CRPIX3": 1.0, "CDELT3": 1.0, "CD3_3": 1.0,
    }  # fmt: skip
    files = {}
    for part, exposure, lit in (("frame", made.frame, trail), ("pair", made.pair, 0.0 * trail)):
        planes = _stokes(made, rest, lit)
        cards = {**made.header(exposure), **axis}
        files[part] = frame_file(replace(exposure, counts=planes), cards)
    files |= {"mask": truth_file(made.frame), "truth": truth_catalogue(made.frame)}
    told = {
        **told_of(made.about), "dataproduct_type": "cube", "pol_states": "/I/Q/U/", "pol_xel": 3,
    }  # fmt: skip
    return assembled(
        made.about, files, told, numbers=facts_of(made.about, made.frame),
        trails=trail_rows(made.frame),
    )  # fmt: skip


def _stokes(made: Frames, rest: Floats, trail: Floats) -> NDArray[np.float32]:
    """I, Q and U in counts, from the four beams that one exposure has."""
    q, u = _POLARISED.q_and_u
    pairs = []
    for number, plate in enumerate(_PLATES):
        # Each half of the prism gets half of the light.
        beams = half_wave_beams(0.5 * (rest + trail), 0.5 * q * trail, 0.5 * u * trail, plate)
        first, second = (
            np.asarray(
                made.shot.detector.expose(
                    np.maximum(beam, 0.0), np.random.default_rng([23, number, side])
                ).counts,
                float,
            )
            for side, beam in enumerate(beams)
        )
        pairs.append((first, second))
    return 2.0 * np.array(stokes_of_beams(pairs, _PLATES), np.float32)


SPECIAL: Mapping[str, Callable[[], Case]] = {
    "mosaic": _mosaic, "spikes": _spikes, "all-sky": _all_sky, "polarimetry": _polarimetry,
}  # fmt: skip
"""What makes each of them."""
