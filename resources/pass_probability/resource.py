"""The declaration of the pass-probability resource (PassProbability)."""

from __future__ import annotations

from datetime import datetime

from satvo.schemas.passprob import PASSPROB
from satvo.schemas.passprob_pix import PASSPROB_PIX
from satvo.schemas.resource import ALL_SKY, Coverage, Example, Resource

__all__ = ["RESOURCE"]

RESOURCE = Resource(
    shortname="satvo passprob",
    path="pass_probability",
    title="Probabilities of satellite trails over the sky (PassProbability)",
    description=(
        "How many satellites are where on the sky of a site, how many of them the Sun shines on, "
        "and how probable their trails are in an exposure: HEALPix maps for constellations that "
        "fly or are planned, by the density of their orbits and not by their satellites' places."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites", "astronomical-site-protection", "light-pollution"),
    tables=(PASSPROB, PASSPROB_PIX),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22),
    types=("Simulation",),
    coverage=Coverage(spatial=ALL_SKY, temporal=(PASSPROB.c.t_min, PASSPROB.c.t_max)),
    examples=(
        Example(
            "Where trails are most probable",
            "SELECT TOP 20 m.map_id, m.observer_id, m.t_min, p.ra, p.dec, p.n_pass_illum,\n"
            "  p.p_illum, p.loss\n"
            "FROM satvo.passprob AS m\n"
            "JOIN satvo.passprob_pix AS p ON p.map_id = m.map_id\n"
            "WHERE m.map_id IN (SELECT MIN(map_id) FROM satvo.passprob)\n"
            "ORDER BY p.n_pass_illum DESC",
            "The worst twenty directions of one map.",
        ),
        Example(
            "Illuminated satellites through the night",
            "SELECT observer_id, t_min, sun_alt, population, n_sat30, n_illum30\n"
            "FROM satvo.passprob\n"
            "ORDER BY observer_id, t_min",
            "How many satellites are higher than 30 deg for each map, and how many of them the "
            "Sun shines on.",
        ),
    ),
)
