"""The table `satvo.observer`: the sites that this archive computes for."""

from __future__ import annotations

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["OBSERVER"]

OBSERVER = published_table(
    "satvo",
    "observer",
    "The observing sites registered here: those for which positions and passes are computed in "
    "advance, and the names that other tables have in observer_id. Any other site can be given to "
    "a service by longitude, latitude and height, by its MPC code or by a known name.",
    column(
        "observer_id",
        sa.String(),
        "Name of the site in this service, in lower case, e.g. rubin",
        ucd="meta.id;meta.main",
        key=True,
        principal=True,
    ),
    column(
        "mpc_code",
        sa.String(),
        "Observatory code of the Minor Planet Center, three characters; null where the site has "
        "none or none is known",
        ucd="meta.id.cross",
        arraysize="3*",
        principal=True,
    ),
    column(
        "facility_name",
        sa.String(),
        "Name of the observatory or telescope in words",
        ucd="meta.id;instr.tel",
        principal=True,
    ),
    column(
        "lon",
        sa.Double(),
        "Geodetic longitude (ITRS, WGS84 ellipsoid), east positive, from -180 to 180",
        unit="deg",
        ucd="pos.earth.lon;obs.observer",
        nullable=False,
        principal=True,
    ),
    column(
        "lat",
        sa.Double(),
        "Geodetic latitude (ITRS, WGS84 ellipsoid), north positive",
        unit="deg",
        ucd="pos.earth.lat;obs.observer",
        nullable=False,
        principal=True,
    ),
    column(
        "height",
        sa.Double(),
        "Height above the WGS84 ellipsoid, which is not the height above sea level: the geoid "
        "lies up to 100 m off",
        unit="m",
        ucd="pos.earth.altitude;obs.observer",
        nullable=False,
        principal=True,
    ),
    title="Observers",
    order_by=("observer_id",),
)
