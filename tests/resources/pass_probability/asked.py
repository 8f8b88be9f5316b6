"""PassProbability asked what `monte_carlo` counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from monte_carlo import Floats, Shell, Site
from satvo.resources.constellations.layers import Layers
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.counts import counts
from satvo.resources.pass_probability.density import expected
from satvo.resources.pass_probability.sightlines import Sightlines
from satvo.resources.pass_probability.situation import Situation

__all__ = ["counts_at", "layers_of_shells", "situation_of", "trails_at"]


def layers_of_shells(shells: Sequence[Shell]) -> Layers:
    """The shells as layers."""
    return Layers.of(
        [each.satellites for each in shells],
        [each.radius_km for each in shells],
        [each.inclination_deg for each in shells],
    )


def situation_of(site: Site) -> Situation:
    """Observer and Sun."""
    return Situation.with_sun(
        site.lat_deg,
        sun_dec_deg=site.sun_dec_deg,
        sun_hour_angle_deg=site.sun_hour_angle_deg,
        height_m=1000.0 * site.height_km,
    )


def counts_at(shells: Sequence[Shell], site: Site) -> Floats:
    """Satellites, and illuminated ones, above 0, 10, 20, 30, 60 deg (2, 5)."""
    found = counts(layers_of_shells(shells), situation_of(site))
    return np.array([found.n_sat, found.n_illum])


def trails_at(
    shells: Sequence[Shell],
    site: Site,
    az_alt_deg: tuple[float, float],
    radius_deg: float,
    exposure_s: float,
) -> Floats:
    """Expected trails and lit trails (2,) of a circular field."""
    situation = situation_of(site)
    lines = Sightlines.of(situation, situation.of_altaz(*az_alt_deg)[None])
    camera = Camera(exposure_s, radius_deg)
    found = expected(layers_of_shells(shells), lines, camera, cell_deg=2.0 * radius_deg)
    return np.array([found.n_pass[0], found.n_pass_illum[0]])
