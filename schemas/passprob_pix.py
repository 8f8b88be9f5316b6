"""The table `satvo.passprob_pix`: the pixels of the maps of `satvo.passprob`."""

from __future__ import annotations

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["PASSPROB_PIX"]


def _number(name: str, description: str, ucd: str, unit: str = "") -> sa.Column[float]:
    return column(name, sa.REAL(), description, unit=unit, ucd=ucd, principal=True)


PASSPROB_PIX = published_table(
    "satvo",
    "passprob_pix",
    "The HEALPix cells of pass-probability maps whose centres are above the horizon, one row "
    "each. Values hold for a field centred on the cell, and expectations are means: how many "
    "satellites there really are is scattered about them as Poisson has it. Whoever reads it "
    "names a map_id.",
    column(
        "map_id",
        sa.String(),
        "The map that it is a cell of",
        ucd="meta.id",
        key=True,
        principal=True,
        references="satvo.passprob.map_id",
    ),
    column(
        "hpx_order",
        sa.SmallInteger(),
        "Order of the HEALPix cells: nside is 2 to this power",
        ucd="meta.number;pos.healpix",
        nullable=False,
    ),
    column(
        "hpx",
        sa.BigInteger(),
        "Number of the cell, NESTED, in the frame of the map",
        ucd="pos.healpix",
        key=True,
        principal=True,
    ),
    column(
        "ra",
        sa.Double(),
        "Right ascension of the cell's centre in the middle of the exposure",
        unit="deg",
        ucd="pos.eq.ra;meta.main",
        coosys="ICRS TOPOCENTER",
        nullable=False,
        principal=True,
    ),
    column(
        "dec",
        sa.Double(),
        "Declination of the cell's centre in the middle of the exposure",
        unit="deg",
        ucd="pos.eq.dec;meta.main",
        coosys="ICRS TOPOCENTER",
        nullable=False,
        principal=True,
    ),
    _number("n_sat", "Satellites per square degree", "meta.number;arith.ratio", "deg**-2"),
    _number(
        "n_sat_illum",
        "Illuminated satellites per square degree",
        "meta.number;arith.ratio",
        "deg**-2",
    ),
    _number("n_pass", "Expected trails in an exposure", "meta.number;stat.mean"),
    _number(
        "n_pass_illum",
        "Expected trails of illuminated satellites in an exposure",
        "meta.number;stat.mean",
    ),
    _number("p_pass", "Probability of one trail or more in an exposure", "stat.probability"),
    _number(
        "p_illum",
        "Probability of one trail or more of an illuminated satellite in an exposure",
        "stat.probability;phot",
    ),
    _number(
        "loss",
        "Fraction of the exposure that is lost to trails; above 1 it is wholly lost",
        "meta.number;arith.ratio",
    ),
    column(
        "t_next",
        sa.Double(),
        "When the next illuminated satellite is expected in the field, from the beginning of the "
        "exposure on: MJD in UTC; null where none is",
        unit="d",
        ucd="time.crossing;stat.min",
        timesys="UTC TOPOCENTER",
    ),
    title="Pixels of pass-probability maps",
    order_by=("map_id", "hpx"),
)
