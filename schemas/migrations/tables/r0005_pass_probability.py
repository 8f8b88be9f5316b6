"""Maps of the probability of trails, and their pixels."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ABOVE_DEG = (0, 10, 20, 30, 60)


def upgrade() -> None:
    """Make the tables."""
    _passprob()
    _passprob_pix()


def _passprob() -> None:
    op.create_table(
        "passprob",
        sa.Column("map_id", sa.String(), nullable=False),
        sa.Column("observer_id", sa.String(), nullable=False),
        sa.Column("t_min", sa.Double(), nullable=False),
        sa.Column("t_max", sa.Double(), nullable=False),
        sa.Column("t_exptime", sa.REAL(), nullable=False),
        sa.Column("fov", sa.REAL(), nullable=False),
        *(sa.Column(name, sa.REAL()) for name in ("fov_width", "fov_height", "mag_limit")),
        *(sa.Column(name, sa.REAL()) for name in ("mag_depth", "mag_blooming")),
        *(sa.Column(name, sa.REAL()) for name in ("trail_width", "resolution")),
        sa.Column("hpx_order", sa.SmallInteger(), nullable=False),
        *(sa.Column(n, sa.String(), nullable=False) for n in ("frame", "population", "model")),
        *(sa.Column(n, sa.Double(), nullable=False) for n in ("lon", "lat", "height")),
        *(sa.Column(n, sa.Double()) for n in ("sun_az", "sun_alt", "sun_ra", "sun_dec")),
        sa.Column("n_total", sa.Double()),
        *(sa.Column(f"n_sat{each:02d}", sa.Double()) for each in _ABOVE_DEG),
        *(sa.Column(f"n_illum{each:02d}", sa.Double()) for each in _ABOVE_DEG),
        sa.Column("moc", sa.String()),
        sa.Column("moc_threshold", sa.REAL()),
        sa.Column("access_url", sa.String()),
        sa.Column("hips_url", sa.String()),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("map_id"),
        schema="satvo",
    )
    op.create_index("passprob_t_min_idx", "passprob", ["t_min"], schema="satvo")


def _passprob_pix() -> None:
    op.create_table(
        "passprob_pix",
        sa.Column("map_id", sa.String(), nullable=False),
        sa.Column("hpx_order", sa.SmallInteger(), nullable=False),
        sa.Column("hpx", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("ra", sa.Double(), nullable=False),
        sa.Column("dec", sa.Double(), nullable=False),
        *(sa.Column(name, sa.REAL()) for name in ("n_sat", "n_sat_illum")),
        *(sa.Column(name, sa.REAL()) for name in ("n_pass", "n_pass_illum")),
        *(sa.Column(name, sa.REAL()) for name in ("p_pass", "p_illum", "loss")),
        sa.Column("t_next", sa.Double()),
        sa.PrimaryKeyConstraint("map_id", "hpx"),
        schema="satvo",
    )
    for name in ("map_id", "hpx"):
        op.create_index(f"passprob_pix_{name}_idx", "passprob_pix", [name], schema="satvo")
    at = sa.func.q3c_ang2ipix(sa.column("ra"), sa.column("dec"))  # DuckDB makes none
    op.create_index("passprob_pix_q3c_ang2ipix_idx", "passprob_pix", [at], schema="satvo")
