"""The declaration of the passes resource (PassPredict)."""

from __future__ import annotations

from datetime import datetime

from satvo.schemas.obsplan import OBSPLAN
from satvo.schemas.resource import ALL_SKY, Coverage, Example, Resource
from satvo.schemas.transit import TRANSIT

__all__ = ["RESOURCE"]

RESOURCE = Resource(
    shortname="satvo passes",
    path="passes",
    title="Satellites that cross fields of view (PassPredict)",
    description=(
        "Which satellites cross which field of view, when, how bright and with what probability, "
        "and their passes above registered sites; and the observing plans registered here, which "
        "can be joined with them."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites", "ephemerides", "astronomical-site-protection"),
    tables=(TRANSIT, OBSPLAN),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22),
    types=("Catalog", "Simulation"),
    coverage=Coverage(spatial=ALL_SKY, temporal=(TRANSIT.c.t_min, TRANSIT.c.t_max)),
    examples=(
        Example(
            "What is known of crossings",
            "SELECT COUNT(*) AS n, COUNT(DISTINCT exposure_id) AS exposures,\n"
            "  MIN(t_min) AS since, MAX(t_max) AS until\n"
            "FROM satvo.transit\n"
            "WHERE kind = 'fov'",
            "How many crossings of how many exposures there are, and from when.",
        ),
    ),
)
