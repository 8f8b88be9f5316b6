"""A small sky in a real store: two tables whose rows the tests also have as Python values."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
import sqlalchemy as sa
from satvo.schemas.columns import METADATA, Field, column, published_table
from satvo.schemas.gp import GP
from satvo.schemas.observer import OBSERVER
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store import Store, open_store
from satvo.schemas.store.interface import arrow_schema
from satvo.schemas.tap_schema import TAP_SCHEMA
from satvo.service.adql import Catalogue, Translated, translate
from satvo.service.element_sets import declare_positions

SEED = 20260711
ENGINES = ("duckdb", "postgresql")


class Star(NamedTuple):
    id: int
    ra: float | None
    dec: float | None
    mag: float | None
    n: int | None
    big: int | None
    name: str | None
    seen: datetime | None
    flag: bool | None
    size: int


class Obs(NamedTuple):
    obs_id: int
    id: int | None
    band: str | None
    flux: float | None
    seen: datetime | None


STARS = published_table(
    "test_sky",
    "stars",
    "Stars of the tests",
    column("id", sa.Integer(), "Number of the star", ucd="meta.id;meta.main", key=True),
    column("ra", sa.Double(), "Right ascension", unit="deg", ucd="pos.eq.ra;meta.main"),
    column("dec", sa.Double(), "Declination", unit="deg", ucd="pos.eq.dec;meta.main"),
    column("mag", sa.REAL(), "Magnitude", unit="mag", ucd="phot.mag;em.opt.V"),
    column("n", sa.SmallInteger(), "A small number", ucd="meta.number"),
    column("big", sa.BigInteger(), "A large number"),
    column("name", sa.String(), "Name", ucd="meta.id", arraysize="12"),
    column("seen", sa.DateTime(), "Last seen (UTC)", ucd="time.epoch"),
    column("flag", sa.Boolean(), "Whether it is variable", ucd="meta.code"),
    column("size", sa.Integer(), "A column with a reserved word for a name", unit="km"),
)

OBS = published_table(
    "test_sky",
    "obs",
    "Observations of the tests",
    column("obs_id", sa.Integer(), "Number of the observation", ucd="meta.id;meta.main", key=True),
    column("id", sa.BigInteger(), "Star observed", ucd="meta.id"),
    column("band", sa.String(), "Band", ucd="instr.bandpass"),
    column("flux", sa.Double(), "Flux", unit="Jy", ucd="phot.flux"),
    column("seen", sa.DateTime(), "When (UTC)", ucd="time.epoch;obs"),
)

for _table in (STARS, OBS):
    METADATA.remove(_table)  # no other test is to meet them

TABLES = (GP, SATELLITE, *TAP_SCHEMA, STARS, OBS)

_PLACES = [
    (0.0, 0.0), (359.9, 0.05), (0.1, -0.05), (180.0, 0.0), (12.5, 41.3), (12.6, 41.2), (83.6, 22.0),
    (83.7, 22.1), (266.4, -29.0), (266.5, -28.9), (10.0, 89.9), (190.0, 89.95), (0.0, 90.0),
    (45.0, -90.0), (200.0, -89.9), (90.0, 45.0), (270.0, -45.0), (359.999999999, 0.0),
]  # fmt: skip
_NAMES = ["Vega", "vega", "Sirius", "sir_us", "100%", "a\\b", "", None, "Deneb", "O'Neil", "Ω Cen"]


def _stars() -> list[Star]:
    rng = random.Random(SEED)
    stars = []
    for i in range(40):
        ra, dec = _PLACES[i] if i < len(_PLACES) else (rng.uniform(0, 360), rng.uniform(-90, 90))
        moment = datetime(2024, 12, 30) + timedelta(seconds=rng.randrange(5 * 86400))
        stars.append(
            Star(
                id=i + 1,
                ra=None if i == 30 else ra,
                dec=None if i in (30, 31) else dec,
                mag=None if i % 7 == 3 else rng.randrange(-8, 60) / 4,
                n=None if i % 5 == 4 else rng.randrange(-3, 4),
                big=None if i % 6 == 2 else rng.choice([-(2**40), -7, -1, 0, 1, 7, 2**62, 2**40]),
                name=_NAMES[i % len(_NAMES)],
                seen=None if i % 8 == 5 else moment,
                flag=[True, False, None][i % 3],
                size=i % 4,
            )
        )
    return stars


def _observations() -> list[Obs]:
    rng = random.Random(SEED + 1)
    return [
        Obs(
            obs_id=100 + i,
            id=None if i % 9 == 4 else rng.randrange(1, 50),
            band=[None, "V", "B", "R", "v"][rng.randrange(5)],
            flux=None if i % 10 == 7 else rng.randrange(0, 400) / 8,
            seen=datetime(2025, 1, 1) + timedelta(hours=i) if i % 4 else None,
        )
        for i in range(50)
    ]


@dataclass
class Sky:
    """The store, and the rows that are in it."""

    store: Store
    catalogue: Catalogue
    stars: list[Star]
    obs: list[Obs]

    def translate(self, query: str) -> Translated:
        return translate(query, self.catalogue, dialect=self.store.dialect)

    def table(self, query: str, time_limit_s: float = 20) -> tuple[pa.Table, tuple[Field, ...]]:
        """The answer as Arrow has it, and its fields."""
        done = self.translate(query)
        with self.store.query(done.statement, time_limit_s=time_limit_s, batch_rows=1000) as rows:
            return pa.Table.from_batches(list(rows), rows.schema), done.fields

    def rows(self, query: str, time_limit_s: float = 20) -> list[tuple[Any, ...]]:
        """The answer as a list of rows."""
        table, _ = self.table(query, time_limit_s)
        columns = [column.to_pylist() for column in table.columns]
        return list(zip(*columns, strict=True))

    def bag(self, query: str) -> list[tuple[Any, ...]]:
        """The answer in an order of its own, for comparing without ORDER BY."""
        return sorted(self.rows(query), key=repr)

    def value(self, expression: str) -> Any:
        """One expression for the first star."""
        ((value,),) = self.rows(f"SELECT {expression} AS v FROM test_sky.stars WHERE id = 1")
        return value


@pytest.fixture(scope="session", params=ENGINES)
def sky(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sky]:
    """The filled store of each engine; the tables of satvo and TAP_SCHEMA in it are empty."""
    found = _filled(request.getfixturevalue("address_of")(request.param), tmp_path_factory)
    yield found
    found.store.close()


@pytest.fixture(scope="session")
def skies(
    address_of: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Sky, Sky]]:
    """The same in both engines at once."""
    first, second = (_filled(address_of(name), tmp_path_factory) for name in ENGINES)
    yield first, second
    first.store.close()
    second.store.close()


def _filled(address: str, tmp_path_factory: pytest.TempPathFactory) -> Sky:
    store = open_store(address, tmp_path_factory.mktemp("sky"), wait_s=1)
    store.create((*TABLES, OBSERVER))
    declare_positions(store)
    stars, obs = _stars(), _observations()
    for table, rows in ((STARS, stars), (OBS, obs)):
        found = pa.Table.from_pylist([row._asdict() for row in rows], arrow_schema(table))
        store.write(lambda tx, table=table, found=found: tx.append(table, found))
    return Sky(store, Catalogue(TABLES), stars, obs)
