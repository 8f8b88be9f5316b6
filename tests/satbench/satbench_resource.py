"""The table of the TAP benchmark, published as an outsider publishes one: by entry point."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table
from satvo.schemas.resource import Resource

STATE = published_table(
    "satbench",
    "state",
    "Made-up positions of satellites, for measuring.",
    column("norad_id", sa.Integer(), "Catalogue number", ucd="meta.id", indexed=True),
    column("epoch_mjd", sa.Double(), "Epoch, MJD (UTC)", unit="d", ucd="time.epoch"),
    column("ra", sa.Double(), "ICRS right ascension", unit="deg", ucd="pos.eq.ra;meta.main"),
    column("dec", sa.Double(), "ICRS declination", unit="deg", ucd="pos.eq.dec;meta.main"),
    column("range_km", sa.Double(), "Distance", unit="km", ucd="pos.distance"),
    column("mag", sa.REAL(), "Magnitude", unit="mag", ucd="phot.mag"),
    column("name", sa.String(), "Name", ucd="meta.id"),
    order_by=("dec",),  # cones are asked for most
)

RESOURCE = Resource(
    shortname="satbench",
    path="satbench",
    title="Tables for measuring",
    description="Made-up positions with a fixed content, to compare servers with.",
    creator="The satvo developers",
    subjects=("artificial-satellites",),
    tables=(STATE,),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22),
)
