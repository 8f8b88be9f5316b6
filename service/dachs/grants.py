"""The rights that DaCHS needs on the tables behind its views."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from satvo.schemas.store.postgres_sql import SQL
from satvo.schemas.tap_schema import TAP_SCHEMA

__all__ = ["FIRST_LINE", "grants"]

FIRST_LINE = "-- Written by satvo export rd: lets DaCHS read the tables whose views it makes."

_READER = "gavoadmin"
"""The role that owns the views; DaCHS gives its other roles the right to read those."""


def grants(tables: Iterable[sa.Table]) -> str:
    """SQL that lets DaCHS read these tables; TAP_SCHEMA is left out, as DaCHS has its own.

    Examples
    --------
    >>> print(grants([sa.Table("gp", sa.MetaData(), schema="satvo")]), end="")
    -- Written by satvo export rd: lets DaCHS read the tables whose views it makes.
    -- As the owner of the tables: psql -v ON_ERROR_STOP=1 -f grants.sql DATABASE
    BEGIN;
    GRANT USAGE ON SCHEMA satvo TO gavoadmin;
    GRANT SELECT ON satvo.gp TO gavoadmin;
    COMMIT;
    """
    shown = [table for table in tables if table not in TAP_SCHEMA]
    names: Any = SQL.identifier_preparer  # it has no types
    schemas = dict.fromkeys(names.format_schema(str(table.schema)) for table in shown)
    lines = [
        FIRST_LINE,
        "-- As the owner of the tables: psql -v ON_ERROR_STOP=1 -f grants.sql DATABASE",
        "BEGIN;",
        *(f"GRANT USAGE ON SCHEMA {schema} TO {_READER};" for schema in schemas),
        *(f"GRANT SELECT ON {names.format_table(table)} TO {_READER};" for table in shown),
        "COMMIT;",
        "",
    ]
    return "\n".join(lines)
