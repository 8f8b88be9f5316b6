"""Which tables have a cone search, and what their answers call main."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa
from satvo.resources.catalogue import published_tables
from satvo.schemas.columns import METADATA, Field, column, published_table
from satvo.schemas.errors import NotFound
from satvo.service.table_cones import TableCone, cone_named, table_cones

MAINS = ("meta.id;meta.main", "pos.eq.ra;meta.main", "pos.eq.dec;meta.main")


def made(name: str, *columns: sa.Column[object]) -> sa.Table:
    table = published_table("test_cones", name, "Of a test", *columns)
    METADATA.remove(table)
    return table


def double(name: str, ucd: str, unit: str = "deg") -> sa.Column[object]:
    return column(name, sa.Double(), "A number", unit=unit, ucd=ucd)


RA, DEC = ("pos.eq.ra;meta.main", "pos.eq.dec;meta.main")


def test_published_tables_with_a_position_have_one() -> None:
    names = {each.name for each in table_cones(published_tables())}
    assert {"ivoa.obscore", "ivoa.obsplan", "satvo.transit", "satvo.trail"} <= names
    assert "satvo.gp" not in names


@pytest.mark.parametrize("verbosity", [1, 2, 3])
def test_each_main_ucd_is_there_once(verbosity: int) -> None:
    for each in table_cones(published_tables()):
        names = each.names(verbosity)
        fields = each.fields(Field.of(each.table.c[name]) for name in names)
        ucds = Counter(field.ucd for field in fields)
        assert all(ucds[main] == 1 for main in MAINS), each.name
        assert [field.name for field in fields] == names
        assert len(names) == (3 if verbosity == 1 else len(names))


def test_repeated_main_ucds_are_taken_off() -> None:
    table = made(
        "twice", column("a", sa.String(), "One", ucd=MAINS[0]),
        column("b", sa.String(), "Another", ucd=MAINS[0]), double("ra", RA), double("ra2", RA),
        double("dec", DEC),
    )  # fmt: skip
    cone = TableCone.of(table)
    assert cone is not None
    assert [field.ucd for field in cone.fields(map(Field.of, table.columns))] == [
        MAINS[0], "meta.id", MAINS[1], "pos.eq.ra", MAINS[2],
    ]  # fmt: skip


def test_without_position_or_identifier_there_is_none() -> None:
    no_dec = made("no_dec", column("a", sa.String(), "One", ucd="meta.id"), double("ra", RA))
    radians = made(
        "radians", column("a", sa.String(), "One", ucd="meta.id"), double("ra", RA, "rad"),
        double("dec", DEC, "rad"),
    )  # fmt: skip
    nameless = made("nameless", double("ra", RA), double("dec", DEC))
    assert [TableCone.of(table) for table in (no_dec, radians, nameless)] == [None] * 3


def test_names_are_quoted_and_found_in_any_case() -> None:
    odd = made(
        'od"d', column("select", sa.String(), "One", ucd="meta.id"), double("RA", "pos.eq.ra"),
        double("de c", "pos.eq.dec"),
    )  # fmt: skip
    cone = cone_named('TEST_CONES.OD"D', [odd])
    assert cone.query((1.0, 2.0, 3.0), 1) == (
        'SELECT "select", "RA", "de c" FROM "test_cones"."od""d" '
        'WHERE 1 = CONTAINS(POINT("RA", "de c"), CIRCLE(1.0, 2.0, 3.0))'
    )
    assert cone.query((1.0, 2.0, 0.0), 1).endswith("WHERE 1 = 0")
    with pytest.raises(NotFound, match=r"there are satellites, test_cones"):
        cone_named("test_cones.nope", [odd])
