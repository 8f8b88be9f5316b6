"""Where satellites are, who sees them, what they cross, and what is planned."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.execute(sa.schema.CreateSchema("ivoa", if_not_exists=True))  # PostgreSQL renames it
    op.add_column("satellite", sa.Column("status", sa.String()), schema="satvo")
    _observer()
    _state_vector()
    _ephemeris_file()
    _ephemeris()
    _transit()
    _obsplan()


def _index(table: str, *columns: str, schema: str = "satvo") -> None:
    for name in columns:
        op.create_index(f"{table}_{name}_idx", table, [name], schema=schema)


def _position_index(table: str, ra: str, dec: str) -> None:
    """By q3c in PostgreSQL; DuckDB makes none."""
    at = sa.func.q3c_ang2ipix(sa.column(ra), sa.column(dec))
    op.create_index(f"{table}_q3c_ang2ipix_idx", table, [at], schema="satvo")


def _observer() -> None:
    op.create_table(
        "observer",
        sa.Column("observer_id", sa.String(), nullable=False),
        sa.Column("mpc_code", sa.String()),
        sa.Column("facility_name", sa.String()),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("height", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("observer_id"),
        schema="satvo",
    )


def _state_vector() -> None:
    op.create_table(
        "state_vector",
        sa.Column("state_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("norad_id", sa.Integer(), nullable=False),
        sa.Column("gp_id", sa.BigInteger()),
        sa.Column("ephemeris_id", sa.String()),
        sa.Column("epoch_mjd", sa.Double(), nullable=False),
        sa.Column("frame", sa.String(), nullable=False),
        sa.Column("x", sa.Double()),
        sa.Column("y", sa.Double()),
        sa.Column("z", sa.Double()),
        sa.Column("vx", sa.Double()),
        sa.Column("vy", sa.Double()),
        sa.Column("vz", sa.Double()),
        sa.Column("sub_lon", sa.Double()),
        sa.Column("sub_lat", sa.Double()),
        sa.Column("height", sa.Double()),
        sa.Column("pos_err", sa.REAL()),
        sa.Column("cov", sa.ARRAY(sa.Double())),
        sa.Column("cov_frame", sa.String()),
        sa.Column("maneuver_after", sa.Boolean()),
        sa.Column("interpolation", sa.String()),
        sa.Column("interpolation_degree", sa.SmallInteger()),
        sa.Column("source", sa.String()),
        sa.PrimaryKeyConstraint("state_id"),
        schema="satvo",
    )
    _index("state_vector", "norad_id", "ephemeris_id", "epoch_mjd")


def _ephemeris_file() -> None:
    op.create_table(
        "ephemeris_file",
        sa.Column("ephemeris_id", sa.String(), nullable=False),
        sa.Column("norad_id", sa.Integer(), nullable=False),
        sa.Column("object_id", sa.String()),
        sa.Column("object_name", sa.String()),
        sa.Column("format", sa.String()),
        sa.Column("frame", sa.String(), nullable=False),
        sa.Column("t_min", sa.Double(), nullable=False),
        sa.Column("t_max", sa.Double(), nullable=False),
        sa.Column("useable_t_min", sa.Double()),
        sa.Column("useable_t_max", sa.Double()),
        sa.Column("states", sa.Integer(), nullable=False),
        sa.Column("covariances", sa.Integer(), nullable=False),
        sa.Column("interpolation", sa.String()),
        sa.Column("interpolation_degree", sa.SmallInteger()),
        sa.Column("originator", sa.String()),
        sa.Column("creation_mjd", sa.Double()),
        sa.Column("ingest_date", sa.DateTime(), nullable=False),
        sa.Column("source", sa.String()),
        sa.Column("file_name", sa.String()),
        sa.PrimaryKeyConstraint("ephemeris_id"),
        schema="satvo",
    )
    _index("ephemeris_file", "norad_id")


def _ephemeris() -> None:
    op.create_table(
        "ephemeris",
        sa.Column("norad_id", sa.Integer(), nullable=False),
        sa.Column("object_name", sa.String()),
        sa.Column("gp_id", sa.BigInteger()),
        sa.Column("observer_id", sa.String(), nullable=False),
        sa.Column("epoch", sa.DateTime(), nullable=False),
        sa.Column("epoch_mjd", sa.Double(), nullable=False),
        sa.Column("ra", sa.Double(), nullable=False),
        sa.Column("dec", sa.Double(), nullable=False),
        sa.Column("pm_ra_cosdec", sa.Double()),
        sa.Column("pm_dec", sa.Double()),
        sa.Column("rate", sa.Double()),
        sa.Column("pos_angle", sa.REAL()),
        sa.Column("az", sa.Double()),
        sa.Column("alt", sa.Double()),
        sa.Column("range", sa.Double()),
        sa.Column("range_rate", sa.Double()),
        sa.Column("phase_angle", sa.REAL()),
        sa.Column("sun_alt", sa.REAL()),
        sa.Column("sun_sep", sa.REAL()),
        sa.Column("illuminated", sa.Boolean()),
        sa.Column("sun_frac", sa.REAL()),
        sa.Column("mag", sa.REAL()),
        sa.Column("mag_err", sa.REAL()),
        sa.Column("err_maj", sa.REAL()),
        sa.Column("err_min", sa.REAL()),
        sa.Column("err_pa", sa.REAL()),
        sa.Column("err_time", sa.REAL()),
        sa.Column("gp_age", sa.REAL()),
        schema="satvo",
    )
    _index("ephemeris", "norad_id", "epoch_mjd")
    _position_index("ephemeris", "ra", "dec")


def _transit() -> None:
    op.create_table(
        "transit",
        sa.Column("transit_id", sa.String(), nullable=False),
        sa.Column("norad_id", sa.Integer(), nullable=False),
        sa.Column("gp_id", sa.BigInteger()),
        sa.Column("observer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("t_min", sa.Double(), nullable=False),
        sa.Column("t_max", sa.Double(), nullable=False),
        sa.Column("t_mid", sa.Double(), nullable=False),
        sa.Column("t_cross", sa.REAL()),
        sa.Column("t_err", sa.REAL()),
        *(sa.Column(name, sa.Double()) for name in ("s_ra", "s_dec", "ra_start", "dec_start")),
        *(sa.Column(name, sa.Double()) for name in ("ra_end", "dec_end")),
        sa.Column("s_region", sa.ARRAY(sa.Double())),
        sa.Column("moc", sa.String()),
        *(sa.Column(name, sa.REAL()) for name in ("alt_max", "az_start", "az_end", "range_min")),
        *(sa.Column(name, sa.REAL()) for name in ("rate", "pos_angle", "miss_dist")),
        *(sa.Column(name, sa.REAL()) for name in ("trail_length", "sun_alt")),
        sa.Column("illuminated", sa.Boolean()),
        *(sa.Column(name, sa.REAL()) for name in ("mag", "mag_eff", "p_cross")),
        sa.Column("exposure_id", sa.String()),
        sa.Column("streak_id", sa.Integer()),
        *(sa.Column(name, sa.REAL()) for name in ("gp_age", "sb", "trail_width")),
        *(sa.Column(name, sa.REAL()) for name in ("x_start", "y_start", "x_end", "y_end")),
        sa.Column("warning", sa.String()),
        sa.PrimaryKeyConstraint("transit_id"),
        schema="satvo",
    )
    _index("transit", "norad_id", "t_min", "t_max", "t_mid", "exposure_id")
    _position_index("transit", "s_ra", "s_dec")


def _obsplan() -> None:
    op.create_table(
        "obsplan",
        sa.Column("t_planning", sa.Double(), nullable=False),
        sa.Column("target_name", sa.String()),
        sa.Column("obs_id", sa.String(), nullable=False),
        sa.Column("obs_collection", sa.String(), nullable=False),
        sa.Column("s_ra", sa.Double()),
        sa.Column("s_dec", sa.Double()),
        sa.Column("s_fov", sa.Double()),
        sa.Column("s_region", sa.String()),
        sa.Column("s_resolution", sa.Double()),
        sa.Column("t_min", sa.Double()),
        sa.Column("t_max", sa.Double()),
        sa.Column("t_exptime", sa.Double()),
        sa.Column("t_resolution", sa.Double()),
        sa.Column("em_min", sa.Double()),
        sa.Column("em_max", sa.Double()),
        sa.Column("em_res_power", sa.Double()),
        sa.Column("o_ucd", sa.String()),
        sa.Column("pol_states", sa.String()),
        sa.Column("pol_xel", sa.Integer()),
        sa.Column("facility_name", sa.String(), nullable=False),
        sa.Column("instrument_name", sa.String()),
        sa.Column("t_plan_exptime", sa.Double()),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("execution_status", sa.String(), nullable=False),
        sa.Column("tracking_type", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("obs_id", "obs_collection"),
        schema="ivoa",
    )
    _index("obsplan", "obs_id", "obs_collection", "t_min", "t_max", schema="ivoa")
