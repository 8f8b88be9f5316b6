"""All published resources: those of satvo and those that other packages register."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

import sqlalchemy as sa
from satvo.schemas.resource import Example, Resource
from satvo.schemas.tap_schema import TAP_SCHEMA

__all__ = ["SCHEMAS", "all_examples", "published_tables", "resources"]

SCHEMAS = {
    "satvo": "Artificial satellites: objects, orbital elements, and what is computed from them",
    "ivoa": "Tables whose form a standard of the IVOA fixes",
    "tap_schema": "The description of all schemas, tables and columns (TAP 1.1)",
}
"""Description of each published schema, in the order shown."""


@cache
def resources() -> tuple[Resource, ...]:
    """Every registered resource (entry points ``satvo.resources``), in the order of their paths."""
    found = [entry.load() for entry in entry_points(group="satvo.resources")]
    return tuple(sorted(found, key=lambda resource: str(resource.path)))


def published_tables() -> tuple[sa.Table, ...]:
    """Every table that clients can query, TAP_SCHEMA's own last."""
    own = [table for resource in resources() for table in resource.tables]
    return (*dict.fromkeys(own), *TAP_SCHEMA)


def all_examples() -> list[Example]:
    """The example queries of every resource."""
    return [example for resource in resources() for example in resource.examples]
