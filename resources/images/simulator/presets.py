"""Telescopes with their cameras as data: presets of this package, and files of a user's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from satvo.ingest.plain_yaml import read_plain_yaml
from satvo.resources.images.simulator.instrument_fields import DETECTOR, TELESCOPE
from satvo.resources.images.simulator.kinds import Mistakes, Number, Text, nearest
from satvo.resources.images.simulator.sections import Field, ListOf, Section
from satvo.schemas.errors import BadParameter

__all__ = ["INSTRUMENT", "Instrument", "find_instrument", "instrument_names", "read_instrument"]

LARGEST_BYTES = 100_000

INSTRUMENT = Section(
    (
        Field("title", Text(200), "What it is.", required=True),
        Field("sources", ListOf(Text(500), 50), "Where its numbers come from."),
        Field("zero_point", Number(0.0, 50.0),
              "Published AB magnitude of one electron a second, to compare with.", "mag"),
        Field("telescope", TELESCOPE, "The telescope.", required=True),
        Field("detector", DETECTOR, "The detector.", required=True),
        Field("sky", Section((Field("brightness", Number(-10.0, 40.0), "AB, in its band.",
                                    "mag/arcsec2", required=True),), "a sky"),
              "The sky above it on a usual dark night."),
    ),
    "an instrument",
)  # fmt: skip
"""What the YAML of an instrument may say."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A telescope with its camera, as its file describes it.

    Attributes
    ----------
    name, title : str
    sources : tuple of str
    telescope, detector, sky : mapping
        Sections of a scene description.
    zero_point : float, optional
        Published AB magnitude of one electron a second.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    telescope: Mapping[str, Any]
    detector: Mapping[str, Any]
    sky: Mapping[str, Any]
    zero_point: float | None = None


@cache
def instrument_names() -> tuple[str, ...]:
    """The presets of this package.

    Examples
    --------
    >>> "evscope1" in instrument_names()
    True
    """
    folder = files("satvo.resources.images.simulator").joinpath("instruments")
    return tuple(sorted(each.name[:-5] for each in folder.iterdir() if each.name[-5:] == ".yaml"))


def find_instrument(name: str, *, folder: Path | None = None) -> Instrument:
    """The instrument of a preset's name, or of the path of a YAML file.

    Parameters
    ----------
    name : str
    folder : Path, optional
        To which paths are relative; where none is given, names of presets alone are accepted.

    Raises
    ------
    BadParameter
        If there is none, with the nearest name.

    Examples
    --------
    >>> find_instrument("evscope1").detector["resolution"]
    [664, 496]
    """
    if name in instrument_names():
        return _preset(name)
    if folder is not None and re.search(r"\.(ya?ml|json)$", name):
        path = folder / name
        try:
            with path.open("rb") as stream:
                content = stream.read(LARGEST_BYTES + 1)
        except OSError as err:
            raise BadParameter(f"instrument {name}: cannot be read: {err.strerror}") from err
        return read_instrument(content, path.stem)
    hint = nearest(name, instrument_names())
    raise BadParameter(
        f"instrument {name[:60]!r} is not known; there are {', '.join(instrument_names())}"
        f"{hint if folder is None else ', or give the path of a YAML file' + hint}"
    )


def read_instrument(content: bytes, name: str) -> Instrument:
    """The instrument that a YAML or JSON file describes.

    Raises
    ------
    BadParameter
        With all that is wrong with it.
    """
    if len(content) > LARGEST_BYTES:
        raise BadParameter(f"instrument {name}: longer than {LARGEST_BYTES} bytes")
    raw = read_plain_yaml(content, f"instrument {name}")
    mistakes = Mistakes()
    read = INSTRUMENT.read(raw, "", mistakes)
    if mistakes:
        raise BadParameter(f"instrument {name}: {'; '.join(mistakes)}")
    return Instrument(
        name,
        read["title"],
        tuple(read.get("sources", ())),
        MappingProxyType(raw["telescope"]),
        MappingProxyType(raw["detector"]),
        MappingProxyType(raw.get("sky", {})),
        read.get("zero_point"),
    )


@lru_cache(maxsize=64)
def _preset(name: str) -> Instrument:
    folder = files("satvo.resources.images.simulator").joinpath("instruments")
    return read_instrument(folder.joinpath(f"{name}.yaml").read_bytes(), name)
