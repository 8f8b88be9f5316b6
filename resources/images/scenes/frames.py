"""The cases of ordinary images: a scene with and without what is to be found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.assembly import assembled, facts_of, header_of, told_of
from satvo.resources.images.scenes.told import About, about_case, plan_of_case
from satvo.resources.images.simulator.bright_stars import Spikes
from satvo.resources.images.simulator.exposure import Exposure
from satvo.resources.images.simulator.plan import Plan, Shot
from satvo.resources.images.simulator.written import (
    frame_file,
    trail_rows,
    truth_catalogue,
    truth_file,
)

__all__ = ["Frames", "expected_light", "frames_of", "image_case", "of_frames"]

Floats = NDArray[np.float64]
Change = Callable[[Shot], Shot]

_DARK_MAG = 60.0


@dataclass(frozen=True, eq=False, slots=True)
class Frames:
    """A case in the making.

    Attributes
    ----------
    about : About
    field : str
        What the frame shows, as OBJECT says it.
    frame, pair : Exposure
        With and without what is to be found, by the same random numbers: what they have in common
        has the same noise.
    shot, alone : Shot
        What they were made of; their random numbers are used up.
    """

    about: About
    field: str
    frame: Exposure
    pair: Exposure
    shot: Shot
    alone: Shot

    def header(self, exposure: Exposure) -> dict[str, Any]:
        """Cards beyond those of the exposure."""
        return header_of(self.about, exposure, self.field)


def frames_of(name: str, change: Change | None = None) -> Frames:
    """Frame and pair of a described case.

    Parameters
    ----------
    name : str
    change : callable, optional
        What is done to the shot beyond its description.
    """
    plan = plan_of_case(name)
    about = about_case(name)
    shot, alone = _shot(plan, change), without_target(_shot(plan, change))
    frame, pair = shot.observe()[0], alone.observe()[0]
    return Frames(about, str(plan.read["title"]), frame, pair, shot, alone)


def image_case(name: str) -> Case:
    """The case of one image."""
    return of_frames(frames_of(name))


def of_frames(made: Frames, trails: Sequence[Any] | None = None, **told: Any) -> Case:
    """The case of one image that is made.

    Parameters
    ----------
    made : Frames
    trails : sequence of mapping, optional
        Instead of the rows that follow from the frame.
    told : Any
        Further columns of the frame.
    """
    about, frame, pair = made.about, made.frame, made.pair
    files = {
        "frame": frame_file(frame, made.header(frame)),
        "pair": frame_file(pair, made.header(pair)),
        "mask": truth_file(frame, {"OBJECT": (made.field, ""), "DATE": made.header(frame)["DATE"]}),
        "truth": truth_catalogue(frame),
    }
    return assembled(
        about, files, {**told_of(about), **told}, numbers=facts_of(about, frame),
        trails=trail_rows(frame) if trails is None else trails,
    )  # fmt: skip


def without_target(shot: Shot) -> Shot:
    """The same without what is to be found: satellites, sources, and the first star of spikes."""
    alone = shot.without_trails()
    scene: Any = replace(alone.scene, sources=())
    if any(isinstance(effect, Spikes) for effect in scene.effects):
        mag = scene.stars.mag.copy()
        mag[0] = _DARK_MAG
        scene = replace(scene, stars=replace(scene.stars, mag=mag), effects=())
    return replace(alone, scene=scene)


def expected_light(shot: Shot) -> Floats:
    """Photons expected in each pixel, (rows, columns), without any noise."""
    from satvo.resources.images.simulator.detector import Detector

    detector = shot.detector
    silent = Detector(
        resolution=detector.resolution, pixel_size=detector.pixel_size,
        exposure_time=detector.exposure_time, photon_noise=False, bitdepth=None,
    )  # fmt: skip
    again = replace(shot, detector=silent, random=np.random.default_rng(0))
    return np.asarray(again.observe()[0].counts, float)


def _shot(plan: Plan, change: Change | None) -> Shot:
    shot = plan.shot(0)
    return shot if change is None else change(shot)
