"""Functions of our own in the database: what PostgreSQL lacks, or means otherwise than ADQL here.

They stand in ``sql/*.sql``, in a schema of their own, and answer as `satvo.schemas.regions`,
`satvo.schemas.healpix` and `satvo.schemas.moc` do.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from importlib import resources

__all__ = ["FUNCTIONS_SCHEMA", "function_statements", "functions_version"]

FUNCTIONS_SCHEMA = "satvo_functions"


def function_statements() -> Iterator[str]:
    """What makes them, or replaces those of another version; a note on the schema tells which."""
    yield f"CREATE SCHEMA IF NOT EXISTS {FUNCTIONS_SCHEMA}"
    # Cases of letters beyond ASCII, whatever the collation of the database.
    unicode = f"{FUNCTIONS_SCHEMA}.unicode"
    yield f"CREATE COLLATION IF NOT EXISTS {unicode} (provider = icu, locale = 'und')"
    yield from (part for text in _texts() for part in re.split(r"(?m)^(?=CREATE )", text)[1:])
    yield f"COMMENT ON SCHEMA {FUNCTIONS_SCHEMA} IS '{functions_version()}'"


def functions_version() -> str:
    """What the note on the schema says where it is of this version."""
    return "satvo " + hashlib.sha256("".join(_texts()).encode()).hexdigest()[:16]


def _texts() -> list[str]:
    folder = resources.files(__package__) / "sql"
    named = sorted(folder.iterdir(), key=lambda file: file.name)
    return [file.read_text("utf-8") for file in named if file.name.endswith(".sql")]
