"""Telescope, detector and scene made of the values of a description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.resources.images.simulator.plan import Shot
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.detector import Detector
    from satvo.resources.images.simulator.telescope import Telescope
    from satvo.resources.images.simulator.view import View

__all__ = ["compose", "detector_of", "pointing_of", "telescope_of"]

LOWEST_RANDOM_DEG = 30.0
"""Elevation above which random pointings of a telescope with a site lie."""


def compose(
    read: Mapping[str, Any],
    *,
    start: datetime,
    frames: int,
    background: Any,
    folder: Path | None,
    drawing: np.random.Generator,
    observing: np.random.Generator,
    rates: Sequence[tuple[float, float, float]] = (),
) -> Shot:
    """The scene of settled values.

    Parameters
    ----------
    read : mapping
        A description as it was read, without distributions.
    start : datetime
    frames : int
    background : list of Path, Background, or (ndarray, Header), optional
        Real images of a composite scene, one of which is drawn.
    folder : Path, optional
    drawing : numpy Generator
        Of places and pointings.
    observing : numpy Generator
        That the scene is observed with.
    rates : sequence of (float, float, float)
        Trails a square degree and hour, and the magnitudes between which they are.

    Raises
    ------
    BadParameter
        With the section that is wrong.
    """
    from satvo.resources.images.simulator.passing import satellites_at_rates, satellites_of
    from satvo.resources.images.simulator.scene_kinds import scene_of

    told = dict(read["telescope"])
    told["pointing"] = pointing_of(told, start, drawing)
    telescope, detector = telescope_of(told), detector_of(read["detector"])
    real = None
    if read["scene"]["kind"] == "composite":
        real, detector = _behind(read["scene"], detector, background, drawing)
    view = _view(telescope, detector, start, real)
    scene = scene_of(read["scene"], view, drawing, folder=folder, background=real)
    series = read.get("time_series", {})
    scene = replace(
        scene, produce_time_series="time_series" in read, cadence_s=series.get("cadence")
    )
    moving = satellites_of(read["satellites"], view, drawing)
    if rates:
        # Some pass beside the frame, with light of their wings in it or none.
        scene = replace(scene, allow_outside=True)
        moving += satellites_at_rates(rates, view, drawing)
    shot = Shot(telescope, detector, replace(scene, satellites=moving), start, frames, observing)
    _check_meeting(shot, view)
    return shot


def _behind(
    told: Mapping[str, Any], detector: Detector, given: Any, random: np.random.Generator
) -> tuple[Any, Detector]:
    """The background of a composite scene, and the detector of its size and exposure."""
    from satvo.resources.images.simulator.backdrops import backdrop_of

    if isinstance(given, list):
        given = given[int(random.integers(len(given)))]
    background, exposure = backdrop_of(given, told, sensitivity=detector.sensitivity)
    rows, columns = background.counts.shape
    fitted = replace(detector, resolution=(columns, rows))
    return background, replace(fitted, exposure_time=exposure) if exposure else fitted


def _view(telescope: Telescope, detector: Detector, start: datetime, real: Any) -> View:
    """Of the first frame, without drift; by the WCS of a real image where that has one."""
    from satvo.resources.images.simulator.view import View

    view = View.of(telescope, detector, start)
    if real is None or real.wcs is None:
        return view
    return replace(view, wcs=real.wcs)


def telescope_of(section: Mapping[str, Any]) -> Telescope:
    """The telescope of a section whose pointing is settled.

    Raises
    ------
    BadParameter
    """
    from satvo.resources.images.simulator.telescope import Telescope

    try:
        return Telescope(**section)
    except BadParameter as err:
        raise BadParameter(f"telescope: {err}") from err


def detector_of(section: Mapping[str, Any]) -> Detector:
    """The detector of a section.

    Raises
    ------
    BadParameter
    """
    from satvo.resources.images.simulator.amplifiers import Amplifiers
    from satvo.resources.images.simulator.bayer import WhiteBalance
    from satvo.resources.images.simulator.cosmic_rays import CosmicRays
    from satvo.resources.images.simulator.defects import Defects
    from satvo.resources.images.simulator.detector import Detector

    classes: dict[str, Any] = {
        "white_balance": WhiteBalance,
        "bayer_transmission": WhiteBalance,
        "defects": Defects,
        "cosmic_rays": CosmicRays,
        "amplifiers": Amplifiers,
    }
    try:
        told = {
            key: classes[key](**value) if key in classes else value
            for key, value in section.items()
        }
        if told.get("bitdepth") == "none":
            told["bitdepth"] = None
        return Detector(**told)
    except BadParameter as err:
        raise BadParameter(f"detector: {err}") from err


def pointing_of(
    section: Mapping[str, Any], start: datetime, random: np.random.Generator
) -> tuple[float, float]:
    """Where a telescope points: right ascension and declination, ICRS, deg.

    Where no place is given, the zenith of its site at the start, or (0, 0) without a site. Random
    places are even over the sphere, of a site over its sky above 30 deg.
    """
    given = section.get("pointing", "zenith")
    if not isinstance(given, str):
        return float(given[0]), float(given[1])
    up = _zenith(section.get("site"), start)
    if given == "zenith":
        at = np.array([1.0, 0.0, 0.0]) if up is None else up
        return _lon_lat(at)
    while True:
        at = random.standard_normal(3)
        at /= np.linalg.norm(at)
        if up is None or float(at @ up) > np.sin(np.radians(LOWEST_RANDOM_DEG)):
            return _lon_lat(at)


def _zenith(site: str | None, start: datetime) -> Any:
    """Unit vector (3,), ICRS; None without a site on the ground."""
    if site is None:
        return None
    from satvo.resources.ephemeris.frames import Frames
    from satvo.resources.ephemeris.observer import GroundObserver
    from satvo.resources.ephemeris.sites import find_observer
    from satvo.schemas.moments import mjd_of

    try:
        observer = find_observer(site)
    except BadParameter as err:
        raise BadParameter(f"telescope.site: {err}") from err
    if not isinstance(observer, GroundObserver):
        return None
    frames = Frames.at(np.array([mjd_of(start)]), is_rough=True)
    return observer.horizon(frames)[0, 2, :]


def _lon_lat(at: Any) -> tuple[float, float]:
    from satvo.schemas.sphere import lon_lat_deg

    lon, lat = lon_lat_deg(at)
    return round(float(lon), 7) % 360.0, round(float(lat), 7)


def _check_meeting(shot: Shot, first: View) -> None:
    """See that each satellite meets the field in one of the frames.

    Raises
    ------
    BadParameter
    """
    from satvo.resources.images.simulator.motion import way_in, way_of

    scene = shot.scene
    if scene.allow_outside or not scene.satellites:
        return
    first = replace(first, drift=scene.drift)
    cadence = scene.cadence_s or first.exposure_s
    views = [first.at(number, cadence) for number in range(shot.frames)]
    for index, satellite in enumerate(scene.satellites):
        arcs = way_of(satellite, first)
        if not any(way_in(satellite, arcs, view, 0.0) for view in views):
            seconds = views[-1].elapsed_s + first.exposure_s
            raise BadParameter(
                f"satellites[{index}]: is outside the field from "
                f"{shot.start.isoformat()} for {timedelta(seconds=seconds)}: give another place, "
                "or scene.allow_outside: true"
            )
