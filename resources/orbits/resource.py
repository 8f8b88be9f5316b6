"""The declaration of the orbits resource."""

from __future__ import annotations

from datetime import datetime

from satvo.schemas.gp import GP
from satvo.schemas.resource import ALL_SKY, Coverage, Example, Resource
from satvo.schemas.satellite import SATELLITE

__all__ = ["RESOURCE"]

RESOURCE = Resource(
    shortname="satvo orbits",
    path="orbits",
    title="Artificial satellites and their orbital elements",
    description=(
        "The satellites known, and every orbital element set received of them, with provenance: "
        "when the elements hold, when they were made, when this service got them, and what "
        "superseded them. Element sets are mean elements for SGP4 in the keywords of the CCSDS "
        "Orbit Mean-Elements Message."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites", "orbital-elements", "space-debris"),
    tables=(SATELLITE, GP),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22),
    coverage=Coverage(
        # Seen from somewhere on the Earth, a satellite can stand before any point of the sky.
        spatial=ALL_SKY,
        temporal=(GP.c.epoch_mjd,),
        arrival=GP.c.ingest_date,
    ),
    rights=(
        "Element sets belong to their providers, which satvo.gp names in source and originator; "
        "name them too."
    ),
    examples=(
        Example(
            "Newest elements of a shell",
            "SELECT TOP 10 norad_id, object_name, epoch, inclination, mean_motion\n"
            "FROM satvo.gp\n"
            "WHERE inclination BETWEEN 53 AND 53.2 AND superseded_by IS NULL\n"
            "ORDER BY epoch DESC",
            "The ten most recent current element sets with inclinations from 53 to 53.2 deg.",
        ),
        Example(
            "Objects by constellation",
            "SELECT constellation, COUNT(*) AS n, AVG(perigee) AS mean_perigee\n"
            "FROM satvo.satellite\n"
            "WHERE decay_date IS NULL\n"
            "GROUP BY constellation\n"
            "ORDER BY n DESC",
            "How many objects of each constellation are in orbit, and how high.",
        ),
        Example(
            "Elements with their satellites",
            "SELECT TOP 100 s.object_name, s.object_type, s.owner, g.epoch, g.bstar\n"
            "FROM satvo.gp AS g\n"
            "JOIN satvo.satellite AS s ON g.norad_id = s.norad_id\n"
            "WHERE s.perigee < 600 AND g.superseded_by IS NULL",
            "Current elements of the low orbits, joined with the identity of the object.",
        ),
        Example(
            "What was known on a date",
            "SELECT norad_id, MAX(epoch) AS newest_epoch, COUNT(*) AS sets\n"
            "FROM satvo.gp\n"
            "WHERE epoch < '2006-07-01'\n"
            "GROUP BY norad_id",
            "For each object the newest elements that a prediction on 2006-07-01 could have used.",
        ),
        Example(
            "Orbital poles near a direction",
            "SELECT norad_id, object_name, epoch, ra_of_asc_node, inclination\n"
            "FROM satvo.gp\n"
            "WHERE 1 = CONTAINS(\n"
            "  POINT('ICRS', ra_of_asc_node - 90, 90 - inclination),\n"
            "  CIRCLE('ICRS', 192.859, 27.128, 10))",
            "Orbits whose pole lies within 10 deg of the north galactic pole.",
        ),
    ),
)
