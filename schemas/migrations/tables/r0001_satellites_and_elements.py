"""Satellites, element sets, and what describes them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("CREATE SCHEMA IF NOT EXISTS satvo")
    op.execute(sa.schema.CreateSchema("tap_schema", if_not_exists=True))  # PostgreSQL renames it
    _satellite()
    _gp()
    _tap_schema()
    _keys()


def _satellite() -> None:
    op.create_table(
        "satellite",
        sa.Column("norad_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("object_id", sa.String()),
        sa.Column("object_name", sa.String()),
        sa.Column("object_type", sa.String()),
        sa.Column("target_class", sa.String()),
        sa.Column("ops_status", sa.String()),
        sa.Column("constellation", sa.String()),
        sa.Column("owner", sa.String()),
        sa.Column("launch_date", sa.DateTime()),
        sa.Column("decay_date", sa.DateTime()),
        sa.Column("period", sa.Double()),
        sa.Column("inclination", sa.Double()),
        sa.Column("apogee", sa.Double()),
        sa.Column("perigee", sa.Double()),
        sa.Column("rcs", sa.REAL()),
        sa.Column("mag_std", sa.REAL()),
        sa.Column("mag_std_err", sa.REAL()),
        sa.PrimaryKeyConstraint("norad_id"),
        schema="satvo",
    )


def _gp() -> None:
    op.create_table(
        "gp",
        sa.Column("gp_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("norad_id", sa.Integer(), nullable=False),
        sa.Column("object_id", sa.String()),
        sa.Column("object_name", sa.String()),
        sa.Column("center_name", sa.String()),
        sa.Column("ref_frame", sa.String()),
        sa.Column("time_system", sa.String()),
        sa.Column("mean_element_theory", sa.String()),
        sa.Column("epoch", sa.DateTime(), nullable=False),
        sa.Column("epoch_mjd", sa.Double(), nullable=False),
        sa.Column("mean_motion", sa.Double(), nullable=False),
        sa.Column("eccentricity", sa.Double(), nullable=False),
        sa.Column("inclination", sa.Double(), nullable=False),
        sa.Column("ra_of_asc_node", sa.Double(), nullable=False),
        sa.Column("arg_of_pericenter", sa.Double(), nullable=False),
        sa.Column("mean_anomaly", sa.Double(), nullable=False),
        sa.Column("ephemeris_type", sa.SmallInteger()),
        sa.Column("classification_type", sa.String()),
        sa.Column("element_set_no", sa.Integer()),
        sa.Column("rev_at_epoch", sa.BigInteger()),
        sa.Column("bstar", sa.Double()),
        sa.Column("mean_motion_dot", sa.Double()),
        sa.Column("mean_motion_ddot", sa.Double()),
        sa.Column("semimajor_axis", sa.Double()),
        sa.Column("originator", sa.String()),
        sa.Column("creation_date", sa.DateTime()),
        sa.Column("ingest_date", sa.DateTime(), nullable=False),
        sa.Column("superseded_by", sa.BigInteger()),
        sa.Column("tle_line1", sa.String()),
        sa.Column("tle_line2", sa.String()),
        sa.Column("source", sa.String()),
        sa.PrimaryKeyConstraint("gp_id"),
        schema="satvo",
    )
    op.create_index("gp_norad_id_idx", "gp", ["norad_id"], schema="satvo")
    op.create_index("gp_epoch_mjd_idx", "gp", ["epoch_mjd"], schema="satvo")


def _tap_schema() -> None:
    op.create_table(
        "schemas",
        sa.Column("schema_name", sa.String(), nullable=False),
        sa.Column("utype", sa.String()),
        sa.Column("description", sa.String()),
        sa.Column("schema_index", sa.Integer()),
        sa.PrimaryKeyConstraint("schema_name"),
        schema="tap_schema",
    )
    op.create_table(
        "tables",
        sa.Column("schema_name", sa.String(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("table_type", sa.String(), nullable=False),
        sa.Column("utype", sa.String()),
        sa.Column("description", sa.String()),
        sa.Column("table_index", sa.Integer()),
        sa.PrimaryKeyConstraint("table_name"),
        schema="tap_schema",
    )
    op.create_table(
        "columns",
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("column_name", sa.String(), nullable=False),
        sa.Column("datatype", sa.String(), nullable=False),
        sa.Column("arraysize", sa.String()),
        sa.Column("xtype", sa.String()),
        sa.Column("size", sa.Integer()),
        sa.Column("description", sa.String()),
        sa.Column("utype", sa.String()),
        sa.Column("unit", sa.String()),
        sa.Column("ucd", sa.String()),
        sa.Column("indexed", sa.Integer(), nullable=False),
        sa.Column("principal", sa.Integer(), nullable=False),
        sa.Column("std", sa.Integer(), nullable=False),
        sa.Column("column_index", sa.Integer()),
        sa.PrimaryKeyConstraint("table_name", "column_name"),
        schema="tap_schema",
    )
    op.create_index("columns_table_name_idx", "columns", ["table_name"], schema="tap_schema")
    op.create_index("columns_column_name_idx", "columns", ["column_name"], schema="tap_schema")


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("from_table", sa.String(), nullable=False),
        sa.Column("target_table", sa.String(), nullable=False),
        sa.Column("description", sa.String()),
        sa.Column("utype", sa.String()),
        sa.PrimaryKeyConstraint("key_id"),
        schema="tap_schema",
    )
    op.create_table(
        "key_columns",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("from_column", sa.String(), nullable=False),
        sa.Column("target_column", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "from_column", "target_column"),
        schema="tap_schema",
    )
    op.create_index("key_columns_key_id_idx", "key_columns", ["key_id"], schema="tap_schema")
    op.create_index(
        "key_columns_from_column_idx", "key_columns", ["from_column"], schema="tap_schema"
    )
    op.create_index(
        "key_columns_target_column_idx", "key_columns", ["target_column"], schema="tap_schema"
    )
