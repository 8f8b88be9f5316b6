"""From a scene to the frames of it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.bright_stars import SpikeBits, draw_points_of_stars
from satvo.resources.images.simulator.exposure import MASK_BITS, Exposure
from satvo.resources.images.simulator.header import cards_of
from satvo.resources.images.simulator.motion import range_of, way_of
from satvo.resources.images.simulator.satellites import Satellite
from satvo.resources.images.simulator.scene import Scene
from satvo.resources.images.simulator.sheet import Sheet
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.images.simulator.stars import Light
from satvo.resources.images.simulator.trailing import Mover, clipped, draw_mover
from satvo.resources.images.simulator.view import View
from satvo.resources.trails.drawing import draw_trail
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

__all__ = ["finish", "frame_count", "movers_of", "observe", "star_spread", "still_sheet"]

Floats = NDArray[np.float64]

_FRAMES_OF_A_SERIES = 3
_MOST_FRAMES = 100_000
_SATELLITE_MAG_V = 6.0


def observe(
    scene: Scene,
    telescope: Any,
    detector: Any,
    *,
    start: datetime,
    random: np.random.Generator,
    frames: int | None = None,
    approximate: bool = False,
) -> list[Exposure]:
    """The frames of a scene; `Scene.observe` tells of the parameters."""
    count = frame_count(scene, frames)
    first = View.of(telescope, detector, start, scene.drift)
    cadence = cadence_of(scene, first)
    spread = star_spread(scene, first, random)
    movers = movers_of(scene.satellites, first, spread, random, given=scene.spread is not None)
    views = [first.at(number, cadence) for number in range(count)]
    if not scene.allow_outside:
        check_inside(movers, views)
    still: Sheet | None = None
    stars = scene.star_light(first, random, spread.reach)
    made = []
    for view in views:
        if scene.spread_random and view.number:
            spread, still = star_spread(scene, view, random), None
        if still is None or view.drift_px_s != (0.0, 0.0):
            still = still_sheet(scene, view, spread, stars, random)
        sheet = still.copy(view, random)
        for source in scene.sources:
            if source.passing:
                source.draw(sheet)
        for mover in movers:
            draw_mover(sheet, mover, scene.mask_width)
        made.append(finish(scene, sheet, random, approximate=approximate))
    return made


def frame_count(scene: Scene, frames: int | None) -> int:
    """How many frames are made.

    Raises
    ------
    BadParameter
        If a scene without time series is asked for several, or any for less than one.
    """
    if frames is None:
        return _FRAMES_OF_A_SERIES if scene.produce_time_series else 1
    most = _MOST_FRAMES if scene.produce_time_series else 1
    if not 1 <= frames <= most:
        raise BadParameter(
            f"{frames} frames: 1 to {most} are accepted of a scene with "
            f"produce_time_series={scene.produce_time_series}"
        )
    return frames


def cadence_of(scene: Scene, view: View) -> float:
    """From start to start of the frames, s.

    Raises
    ------
    BadParameter
        If frames would overlap.
    """
    if scene.cadence_s is None:
        return view.exposure_s
    if scene.cadence_s < view.exposure_s:
        raise BadParameter(
            f"scene cadence_s={scene.cadence_s} with exposures of {view.exposure_s} s: frames that "
            "follow one another start at least an exposure time apart"
        )
    return scene.cadence_s


def star_spread(scene: Scene, view: View, random: np.random.Generator) -> PointSpread:
    """Of a star, without drift."""
    if scene.spread is not None:
        return scene.spread
    spread: PointSpread = view.telescope.point_spread(
        view.detector.pixel_size,
        exposure_s=view.exposure_s,
        random=random if scene.spread_random else None,
    )
    return spread


def movers_of(
    satellites: Any,
    view: View,
    spread: PointSpread,
    random: np.random.Generator,
    *,
    given: bool = False,
) -> list[Mover]:
    """The satellites as this observation sees them.

    Parameters
    ----------
    satellites : sequence of Satellite
    view : View
        Of the first frame.
    spread : PointSpread
        Of a star.
    random : numpy Generator
        Of their jitter.
    given : bool
        Whether that point spread is used as it is, since it does not come from the telescope.
    """
    made = []
    for satellite in satellites:
        distance = range_of(satellite, view)
        blurred = spread
        if satellite.defocus and distance is not None and not given:
            blurred = view.telescope.point_spread(
                view.detector.pixel_size,
                exposure_s=view.exposure_s,
                range_km=distance,
                size_m=satellite.size_m,
            )
        phase = float(random.uniform(0.0, 2.0 * math.pi)) if satellite.jitter_px else 0.0
        rate = float(view.telescope.photons_per_second(spectrum_of(satellite)))
        made.append(Mover(satellite, way_of(satellite, view), blurred, rate, distance, phase))
    return made


def spectrum_of(satellite: Satellite) -> Spectrum:
    """Of a satellite: what it is given, or sunlight of magnitude 6 in V."""
    return satellite.spectrum or Spectrum.solar(mag=_SATELLITE_MAG_V, band="V")


def check_inside(movers: list[Mover], views: list[View]) -> None:
    """Refuse satellites that are in no frame.

    Raises
    ------
    BadParameter
    """
    for number, mover in enumerate(movers, 1):
        for view in views:
            way = mover.way(view)
            if way is not None and clipped(way.path, view.shape) is not None:
                break
        else:
            ra, dec = views[0].centre
            named = f" ({mover.satellite.name})" if mover.satellite.name else ""
            raise BadParameter(
                f"satellite {number}{named} never enters the field of "
                f"{2 * views[0].radius_deg:.4g} deg about ra={ra:.5f}, dec={dec:.5f} during the "
                f"{len(views)} exposures: give other sky_coordinates, at_s or orientation, or "
                "allow_outside"
            )


def finish(
    scene: Scene, sheet: Sheet, random: np.random.Generator, *, approximate: bool = False
) -> Exposure:
    """Expose the detector to what is on a sheet."""
    view = sheet.view
    extra = {"approximate": True} if approximate else {}
    readout = view.detector.expose(sheet.expected(), random, **extra)
    for kind, where in (
        ("saturated", readout.saturated),
        ("cosmic ray", readout.cosmic_rays),
        ("bad pixel", readout.bad),
    ):
        sheet.bits[where] |= np.uint8(MASK_BITS[kind])
    return Exposure(
        readout.counts, sheet.bits, tuple(sheet.trails), sheet.objects, view.wcs_cards(),
        cards_of(scene, sheet), view.start, view.exposure_s, view.number,
        sky_electrons=sheet.efficiency * sheet.sky_photons,
        noise_electrons=sheet.noise_electrons,
        star_share=sheet.star_share,
    )  # fmt: skip


def still_sheet(
    scene: Scene, view: View, spread: PointSpread, stars: Light, random: np.random.Generator
) -> Sheet:
    """What is the same in all frames of a series that follows the stars."""
    zero = float(view.telescope.photons_per_second(Spectrum.ab(0.0)))
    sky = scene.sky.photons_per_second(view.telescope) * view.exposure_s * view.pixel_arcsec**2
    efficiency = float(view.detector.quantum_efficiency)
    sheet = Sheet(view, _drifting(spread, view), random, zero, efficiency, sky=sky)
    draw_stars(sheet, stars)
    for source in scene.sources:
        if not source.passing:
            source.draw(sheet)
    for effect in scene.effects:
        effect.act(sheet)
    if view.telescope.spiders:
        SpikeBits().act(sheet)
    return sheet


def draw_stars(sheet: Sheet, stars: Light) -> None:
    """Draw points of light as stars, and tell of those inside."""
    view = sheet.view
    if not len(stars.ra):
        return
    x, y = view.pixels(stars.ra, stars.dec)
    seen = np.isfinite(x) & np.isfinite(y)
    x, y, photons = x[seen], y[seen], stars.rate[seen] * view.exposure_s
    sheet.star_x, sheet.star_y, sheet.star_photons = x, y, photons
    draw_points_of_stars(sheet, x, y, photons)
    sheet.star_share = float(np.mean(sheet.light > 3.0 * sheet.noise))
    inside = sheet.inside(x, y)
    columns = (
        x[inside], y[inside], stars.ra[seen][inside], stars.dec[seen][inside],
        sheet.mag(photons[inside]),
    )  # fmt: skip
    names = ("x", "y", "ra", "dec", "mag")
    sheet.objects += [
        {"kind": "star", **dict(zip(names, row, strict=True))}
        for row in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _drifting(spread: PointSpread, view: View) -> PointSpread:
    """The point spread of a star that drifts during the exposure."""
    dx, dy = (pace * view.exposure_s * spread.per_pixel for pace in view.drift_px_s)
    if math.hypot(dx, dy) < 0.05:
        return spread
    half = spread.values.shape[0] // 2 + math.ceil(0.5 * math.hypot(dx, dy)) + 1
    path = straight_path((half - dx / 2, half - dy / 2), (half + dx / 2, half + dy / 2))
    size = 2 * half + 1
    stamp = draw_trail((size, size), path, replace(spread, per_pixel=1), 1.0)
    if stamp is None:
        return spread
    return PointSpread(stamp.on((size, size)), spread.per_pixel)
