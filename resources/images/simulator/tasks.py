"""What a simulation job is to make: its scene description, completed, and the frames of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.ingest.plain_yaml import read_plain_yaml
from satvo.resources.images.simulator.asked import Asked
from satvo.resources.images.simulator.describing import description_of_frame, satellites_asked
from satvo.resources.images.simulator.parameters import (
    MOST_FRAMES,
    MOST_PIXELS,
    MOST_REGISTERED,
)
from satvo.resources.images.simulator.scene_file import describe, plan_of
from satvo.schemas.errors import BadParameter, LimitExceeded

if TYPE_CHECKING:
    from satvo.resources.images.simulator.backgrounds import Background
    from satvo.resources.images.simulator.exposure import Exposure
    from satvo.resources.images.simulator.plan import Plan

__all__ = ["Given", "Task", "task_of"]

_OF_RATE = 7
"""Apart from the numbers that `Plan.shot` draws for the same frame."""


@dataclass(frozen=True, eq=False, slots=True)
class Given:
    """What a job has to go by.

    Attributes
    ----------
    asked : Asked
    request : mapping
        ``seed``, ``observer`` and ``base``.
    scene : bytes
        The description; empty where none came.
    background : Background or None
        The frame that trails are drawn into.
    transits : pyarrow.Table or None
    elements : Elements or None
    """

    asked: Asked
    request: Mapping[str, Any]
    scene: bytes
    background: Background | None
    transits: Any
    elements: Any


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """Frames to be made.

    Attributes
    ----------
    given : Given
    plan : Plan
        Whose satellites take part in every scene.
    """

    given: Given
    plan: Plan

    @property
    def description(self) -> Mapping[str, Any]:
        """The scene, as it can be run again; of a rate with the satellites of the first frame."""
        return self._plan(0).description if self.count == 1 else self.plan.description

    @property
    def base_did(self) -> str | None:
        """Of the frame that trails are drawn into."""
        return self.given.asked.did

    @property
    def count(self) -> int:
        """Scenes."""
        return self.plan.count

    @property
    def frames(self) -> int:
        """Frames of all scenes."""
        return self.plan.count * self.plan.frames

    def exposures(
        self, number: int, *, with_pair: bool
    ) -> Iterator[tuple[Exposure, Exposure | None]]:
        """The frames of the scene of a number, each with the same without its satellites."""
        plan = self._plan(number)
        made = plan.exposures(number)
        pairs: list[Any] = [None] * len(made)
        if with_pair:
            pairs = list(plan.shot(number).without_trails().observe())
        yield from zip(made, pairs, strict=True)

    def _plan(self, number: int) -> Plan:
        """The plan of one scene: that of a rate has satellites of its own."""
        rate = self.given.asked.rate
        if rate is None:
            return self.plan
        from satvo.resources.images.simulator.orbiting import satellites_by_rate

        random = np.random.default_rng((self.plan.seed, _OF_RATE, number))
        detector = self.plan.detector
        width, height = detector.resolution
        wcs, shape = _wcs(self.plan, self.given.background), (height, width)
        satellites = satellites_by_rate(rate, wcs, shape, detector.exposure_time, random)
        described = {**self.plan.description, "satellites": satellites}
        plan = plan_of(described, "RATE", background=self.given.background)
        return plan.with_model(self.plan.model) if self.plan.model else plan


def task_of(given: Given) -> Task:
    """The frames that a job is to make, known to be possible.

    Raises
    ------
    BadParameter, LimitExceeded
        For a scene that cannot be made or is too large, naming what is accepted.
    """
    asked = given.asked
    description = _described(given)
    name = "SCENE" if given.scene else "PRESET" if asked.preset else "ID"
    _check_size(description, asked)
    if "seed" not in description or asked.seed is not None:
        description["seed"] = given.request["seed"]
    plan = plan_of(description, name, background=given.background)
    frames = plan.count * plan.frames
    most = MOST_REGISTERED if asked.is_registered else MOST_FRAMES
    if frames > most:
        raise LimitExceeded(
            f"{frames} frames are asked for (count {plan.count}, {plan.frames} frames each); "
            f"{most} are made by one job at most"
        )
    width, height = plan.detector.resolution
    _check_pixels(width, height)
    if given.transits is not None or given.elements is not None:
        description["satellites"] = _of_orbits(given, plan)
        plan = plan_of(description, name, background=given.background)
    return Task(given, plan.with_model(asked.model) if asked.model else plan)


def _described(given: Given) -> dict[str, Any]:
    asked = given.asked
    by_other_means = given.transits is not None or given.elements is not None or asked.rate
    satellites = [] if by_other_means else satellites_asked(asked)
    if asked.did:
        description = description_of_frame(given.request["base"], asked, satellites)
    elif asked.preset:
        description = describe(
            asked.preset,
            streak="none",
            exposure=asked.exposure_s,
            pointing=asked.position,
            start=asked.start,
            count=asked.count,
        )
        description["satellites"] = satellites
        del description["seed"]
    else:
        found = read_plain_yaml(given.scene, "SCENE: not a scene description")
        if not isinstance(found, Mapping):
            raise BadParameter("SCENE: give a mapping by the schema at /schemas/scene.json")
        description = dict(found)
        if by_other_means and description.get("satellites"):
            raise BadParameter(
                "SCENE has satellites, and TRANSIT, TRANSITS or RATE asks for others; give one"
            )
        if asked.start is not None:
            description["start"] = asked.start.isoformat()
        if asked.count > 1:
            description["count"] = asked.count
    return description


def _check_size(description: Mapping[str, Any], asked: Asked) -> None:
    """Refuse what is too large before anything is made of it; other mistakes are told later."""
    count = description.get("count", 1)
    if isinstance(count, int) and count > MOST_FRAMES:
        raise LimitExceeded(f"count: {count} scenes; {MOST_FRAMES} are made by one job at most")
    detector = description.get("detector")
    size = detector.get("resolution") if isinstance(detector, Mapping) else None
    if isinstance(size, list) and len(size) == 2 and all(isinstance(n, int) for n in size):
        _check_pixels(*size)


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise LimitExceeded(
            f"detector.resolution: {width} x {height} pixels; {MOST_PIXELS} in all are accepted "
            "in a job: give a window of the detector"
        )


def _of_orbits(given: Given, plan: Plan) -> list[dict[str, Any]]:
    from satvo.resources.images.simulator.orbiting import (
        predicted_satellites,
        satellites_of_transits,
    )

    exposure_s = plan.detector.exposure_time
    mag = given.asked.mag
    if given.elements is not None:
        observer = given.request["observer"]
        if observer is None:
            raise BadParameter("TRANSIT=predict: the frame tells no site; give SITE")
        width, height = plan.detector.resolution
        wcs = _wcs(plan, given.background)
        return predicted_satellites(
            given.elements, observer, plan.start, exposure_s, wcs, (height, width), default_mag=mag
        )
    columns = {name: _masked(given.transits.column(name)) for name in given.transits.column_names}
    return satellites_of_transits(columns, plan.start, exposure_s, default_mag=mag)


def _masked(column: Any) -> Any:
    """A column of Arrow as an array, masked where null; texts and lists as objects."""
    values = column.to_pylist()
    mask = [value is None for value in values]
    import pyarrow.types as types

    if types.is_floating(column.type) or types.is_integer(column.type):
        filled = [0 if value is None else value for value in values]
        return np.ma.array(np.array(filled, dtype=column.type.to_pandas_dtype()), mask=mask)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _wcs(plan: Plan, background: Any) -> Any:
    """The WCS of the frames: that of the frame that trails are drawn into, where there is one."""
    if background is None:
        detector = plan.detector
        return plan.telescope.wcs(detector.resolution, detector.pixel_size)
    if background.wcs is None:
        raise BadParameter(
            "the frame has no celestial WCS, so that no crossing can be placed on it; give one "
            "that has CTYPE1, CTYPE2, CRVAL1, CRVAL2, CRPIX1, CRPIX2 and a CD matrix"
        )
    return background.wcs
