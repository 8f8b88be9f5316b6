"""A constellation definition (YAML): its name, its filing, and its shells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO, Any

import yaml
from satvo.schemas.errors import BadParameter

__all__ = ["Constellation", "Shell", "read_constellation"]

MAX_BYTES = 1 << 20
MAX_SATELLITES = 1_000_000
"""In all shells; the largest filing there is has 337 320."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SHELL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,19}")
_ACCEPTED_NAME = "lower-case letters, digits and hyphens, at most 40"


@dataclass(frozen=True, slots=True)
class Shell:
    """Satellites of one altitude and inclination, evenly over evenly spaced planes.

    Attributes
    ----------
    id : str
        Short name within the constellation.
    altitude_km : float
        Above the WGS-72 equatorial radius of 6378.135 km.
    inclination_deg : float
    planes, satellites_per_plane : int
    raan_spread_deg : float
        Range of the ascending nodes: 360 for a Walker delta, 180 for a Walker star.
    phasing : int
        Walker's F: satellites in neighbouring planes differ by F 360 / (planes satellites) deg.
    """

    id: str
    altitude_km: float
    inclination_deg: float
    planes: int
    satellites_per_plane: int
    raan_spread_deg: float = 360.0
    phasing: int = 1

    @property
    def satellites(self) -> int:
        """How many there are in it."""
        return self.planes * self.satellites_per_plane


@dataclass(frozen=True, slots=True)
class Constellation:
    """A constellation as filed.

    Attributes
    ----------
    name : str
        Lower case, for `satvo.satellite.constellation`.
    title : str
    filing : str
        Where the numbers come from.
    shells : tuple of Shell
    """

    name: str
    title: str
    filing: str
    shells: tuple[Shell, ...]


_RANGES: dict[str, tuple[type, float, float]] = {
    "altitude_km": (float, 100.0, 50_000.0),
    "inclination_deg": (float, 0.0, 180.0),
    "planes": (int, 1, 10_000),
    "satellites_per_plane": (int, 1, 10_000),
    "raan_spread_deg": (float, 0.0, 360.0),
    "phasing": (int, 0, 10_000),
}


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without aliases: a few lines of them could stand for any amount of memory."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not accepted")
        return super().compose_node(parent, index)


def read_constellation(stream: IO[bytes], *, name: str) -> Constellation:
    """Read a definition file.

    Parameters
    ----------
    stream : binary file
    name : str
        Of the file, for messages.

    Raises
    ------
    BadParameter
        For what is not YAML, is too large, or has a missing, unknown or impossible value.
    """
    text = stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise BadParameter(f"{name}: a definition has at most {MAX_BYTES} bytes")
    try:
        content = yaml.load(text, Loader=_PlainLoader)  # noqa: S506  derived from SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as err:
        raise BadParameter(f"{name}: not a YAML definition: {' '.join(str(err).split())}") from err
    if not isinstance(content, dict) or not isinstance(content.get("shells"), list):
        raise BadParameter(f"{name}: give name, title, filing, and a list of shells")
    for key in ("name", "title", "filing"):
        if not isinstance(content.get(key), str):
            raise BadParameter(f"{name}: {key} is missing or not a text")
    if not _NAME.fullmatch(content["name"]):
        raise BadParameter(f"{name}: name={content['name'][:60]}: give {_ACCEPTED_NAME}")
    shells = tuple(
        _shell(entry, f"{name}, shell {i}") for i, entry in enumerate(content["shells"], 1)
    )
    if len({shell.id for shell in shells}) < len(shells):
        raise BadParameter(f"{name}: two shells have the same id; give each its own")
    total = sum(shell.satellites for shell in shells)
    if not 0 < total <= MAX_SATELLITES:
        raise BadParameter(f"{name}: {total} satellites; give shells with 1 to {MAX_SATELLITES}")
    return Constellation(content["name"], content["title"], content["filing"], shells)


def _shell(entry: Any, where: str) -> Shell:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise BadParameter(f"{where}: a shell is a mapping with an id")
    if not _SHELL_ID.fullmatch(entry["id"]):
        raise BadParameter(
            f"{where}: id={entry['id'][:40]}: give letters, digits and . _ + -, at most 20"
        )
    values: dict[str, Any] = {"id": entry["id"]}
    for key, value in entry.items():
        if key == "id":
            continue
        if key not in _RANGES:
            raise BadParameter(f"{where}: {key} is unknown; a shell has {', '.join(_RANGES)}")
        kind, low, high = _RANGES[key]
        fits = isinstance(value, int) or (kind is float and isinstance(value, float))
        if not fits or isinstance(value, bool) or not low <= value <= high:
            raise BadParameter(f"{where}: {key}={value}: give a number from {low:g} to {high:g}")
        values[key] = kind(value)
    try:
        return Shell(**values)
    except TypeError as err:
        raise BadParameter(f"{where}: {err}") from err
