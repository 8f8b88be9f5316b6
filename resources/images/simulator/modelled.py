"""Frames whose trails a model of their appearance draws (TrailSimulate, SATCON2 3.3.3, input D)."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.resources.images.simulator.exposure import MASK_BITS, Exposure, TrailTruth
from satvo.resources.trails.models.model import Chip, Optics, TrailModel, trail_model
from satvo.resources.trails.paths import Path
from satvo.resources.trails.simulate import BaseImage, simulate_trails
from satvo.resources.trails.trail import Trail
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.plan import Shot

__all__ = ["by_model", "check_model"]

_AT_EDGE_PX = 1.0


def check_model(name: str, detector: Any) -> TrailModel:
    """The model of a name, for a detector that it can draw on.

    Raises
    ------
    BadParameter
        If there is none of the name, or the detector has colour filters.
    """
    model = trail_model(name)
    if detector.bayer_order:
        raise BadParameter(
            f"model {name}: models of trails know no colour filters; give a detector without "
            "bayer_order, or no model"
        )
    return model


def by_model(shot: Shot) -> list[Exposure]:
    """The frames of a scene, with trails as the model of the shot draws them.

    Returns
    -------
    list of Exposure
        The frames without trails, with the light that the model adds. S/N and surface brightness
        of the trails are NaN: the model does not tell them. AFFECTED in the header is the share of
        pixels that the trails change by more than the noise, side effects included.

    Raises
    ------
    BadParameter
        As `check_model`.
    """
    telescope, detector = shot.telescope, shot.detector
    model = check_model(shot.model or "", detector)
    again = replace(shot.without_trails(), random=copy.deepcopy(shot.random))
    optics = Optics(
        telescope.point_spread(detector.pixel_size),
        telescope.pixel_scale(detector.pixel_size),
        aperture_m=telescope.diameter,
        obstruction=telescope.obstruction,
    )
    amplifiers = detector.amplifiers
    chip = Chip(
        full_well=detector.full_well or math.inf,
        amplifiers=(1, amplifiers.count if amplifiers else 1),
        crosstalk=amplifiers.crosstalk if amplifiers else 0.0,
    )
    # The trails that scenes draw tell where they are.
    frames = zip(replace(shot, model=None).observe(), again.observe(), strict=True)
    return [_modelled(*each, optics, chip, model, shot.random) for each in frames]


def _modelled(
    drawn: Exposure,
    dark: Exposure,
    optics: Optics,
    chip: Chip,
    model: TrailModel,
    random: np.random.Generator,
) -> Exposure:
    base = BaseImage(
        dark.counts,
        dark.exposure_s,
        gain=_card(dark, "GAIN", 1.0),
        offset=_card(dark, "OFFSET", 0.0),
        saturation=_card(dark, "SATURATE", math.inf),
        noise_e=dark.noise_electrons if math.isfinite(dark.noise_electrons) else None,
    )
    margin = float(optics.spread.reach)
    trails = [_trail(each, dark, margin) for each in drawn.trails]
    found = simulate_trails(base, trails, optics, model=model, chip=chip, random=random)
    kept = dark.truth & ~np.uint8(MASK_BITS["trail"])
    affected = (round(found.fraction_affected, 6), "share of pixels that trails change")
    cards = {**drawn.cards, "TRLMODEL": (found.model, "what drew the trails"), "AFFECTED": affected}
    told = tuple(
        replace(each, snr_avg=math.nan, snr_tot=math.nan, sb=math.nan) for each in drawn.trails
    )
    return replace(
        drawn, counts=found.image, truth=kept | found.bits, trails=told,
        cards={key: value for key, value in cards.items() if not key.startswith("TRLSNR")},
    )  # fmt: skip


def _card(exposure: Exposure, key: str, otherwise: float) -> float:
    return float(exposure.cards[key][0]) if key in exposure.cards else otherwise


def _trail(told: TrailTruth, exposure: Exposure, margin: float) -> Trail:
    """The trail of a frame, carried on beyond the edges that it runs out of."""
    x, y = np.array(told.line_x), np.array(told.line_y)
    ways = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    length, lasts = max(float(ways[-1]), 1e-12), max(told.last_s - told.first_s, 1e-9)
    seconds = told.first_s + ways / length * (told.last_s - told.first_s)
    for end, inner in ((0, 1), (-1, -2)):
        if told.enclosed or not _at_edge(float(x[end]), float(y[end]), exposure.counts.shape):
            continue
        away = np.array([x[end] - x[inner], y[end] - y[inner]])
        away *= margin / max(float(np.hypot(*away)), 1e-12)
        late = margin * lasts / length * (1.0 if end else -1.0)
        place = len(x) if end else 0
        x = np.insert(x, place, x[end] + away[0])
        y = np.insert(y, place, y[end] + away[1])
        seconds = np.insert(seconds, place, seconds[end] + late)
    return Trail(
        Path(x, y, np.clip(seconds / exposure.exposure_s, 0.0, 1.0)),
        told.electrons / lasts, exposure.exposure_s, mag=told.mag,
        range_km=told.range_km if math.isfinite(told.range_km) else math.inf,
        norad_id=told.norad_id, name=told.name,
    )  # fmt: skip


def _at_edge(x: float, y: float, shape: tuple[int, ...]) -> bool:
    return min(x, y, shape[1] - 1.0 - x, shape[0] - 1.0 - y) < _AT_EDGE_PX
