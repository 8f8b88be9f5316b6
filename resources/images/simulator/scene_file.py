"""Scene descriptions, YAML or JSON, read into plans; every mistake is told before any work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from satvo.ingest.plain_yaml import read_plain_yaml
from satvo.resources.images.simulator.kinds import Mistakes
from satvo.resources.images.simulator.plan import Plan
from satvo.resources.images.simulator.presets import find_instrument
from satvo.resources.images.simulator.satellite_fields import PAPER
from satvo.resources.images.simulator.scene_fields import DESCRIPTION
from satvo.schemas.errors import BadParameter

__all__ = ["LARGEST_BYTES", "describe", "plan_of", "read_scene"]

LARGEST_BYTES = 10_000_000
"""Of a scene description."""


def read_scene(
    content: bytes, name: str, *, folder: Path | None = None, background: Any = None
) -> Plan:
    """The plan that a scene description makes.

    Parameters
    ----------
    content : bytes
        YAML or JSON by `satvo.resources.images.simulator.scene_schema.scene_schema`.
    name : str
        Of the file, for messages.
    folder : Path, optional
        To which paths in it are relative. Where none is given, as in a server, a description that
        names files or addresses is refused.
    background : object, optional
        Instead of the one that a composite scene names.

    Raises
    ------
    BadParameter
        With the path of each mistake and what is accepted.

    Examples
    --------
    >>> plan = read_scene(b"{instrument: evscope1, satellites: random, seed: 7}", "scene.yaml")
    >>> plan.seed, plan.detector.resolution
    (7, (664, 496))
    """
    if len(content) > LARGEST_BYTES:
        raise BadParameter(
            f"{name}: {len(content):,} bytes; scene descriptions of {LARGEST_BYTES:,} at most are "
            "accepted: put many stars into a catalogue (scene kind catalog)"
        )
    found = read_plain_yaml(content, f"{name}: not a scene description")
    return plan_of(found, name, folder=folder, background=background)


def plan_of(
    description: Any, name: str = "scene", *, folder: Path | None = None, background: Any = None
) -> Plan:
    """The same of a description that is read already.

    Parameters
    ----------
    description : mapping
    name : str
    folder : Path, optional
    background : object, optional

    Raises
    ------
    BadParameter
    """
    mistakes = Mistakes()
    whole = _with_instrument(description, folder, mistakes)
    read = DESCRIPTION.read(whole, "", mistakes)
    if isinstance(whole, Mapping) and not mistakes:
        for section in ("telescope", "detector"):
            if section not in whole:
                mistakes.tell(section, "missing: give it, or an instrument")
    if mistakes:
        raise BadParameter(f"{name}: {'; '.join(mistakes)}")
    return Plan.of(read, _kept(whole), name=name, folder=folder, background=background)


def describe(
    instrument: str,
    *,
    streak: str = "random",
    magnitude: float | None = None,
    altitude: float | None = None,
    orientation: float | None = None,
    exposure: float | None = None,
    pointing: tuple[float, float] | None = None,
    start: datetime | None = None,
    seed: int = 0,
    count: int = 1,
) -> dict[str, Any]:
    """The description that a few simple parameters stand for.

    Parameters
    ----------
    instrument : str
    streak : str
        "random" for a satellite as in section 3.1 of the paper, "none" for none.
    magnitude, altitude, orientation : float, optional
        Instead of those drawn; mag in V, km, deg.
    exposure : float, optional
        Instead of the instrument's, s.
    pointing : tuple of float, optional
        ICRS, deg.
    start : datetime, optional
        UTC without a zone.
    seed, count : int

    Examples
    --------
    >>> describe("evscope1", magnitude=7.0)["satellites"][0]["magnitude"]
    7.0
    """
    given = {"magnitude": magnitude, "altitude": altitude, "orientation": orientation}
    fixed = {key: value for key, value in given.items() if value is not None}
    if streak not in ("random", "none"):
        raise BadParameter(f"streak {streak[:40]!r}: give random or none")
    if streak == "none" and fixed:
        raise BadParameter(f"{', '.join(fixed)} without a streak: give streak random")
    description: dict[str, Any] = {"instrument": instrument, "seed": seed, "count": count}
    description["satellites"] = [{**PAPER, **fixed}] if streak == "random" else []
    if exposure is not None:
        description["detector"] = {"exposure_time": exposure}
    if pointing is not None:
        description["telescope"] = {"pointing": list(pointing)}
    if start is not None:
        description["start"] = start.isoformat()
    return description


def _with_instrument(description: Any, folder: Path | None, mistakes: Mistakes) -> Any:
    """The description with what its instrument says where it says nothing itself."""
    if not isinstance(description, Mapping) or not isinstance(description.get("instrument"), str):
        return description
    try:
        preset = find_instrument(description["instrument"], folder=folder)
    except BadParameter as err:
        mistakes.tell("instrument", str(err).removeprefix("instrument "))
        return description
    whole = dict(description)
    for section, said in (("telescope", preset.telescope), ("detector", preset.detector)):
        whole[section] = _joined(said, description.get(section, {}))
    scene = description.get("scene", {"kind": "simulated"})
    if isinstance(scene, Mapping) and scene.get("kind") != "composite" and preset.sky:
        whole["scene"] = {**scene, "sky": _joined(preset.sky, scene.get("sky", {}))}
    return whole


def _joined(said: Mapping[str, Any], more: Any) -> Any:
    """``said`` with what ``more`` says beyond or instead; what is no mapping is left to the reader.

    >>> _joined({"defects": {"seed": 1, "hot_pixels": 0.1}, "r_0": 3}, {"defects": {"seed": 4}})
    {'defects': {'seed': 4, 'hot_pixels': 0.1}, 'r_0': 3}
    """
    if not isinstance(more, Mapping):
        return more
    joined = dict(said)
    for key, value in more.items():
        old = joined.get(key)
        # A distribution takes the place of a distribution whole.
        nested = key in _NESTED and isinstance(old, Mapping)
        joined[key] = _joined(old or {}, value) if nested else value
    return joined


_NESTED = ("defects", "cosmic_rays", "amplifiers", "white_balance", "bayer_transmission")


def _kept(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """The description as JSON has it, so that it can be written and run again."""
    kept: Mapping[str, Any] = json.loads(json.dumps(whole, default=lambda value: value.isoformat()))
    return kept
