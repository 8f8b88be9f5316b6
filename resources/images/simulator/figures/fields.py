"""Figures 2 and 3: how many stars there are, and a satellite through three frames."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.catalogues import GaiaBright
from satvo.resources.images.simulator.scene_file import plan_of
from satvo.resources.images.simulator.star_counts import (
    galactic_latitude_deg,
    random_magnitudes,
    stars_per_deg2,
)
from satvo.resources.trails.scatter import scatter_about

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_consecutive", "draw_star_counts", "stretched"]

Floats = NDArray[np.float64]

_SKY_DEG2 = 41252.96
_BANDS = ((0.0, 20.0), (20.0, 50.0), (50.0, 90.0))


def draw_star_counts() -> Figure:
    """Figure 2: stars in a square degree by magnitude, as simulated and as Gaia counts them."""
    from matplotlib.figure import Figure

    known = GaiaBright().near(0.0, 0.0, 180.0, datetime(2016, 1, 1), 10.0)
    latitude = np.abs(galactic_latitude_deg(known.ra, known.dec))
    random = np.random.default_rng(2)
    edges = np.arange(0.0, 20.51, 0.5)
    middles = 0.5 * (edges[1:] + edges[:-1])
    figure = Figure(figsize=(8, 5.5), layout="constrained")
    axes = figure.subplots()
    for number, (low, high) in enumerate(_BANDS):
        color = f"C{number}"
        area = _SKY_DEG2 * (np.sin(np.radians(high)) - np.sin(np.radians(low)))
        # Latitudes that share the band evenly by area.
        sines = np.linspace(np.sin(np.radians(low)), np.sin(np.radians(high)), 41)
        inside = np.degrees(np.arcsin(0.5 * (sines[1:] + sines[:-1])))
        law = np.mean([np.diff(stars_per_deg2(edges, each)) for each in inside], axis=0)
        axes.plot(middles, law, color=color, label=f"|b| {low:g} to {high:g}°: law")
        counts, _ = np.histogram(known.mag[(latitude >= low) & (latitude < high)], edges)
        seen = (counts > 0) & (edges[1:] <= 10.0)
        axes.plot(middles[seen], counts[seen] / area, "o", color=color, label="Gaia DR3")
        drawn = [random_magnitudes(4000, each, 20.5, random) for each in inside]
        number_in = np.array([np.histogram(mags, edges)[0] for mags in drawn])
        weights = np.array([stars_per_deg2(20.5, each) / 4000 for each in inside])
        density = (number_in * weights[:, None]).mean(0)
        enough = number_in.sum(0) >= 20
        axes.plot(middles[enough], density[enough], "x", color=color, label="drawn")
    axes.set(
        yscale="log",
        xlabel="Gaia G",
        ylabel="stars per square degree and 0.5 mag",
        title="Magnitudes of stars: law, counts of Gaia, and draws",
    )
    axes.legend()
    return figure


def draw_consecutive() -> Figure:
    """Figure 3: three consecutive frames, orientation 10 degrees, altitude 900 km."""
    from matplotlib.figure import Figure

    plan = plan_of(
        {
            "instrument": "evscope1",
            "telescope": {"pointing": [84.0, 20.0]},
            "detector": {"exposure_time": 0.12},
            "satellites": [{"altitude": 900.0, "orientation": 10.0, "magnitude": 6.0}],
            "scene": {"kind": "simulated", "allow_outside": True},
            "time_series": {"frames": 3},
            "seed": 3,
        }
    )
    shots = plan.exposures(0)
    figure = Figure(figsize=(14, 4.2), layout="constrained")
    for axes, shot in zip(figure.subplots(1, len(shots)), shots, strict=True):
        axes.imshow(stretched(binned(shot.counts)), origin="lower", cmap="gray")
        axes.set_title(f"frame {shot.number + 1}: +{(shot.start - plan.start).total_seconds():g} s")
        axes.set_axis_off()
    return figure


def binned(counts: NDArray[np.generic]) -> Floats:
    """Means of two by two pixels, which takes a Bayer pattern out."""
    rows, columns = (size // 2 * 2 for size in counts.shape)
    parts = counts[:rows, :columns].astype(np.float64).reshape(rows // 2, 2, columns // 2, 2)
    means: Floats = parts.mean((1, 3))
    return means


def stretched(image: Floats) -> Floats:
    """From a little below the sky to 40 times its noise, as arcsinh."""
    sky = float(np.nanmedian(image))
    noise = scatter_about(image, sky) or 1.0
    return np.arcsinh(np.clip((image - sky) / noise, -2.0, 40.0) / 3.0)
