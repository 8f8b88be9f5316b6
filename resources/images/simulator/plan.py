"""What a checked scene description makes: telescope, detector and scene of each of its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.resources.images.simulator.drawn import settled
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.detector import Detector
    from satvo.resources.images.simulator.exposure import Exposure
    from satvo.resources.images.simulator.scene import Scene
    from satvo.resources.images.simulator.telescope import Telescope

__all__ = ["Plan", "Shot"]

_DARK_MAG = 60.0


@dataclass(frozen=True, eq=False)
class Shot:
    """One scene of a plan, with nothing left open.

    Attributes
    ----------
    telescope, detector, scene
    start : datetime
        Of its first frame, UTC without a zone.
    frames : int
    random : numpy Generator
        For `Scene.observe`; used up by it.
    model : str, optional
        Of the appearance of trails (`satvo.resources.trails.models`); scenes draw them without it.
    """

    telescope: Telescope
    detector: Detector
    scene: Scene
    start: datetime
    frames: int
    random: np.random.Generator
    model: str | None = None

    def without_trails(self) -> Shot:
        """The same without light of satellites, with the same stars and random numbers."""
        from satvo.resources.images.simulator.spectrum import Spectrum

        # Left in, too faint for a photon, so that each random number falls where it fell before.
        dark = [
            replace(satellite, spectrum=Spectrum.ab(_DARK_MAG))
            for satellite in self.scene.satellites
        ]
        return replace(self, scene=replace(self.scene, satellites=tuple(dark)), model=None)

    def observe(self) -> list[Exposure]:
        """Its frames."""
        if self.model is not None:
            from satvo.resources.images.simulator.modelled import by_model

            return by_model(self)
        return self.scene.observe(
            self.telescope,
            self.detector,
            start=self.start,
            random=self.random,
            frames=self.frames,
        )


@dataclass(frozen=True, eq=False)
class Plan:
    """Scenes to make.

    Attributes
    ----------
    read : mapping
        The description as it was read; distributions are still in it.
    description : mapping
        The same as JSON has it, with what the instrument says.
    name : str
        Of its file, for messages.
    folder : Path, optional
        To which paths in it are relative; None where it may name no files.
    background : Background, or (ndarray, Header), optional
        Instead of the one that a composite scene names.
    rates : tuple of (float, float, float)
        Trails a square degree and hour, and the magnitudes (V) between which they are: satellites
        of each scene beside those of the description.
    model : str, optional
        Of the appearance of trails.
    """

    read: Mapping[str, Any]
    description: Mapping[str, Any]
    name: str = "scene"
    folder: Path | None = None
    background: Any = None
    rates: tuple[tuple[float, float, float], ...] = ()
    model: str | None = None

    @classmethod
    def of(
        cls,
        read: Mapping[str, Any],
        description: Mapping[str, Any],
        *,
        name: str,
        folder: Path | None = None,
        background: Any = None,
    ) -> Plan:
        """A plan whose first scene is known to be possible.

        Raises
        ------
        BadParameter
            For what no single value shows: a satellite outside the field, a mode without what it
            needs.
        """
        plan = cls(read, description, name, folder, background)
        try:
            plan.first  # noqa: B018  made, so that what is wrong is told now
        except BadParameter as err:
            raise BadParameter(f"{name}: {err}") from err
        return plan

    @property
    def seed(self) -> int:
        """From which all that is left to chance follows."""
        return int(self.read["seed"])

    @property
    def count(self) -> int:
        """Scenes."""
        return int(self.read["count"])

    @property
    def frames(self) -> int:
        """Consecutive frames of each scene."""
        return int(self.read["time_series"]["frames"]) if "time_series" in self.read else 1

    @property
    def start(self) -> datetime:
        """Of the first frame of each scene, UTC without a zone."""
        start: datetime = self.read["start"]
        return start

    @cached_property
    def first(self) -> Shot:
        """The scene of number 0."""
        return self.shot(0)

    @property
    def telescope(self) -> Telescope:
        """Of the first scene."""
        return self.first.telescope

    @property
    def detector(self) -> Detector:
        """Of the first scene."""
        return self.first.detector

    @property
    def scene(self) -> Scene:
        """The first scene."""
        return self.first.scene

    @cached_property
    def _images(self) -> Any:
        """Of a composite scene: what was handed over, or the files that it names."""
        if self.background is not None or self.read["scene"]["kind"] != "composite":
            return self.background
        from satvo.resources.images.simulator.backdrops import find_backdrops

        return find_backdrops(self.read["scene"], self.folder)

    def seeded(self, seed: int | None = None, count: int | None = None) -> Plan:
        """The same with another seed or count."""
        new = {key: value for key, value in (("seed", seed), ("count", count)) if value is not None}
        return replace(self, read={**self.read, **new}, description={**self.description, **new})

    def with_rates(self, rates: tuple[tuple[float, float, float], ...]) -> Plan:
        """The same with trails that come at these rates."""
        return replace(self, rates=rates)

    def with_model(self, name: str) -> Plan:
        """The same with trails as a model of their appearance draws them.

        Raises
        ------
        BadParameter
            If there is none of the name, or it cannot draw on the detector.
        """
        from satvo.resources.images.simulator.modelled import check_model

        check_model(name, self.detector)
        return replace(self, model=name)

    def shot(self, number: int) -> Shot:
        """The scene of a number; it depends on seed and number alone.

        Parameters
        ----------
        number : int
            From 0.

        Raises
        ------
        BadParameter
        """
        from satvo.resources.images.simulator.composing import compose

        seeds = np.random.SeedSequence(self.seed, spawn_key=(number,)).spawn(2)
        drawing, observing = (np.random.default_rng(seed) for seed in seeds)
        shot = compose(
            settled(self.read, drawing),
            start=self.start,
            frames=self.frames,
            background=self._images,
            folder=self.folder,
            drawing=drawing,
            observing=observing,
            rates=self.rates,
        )
        return replace(shot, model=self.model)

    def exposures(self, number: int) -> list[Exposure]:
        """The frames of the scene of a number."""
        return self.shot(number).observe()
