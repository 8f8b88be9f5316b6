"""Figure 10: what composite simulations for training are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from satvo.resources.images.simulator.backgrounds import Background
from satvo.resources.images.simulator.scene_file import plan_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_samples"]


def draw_samples(count: int = 300) -> Figure:
    """Figure 10: distributions of SNRavg, SNRtot and length of composite simulations.

    Satellites are drawn as in section 3.1 of the paper: 600 to 900 km, magnitude 5 to 10, any
    orientation, enclosed by the frame. The background is a simulated frame without a satellite.

    Parameters
    ----------
    count : int
        Simulations.
    """
    from matplotlib.figure import Figure

    empty = plan_of({"instrument": "evscope1", "seed": 10})
    frame = empty.exposures(0)[0]
    background = Background(frame.counts, gain=1.0 / empty.detector.sensitivity, saturation=4095.0)
    plan = plan_of(
        {
            "instrument": "evscope1",
            "scene": {"kind": "composite"},
            "satellites": "random",
            "count": count,
            "seed": 10,
        },
        background=background,
    )
    trails = [trail for number in range(count) for trail in plan.exposures(number)[0].trails]
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    panels = figure.subplots(1, 3)
    for axes, name, unit, log in (
        (panels[0], "snr_avg", "SNRavg", True),
        (panels[1], "snr_tot", "SNRtot", True),
        (panels[2], "length_px", "length (pixel)", False),
    ):
        values = np.array([getattr(trail, name) for trail in trails])
        values = values[np.isfinite(values) & (values > 0.0)]
        ends = float(values.min()), float(values.max())
        bins = np.geomspace(*ends, 25) if log else np.linspace(*ends, 25)
        axes.hist(values, bins)
        axes.set(xlabel=unit, xscale="log" if log else "linear", ylabel="simulations")
        axes.set_title(f"median {np.median(values):.3g}")
    figure.suptitle(f"{len(trails)} composite simulations")
    return figure
