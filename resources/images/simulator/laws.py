"""Laws of a satellite's light made of the values of a description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from satvo.resources.trails.flux_laws import FluxLaw

__all__ = ["law_of"]

_SHORTEST = 1e-5


def law_of(values: Mapping[str, Any], exposure_s: float, random: np.random.Generator) -> FluxLaw:
    """The flux law of a section ``law``.

    Parameters
    ----------
    values : mapping
        Settled.
    exposure_s : float
        Of one frame; laws know fractions of it.
    random : numpy Generator
        Of scintillation, and of when glints are.
    """
    from satvo.resources.trails.flux_laws import Glinting, Scintillating, Steady, Tumbling

    if values["kind"] == "scintillating":
        correlation = max(values["time_scale"] / exposure_s, _SHORTEST)
        return Scintillating(values["index"], correlation, random)
    if values["kind"] == "tumbling":
        turns = exposure_s / values["period"]
        return Tumbling(turns, values["amplitude"], float(np.radians(values["phase"])))
    if values["kind"] == "glinting":
        count = values["count"]
        times = random.uniform(0.0, 1.0, count).tolist()
        return Glinting(times, [values["strength"]] * count, [values["width"]] * count)
    return Steady()
