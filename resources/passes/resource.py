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
            "Planned exposures and who crosses them",
            "SELECT TOP 100 p.obs_id, p.facility_name, p.t_min AS t_start, p.s_ra,\n"
            "  p.s_dec, p.t_exptime, t.norad_id, t.t_mid, t.mag\n"
            "FROM ivoa.obsplan AS p\n"
            "LEFT JOIN satvo.transit AS t ON t.exposure_id = p.obs_id\n"
            "WHERE p.execution_status IN ('Planned', 'Scheduled')\n"
            "ORDER BY t_start",
            "The exposures of the registered plans, with the satellites that are known to cross "
            "them.",
        ),
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
