"""Data products, their files, trails in them, and the test suite."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    _obscore()
    _dataproduct()
    _testterm()
    _testcase()
    _trail()


def _many(
    kind: sa.types.TypeEngine[Any], names: str, *, nullable: bool = True
) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names.split()]


def _index(table: str, *names: str, schema: str = "satvo") -> None:
    for name in names:
        op.create_index(f"{table}_{name}_idx", table, [name], schema=schema)


def _obscore() -> None:
    op.create_table(
        "obscore",
        *_many(sa.String(), "dataproduct_type dataproduct_subtype"),
        sa.Column("calib_level", sa.SmallInteger(), nullable=False),
        *_many(sa.String(), "target_name target_class"),
        sa.Column("obs_id", sa.String(), nullable=False),
        sa.Column("obs_title", sa.String()),
        sa.Column("obs_collection", sa.String(), nullable=False),
        sa.Column("obs_creation_date", sa.DateTime()),
        *_many(sa.String(), "obs_creator_name obs_creator_did"),
        sa.Column("obs_release_date", sa.DateTime()),
        sa.Column("obs_publisher_did", sa.String(), nullable=False),
        *_many(sa.String(), "publisher_id bib_reference data_rights access_url"),
        *_many(sa.String(), "access_format"),
        sa.Column("access_estsize", sa.BigInteger()),
        *_many(sa.Double(), "s_ra s_dec s_fov"),
        *_many(sa.String(), "s_region s_ucd s_unit"),
        *_many(sa.Double(), "s_resolution s_resolution_min s_resolution_max"),
        sa.Column("s_calib_status", sa.String()),
        *_many(sa.Double(), "s_stat_error s_pixel_scale"),
        *_many(sa.BigInteger(), "s_xel1 s_xel2"),
        *_many(sa.Double(), "t_min t_max t_exptime t_resolution"),
        sa.Column("t_calib_status", sa.String()),
        sa.Column("t_stat_error", sa.Double()),
        sa.Column("t_xel", sa.BigInteger()),
        *_many(sa.Double(), "em_min em_max"),
        *_many(sa.String(), "em_ucd em_unit em_calib_status"),
        *_many(sa.Double(), "em_res_power em_res_power_min em_res_power_max"),
        *_many(sa.Double(), "em_resolution em_stat_error"),
        sa.Column("em_xel", sa.BigInteger()),
        *_many(sa.String(), "o_ucd o_unit o_calib_status"),
        sa.Column("o_stat_error", sa.Double()),
        sa.Column("pol_states", sa.String()),
        sa.Column("pol_xel", sa.BigInteger()),
        *_many(sa.String(), "facility_name instrument_name proposal_id"),
        sa.Column("data_source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("obs_publisher_did"),
        schema="ivoa",
    )
    _index("obscore", "obs_id", "s_ra", "s_dec", "t_min", "t_max", schema="ivoa")
    box = sa.text("satvo_functions.sky_box(s_ra, s_dec, s_fov / 2)")  # DuckDB makes none
    op.create_index("obscore_sky_box_idx", "obscore", [box], schema="ivoa", postgresql_using="gist")


def _dataproduct() -> None:
    op.create_table(
        "dataproduct",
        *_many(sa.String(), "obs_publisher_did product_id role", nullable=False),
        *_many(sa.String(), "progenitor_did job_id"),
        *_many(sa.String(), "file_name media_type", nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        *_many(sa.Integer(), "n_hdu n_image data_hdu"),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("rights_holder", sa.String()),
        *_many(sa.Double(), "site_lon site_lat site_height focal_length aperture"),
        *_many(sa.String(), "optics filter_name filter_url"),
        sa.Column("zero_point", sa.Double()),
        sa.Column("zero_point_system", sa.String()),
        *_many(sa.Double(), "gain read_noise saturation"),
        *_many(sa.String(), "wcs_projection missing preview_url thumbnail_url"),
        *_many(sa.String(), "contributor"),
        sa.Column("ingest_date", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("obs_publisher_did"),
        schema="satvo",
    )
    _index("dataproduct", "product_id", "progenitor_did", "checksum")


def _testterm() -> None:
    op.create_table(
        "testterm",
        *_many(sa.String(), "term theme label description asked_in", nullable=False),
        sa.PrimaryKeyConstraint("term"),
        schema="satvo",
    )


def _testcase() -> None:
    op.create_table(
        "testcase",
        *_many(sa.String(), "case_id kind title relevance terms obs_publisher_did", nullable=False),
        *_many(sa.String(), "pair_did mask_did truth_did elements_did exposures_did"),
        sa.PrimaryKeyConstraint("case_id"),
        schema="satvo",
    )
    _index("testcase", "obs_publisher_did")


def _trail() -> None:
    op.create_table(
        "trail",
        *_many(sa.String(), "trail_id obs_publisher_did", nullable=False),
        sa.Column("job_id", sa.String()),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("norad_id", sa.Integer()),
        *_many(sa.REAL(), "p_match x1 y1 x2 y2"),
        *_many(sa.Double(), "ra_start dec_start ra_end dec_end s_ra s_dec"),
        sa.Column("s_region", sa.ARRAY(sa.Double())),
        *_many(sa.REAL(), "length width pos_angle sb snr score"),
        *_many(sa.String(), "mask_url mask_checksum"),
        sa.PrimaryKeyConstraint("trail_id"),
        schema="satvo",
    )
    _index("trail", "obs_publisher_did", "s_ra", "s_dec")
    at = sa.func.q3c_ang2ipix(sa.column("s_ra"), sa.column("s_dec"))  # DuckDB makes none
    op.create_index("trail_q3c_ang2ipix_idx", "trail", [at], schema="satvo")
