"""What is told of the simulated cases, and the scenes that they show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import yaml
from satvo.resources.images.simulator.plan import Plan
from satvo.resources.images.simulator.scene_file import read_scene

__all__ = ["About", "Setup", "about_case", "case_names", "plan_of_case"]

_CURVE = "http://svo2.cab.inta-csic.es/theory/fps/index.php?id="


@dataclass(frozen=True, slots=True)
class Setup:
    """A made-up telescope and camera, by what headers and ObsCore say of them.

    Attributes
    ----------
    telescope, camera, optics, filter : str
    band_nm : tuple of float
        First and last wavelength.
    fwhm_arcsec : float
        Full width at half maximum of a star.
    curve : str
        Address that documents the transmission; empty where there is none.
    detector : str
        Size of the whole detector, of which the frame is a window; empty where it is whole.
    """

    telescope: str
    camera: str
    optics: str
    filter: str
    band_nm: tuple[float, float]
    fwhm_arcsec: float
    curve: str = ""
    detector: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """A simulated case.

    Attributes
    ----------
    name : str
        Its identifier is ``sim-`` and the name.
    title, relevance : str
    terms : frozenset of str
        Those that do not follow from numbers.
    setup : Setup
    """

    name: str
    title: str
    relevance: str
    terms: frozenset[str]
    setup: Setup


def case_names() -> tuple[str, ...]:
    """The cases that are described, in their order.

    Examples
    --------
    >>> case_names()[:2]
    ('bright-low', 'faint-low')
    """
    return tuple(_read("texts.yaml"))


def about_case(name: str) -> About:
    """What is told of a case."""
    text, setups = _read("texts.yaml")[name], _read("setups.yaml")
    told = dict(setups[text["setup"]])
    told["band_nm"] = tuple(told["band_nm"])
    told["curve"] = _CURVE + told["curve"] if "curve" in told else ""
    return About(
        name, text["title"], text["relevance"], frozenset(text["terms"]), Setup(**told)
    )  # fmt: skip


def plan_of_case(name: str) -> Plan:
    """The scene of a case: what ``satvo simulate`` makes of the same file."""
    with as_file(files("satvo.resources.images.scenes") / "cases") as folder:
        path = folder / f"{name}.yaml"
        return read_scene(path.read_bytes(), path.name, folder=folder)


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (files("satvo.resources.images.scenes") / name).read_text("utf-8")
    )
    return found
