"""Tables of another package, published by its entry point: every type, positions, nulls."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table
from satvo.schemas.resource import Resource

SITE = published_table(
    "outsider",
    "site",
    "Where was observed.",
    column("site_id", sa.SmallInteger(), "Number of the site", ucd="meta.id;meta.main", key=True),
    column("name", sa.String(8), "Name of the site", ucd="meta.id", principal=True),
    column("site_moc", sa.String(), "What is seen from there, a MOC", ucd="pos", xtype="moc"),
    title="Sites",
    utype="outsider:site",
)

SIGHT = published_table(
    "outsider",
    "sight",
    'Made-up sights of satellites: <b> & "quotes", 100 % of them, a \\backslash, '
    "\N{GREEK SMALL LETTER MU}.",
    column("sight_id", sa.BigInteger(), "Number", ucd="meta.id;meta.main", key=True),
    column(
        "site_id",
        sa.SmallInteger(),
        "Where; null where not told",
        ucd="meta.id",
        references="outsider.site.site_id",
    ),
    column("norad_id", sa.Integer(), "Catalogue number", ucd="meta.id", indexed=True),
    column("seen", sa.BigInteger(), "How often", ucd="meta.number"),
    column("seen_at", sa.DateTime(), "When (UTC)", ucd="time.epoch", timesys="UTC GEOCENTER"),
    column("is_lit", sa.Boolean(), "Whether the Sun shone on it", ucd="meta.code"),
    column(
        "ra",
        sa.Double(),
        "ICRS right ascension",
        unit="deg",
        ucd="pos.eq.ra;meta.main",
        coosys="ICRS TOPOCENTER",
        principal=True,
    ),
    column(
        "dec",
        sa.Double(),
        "ICRS declination",
        unit="deg",
        ucd="pos.eq.dec;meta.main",
        coosys="ICRS TOPOCENTER",
        principal=True,
    ),
    column("mag", sa.REAL(), "Magnitude < 6 & more", unit="mag", ucd="phot.mag;em.opt.V"),
    column("matrix", sa.ARRAY(sa.Double()), "Four numbers", unit="m", arraysize="4"),
    column("outline", sa.ARRAY(sa.Double()), "Where it may be", ucd="pos", xtype="polygon"),
    column(
        "remark",
        sa.String(),
        "As told: \\n, <i>, 'quoted'",
        ucd="meta.note",
        utype="outsider:sight.remark",
    ),
    title="Sights & sites",
    order_by=("sight_id",),
)

RESOURCE = Resource(
    shortname="outsider",
    path="outsider/sights",
    title="Sights",
    description="Made-up sights of satellites with every type of column.",
    creator="Outsider, A.",
    subjects=("artificial-satellites",),
    tables=(SIGHT, SITE),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22),
    rights="Free.",
    rights_uri="https://spdx.org/licenses/CC0-1.0.html",
)
