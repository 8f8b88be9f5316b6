"""Presets: how a network is trained, as a YAML file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from satvo.ingest.plain_yaml import read_plain_yaml
from satvo.schemas.errors import BadParameter

__all__ = ["NETWORKS", "NORMALISATIONS", "SOURCES", "TARGETS", "Preset", "preset_names"]

NETWORKS = {
    "streak": "satvo.resources.masks.training.architectures:StreakUNet",
    "paper-unet": "satvo.resources.masks.training.architectures:PaperUNet",
    "paper-cnn": "satvo.resources.masks.training.paper_cnn:PaperCNN",
}
"""Module and class of each network that a preset may name."""
TARGETS = ("pixels", "frame", "classes")
"""What is told: each pixel, whether a cut-out has a trail, or none / faint / bright."""
NORMALISATIONS = ("significance", "mean-deviation")
SOURCES = ("stream", "simulator")

_PRESETS = files("satvo.resources.masks.training") / "presets"
_LARGEST_BYTES = 100_000


@dataclass(frozen=True)
class Preset:
    """How a network is trained.

    Attributes
    ----------
    name : str
        Of the preset, or path of the file.
    title : str
    network : str
        A key of `NETWORKS`.
    target : str
        One of `TARGETS`.
    normalisation : str
        Before the network and part of it: none beyond `Frame.significance`, or the paper's
        equation 1 (`standardised.MeanDeviation`).
    source : str
        "stream" for `stream.Stream`, "simulator" for `simulator.bulk.training_cutouts`.
    kinds : mapping
        Kinds of fields of the stream and their shares.
    instruments : mapping
        Of the simulator, and their shares.
    scene : mapping
        Sections of a scene description that are laid over that of each instrument.
    empty : float
        Share of the cut-outs without a trail.
    snr : tuple of float, optional
        Bounds of SNRavg, log-uniform; those of the source where not given.
    lookalikes : float
        Share of the stream's cut-outs with things that are no trails.
    least_px : int
        Pixels of the mask that a cut-out with a trail has at least.
    faint_below : float
        SNRavg below which a trail is faint, where there are three classes.
    schedule : mapping, optional
        Fields of `loop.Schedule`: an endless stream of cut-outs.
    epochs : mapping, optional
        Fields of `epochs.Epochs`: a stored set of cut-outs, the best epoch kept.
    """

    name: str
    title: str
    network: str
    target: str = "pixels"
    normalisation: str = "significance"
    source: str = "stream"
    kinds: Mapping[str, float] = field(default_factory=dict)
    instruments: Mapping[str, float] = field(default_factory=dict)
    scene: Mapping[str, Any] = field(default_factory=dict)
    empty: float = 0.5
    snr: tuple[float, float] | None = None
    lookalikes: float = 0.0
    least_px: int = 100
    faint_below: float = 1.0
    schedule: Mapping[str, Any] | None = None
    epochs: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        self._one_of("network", self.network, tuple(NETWORKS))
        self._one_of("target", self.target, TARGETS)
        self._one_of("normalisation", self.normalisation, NORMALISATIONS)
        self._one_of("source", self.source, SOURCES)
        if (self.schedule is None) == (self.epochs is None):
            raise BadParameter(f"{self.name}: give schedule or epochs, one of them")
        if self.schedule is not None and self.target != "pixels":
            raise BadParameter(f"{self.name}: target {self.target} is trained by epochs")
        if self.source == "simulator" and not self.instruments:
            raise BadParameter(f"{self.name}: source simulator needs instruments and their shares")
        for what in ("empty", "lookalikes"):
            if not 0.0 <= getattr(self, what) <= 1.0:
                raise BadParameter(f"{self.name}: {what} {getattr(self, what)}: 0 to 1 is accepted")
        if self.snr is not None and not (len(self.snr) == 2 and 0.0 < self.snr[0] < self.snr[1]):
            raise BadParameter(f"{self.name}: snr {self.snr}: two numbers above 0, rising")

    @property
    def size(self) -> int:
        """Side of the cut-outs, px."""
        return int((self.schedule or self.epochs or {}).get("size", 256))

    @property
    def classes(self) -> int:
        """Numbers that the network gives for a cut-out, or for a pixel."""
        return 3 if self.target == "classes" else 1

    @classmethod
    def named(cls, name: str | Path) -> Preset:
        """One that ships with satvo, or that of a YAML file.

        Raises
        ------
        BadParameter
            If there is none, or it says what is not known.

        Examples
        --------
        >>> Preset.named("paper").epochs["batch"]
        32
        """
        if str(name) in preset_names():
            content = (_PRESETS / f"{name}.yaml").read_bytes()
        elif Path(name).is_file() and Path(name).stat().st_size <= _LARGEST_BYTES:
            content = Path(name).read_bytes()
        else:
            raise BadParameter(
                f"there is no preset {str(name)!r}; there are: {', '.join(preset_names())}, or the "
                "path of a YAML file"
            )
        return cls.of(read_plain_yaml(content, f"{name}: no preset"), str(name))

    @classmethod
    def of(cls, given: Any, name: str) -> Preset:
        """What a mapping says.

        Raises
        ------
        BadParameter
            For what is missing, not known, or out of range.
        """
        if not isinstance(given, Mapping):
            raise BadParameter(f"{name}: a preset is a mapping")
        known = {each.name for each in fields(cls)} - {"name"}
        wrong = sorted(str(key) for key in given if key not in known)
        if wrong:
            raise BadParameter(
                f"{name}: {', '.join(wrong)} is not known; a preset says {', '.join(sorted(known))}"
            )
        for key in ("title", "network"):
            if not isinstance(given.get(key), str):
                raise BadParameter(f"{name}: {key} is missing")
        told = dict(given)
        if isinstance(told.get("snr"), list):
            told["snr"] = tuple(float(each) for each in told["snr"])
        try:
            return cls(name=name, **told)
        except TypeError as err:
            raise BadParameter(f"{name}: {err}") from err

    def _one_of(self, what: str, value: str, accepted: tuple[str, ...]) -> None:
        if value not in accepted:
            raise BadParameter(f"{self.name}: {what} {value!r}: one of {', '.join(accepted)}")


@cache
def preset_names() -> tuple[str, ...]:
    """Of those that ship with satvo."""
    return tuple(
        sorted(
            entry.name.removesuffix(".yaml")
            for entry in _PRESETS.iterdir()
            if entry.name.endswith(".yaml")
        )
    )
