"""Functions and operators: their values, the types they declare, and the metadata they keep."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadQuery
from satvo.service.adql.functions import FUNCTIONS

if TYPE_CHECKING:
    from conftest import Sky

S = "test_sky.stars"
NUMBERS = {"short": "n", "int": "id", "long": "big", "float": "mag", "double": "ra"}
"""A column of each number type."""

ARROW = {
    "boolean": pa.bool_(),
    "short": pa.int16(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "char": pa.string(),
    "unicodeChar": pa.string(),
}
RANK = ["short", "int", "long", "float", "double"]
ROUNDING = 1e-14  # relative, a few units in the last place


def arrow_type(field: Field) -> pa.DataType:
    if field.xtype == "timestamp":
        return pa.timestamp("us")
    if field.datatype == "double" and field.arraysize:
        return pa.list_(pa.float64())
    return ARROW[field.datatype]


def declared_type(sky: Sky, expression: str, tail: str = "WHERE id < 0") -> str:
    """The datatype of a value, after checking that the engine gives that type."""
    table, (field,) = sky.table(f"SELECT {expression} AS v FROM {S} {tail}")
    found = table.schema.field(0).type
    wanted = arrow_type(field)
    if pa.types.is_list(wanted):
        assert pa.types.is_list(found)
        assert found.value_type == wanted.value_type
    else:
        assert found == wanted, expression
    return field.datatype


def calls() -> list[str]:
    found = []
    for name, function in FUNCTIONS.items():
        if function.engines:
            continue  # tests/service/adql/test_positions.py has them
        if name in ("IN_UNIT", "IVO_INTERVAL_OVERLAPS"):
            continue  # the one asks for a unit, the other has 1296 combinations: among OTHERS
        choices: list[list[str]] = []
        for argument in function.arguments:
            if argument.startswith("text"):
                choices.append(["name", "'Ω'"])
            elif argument == "literal":
                choices.append(["'; '"])
            elif argument == "time":
                choices.append(["seen", "name", "'2025-01-01'", "NULL"])
            elif argument.startswith("integer"):
                choices.append(["", "n", "id", "big", "2"] if argument.endswith("?") else ["n"])
            else:
                # In the domain of each function: an engine may work out what is constant first.
                extra = ["name", "seen"] if argument in ("any", "ordered") else ["0.5"]
                choices.append([*NUMBERS.values(), *extra])
        for arguments in itertools.product(*choices):
            if name == "RAND" and arguments[0] not in ("", "2"):
                continue
            found.append(f"{name}({', '.join(a for a in arguments if a)})")
    return found


@pytest.mark.parametrize("call", calls())
def test_function_gives_the_type_that_its_field_declares(sky: Sky, call: str) -> None:
    declared_type(sky, call)


@pytest.mark.parametrize("operator", ["+", "-", "*", "/"])
@pytest.mark.parametrize(("left", "right"), list(itertools.product(RANK, RANK)))
def test_arithmetic_gives_the_wider_type_of_its_sides(
    sky: Sky, operator: str, left: str, right: str
) -> None:
    wider = max(left, right, key=RANK.index)
    assert declared_type(sky, f"{NUMBERS[left]} {operator} {NUMBERS[right]}") == wider
    assert declared_type(sky, f"-{NUMBERS[left]}") == left


@pytest.mark.parametrize("kind", RANK)
def test_arithmetic_with_a_whole_number_is_at_least_an_int(sky: Sky, kind: str) -> None:
    wider = max(kind, "int", key=RANK.index)
    assert declared_type(sky, f"{NUMBERS[kind]} * 2") == wider
    assert declared_type(sky, f"2 - {NUMBERS[kind]}") == wider
    assert declared_type(sky, f"{NUMBERS[kind]} + 2.5") == "double"


OTHERS = [
    ("POINT(ra, dec)", "double"),
    ("CIRCLE(ra, dec, n)", "double"),
    ("CIRCLE(CENTROID(CIRCLE(ra, dec, 1)), id)", "double"),
    ("BOX(ra, dec, mag, n)", "double"),
    ("BOX(CENTROID(CIRCLE(ra, dec, 1)), mag, n)", "double"),
    ("POLYGON(ra, dec, n, id, 1, 2)", "double"),
    ("POLYGON(POINT(1, 2), CENTROID(CIRCLE(1, 2, 3)), POINT(ra, dec))", "double"),
    ("CENTROID(CIRCLE(ra, dec, 1))", "double"),
    ("AREA(CIRCLE(ra, dec, 1))", "double"),
    ("COORD1(POINT(id, n))", "int"),
    ("COORD2(CENTROID(CIRCLE(ra, dec, 1)))", "double"),
    ("DISTANCE(n, n, id, n)", "double"),
    ("DISTANCE(POINT(mag, mag), CENTROID(CIRCLE(ra, dec, 1)))", "double"),
    ("CONTAINS(POINT(ra, dec), CIRCLE(n, n, n))", "int"),
    ("INTERSECTS(CIRCLE(ra, dec, 1), BOX(1, 2, 3, 4))", "int"),
    ("name || 'Ω'", "unicodeChar"),
    ("name || 'x'", "char"),
    ("LOWER('Ω')", "unicodeChar"),
    ("UPPER(name)", "char"),
    ("CAST('Ω' AS VARCHAR(3))", "unicodeChar"),
    ("name", "char"),
    ("seen", "char"),
    ("flag", "boolean"),
    ("'2025-01-01'", "char"),
    ("9223372036854775807", "long"),
    ("-9223372036854775808", "long"),
    ("-2147483648", "long"),
    ("CAST(ra AS SMALLINT)", "short"),
    ("CAST(ra AS INTEGER)", "int"),
    ("CAST(ra AS BIGINT)", "long"),
    ("CAST(ra AS REAL)", "float"),
    ("CAST(n AS DOUBLE PRECISION)", "double"),
    ("CAST(n AS VARCHAR(3))", "char"),
    ("CAST(name AS TIMESTAMP)", "char"),
    ("IN_UNIT(ra, 'arcmin')", "double"),
    ("IN_UNIT(mag, 'mmag')", "double"),
    ("IVO_INTERVAL_OVERLAPS(n, id, ra, big)", "int"),
    ("IVO_INTERVAL_OVERLAPS(1, NULL, 2.5, mag)", "int"),
    ("IVO_HEALPIX_INDEX(3, POINT(ra, dec))", "long"),
    ("IVO_HEALPIX_CENTER(n, big)", "double"),
    ("COALESCE(n, id)", "int"),
    ("COALESCE(mag, ra, 1)", "double"),
    ("COALESCE(name, 'Ω')", "unicodeChar"),
    ("COALESCE(seen, '2025-01-01')", "char"),
    ("COALESCE(NULL, n)", "short"),
    ("COALESCE(NULL)", "char"),
    ("NULL", "char"),
    ("CAST(NULL AS SMALLINT)", "short"),
    ("CAST(NULL AS POINT)", "double"),
    ("CAST(name AS CIRCLE)", "double"),
    ("CAST(POINT(ra, dec) AS VARCHAR)", "char"),
    ("MOC('3/1-5')", "char"),
    ("CAST(MOC('3/1-5') AS VARCHAR)", "char"),
    ("AREA(MOC('3/1-5'))", "double"),
    ("COORDSYS(POINT(ra, dec))", "char"),
    ("REGION('Circle ICRS 1 2 3')", "double"),
    ("(SELECT MAX(big) FROM test_sky.stars)", "long"),
    ("(SELECT TOP 1 POINT(1, 2) AS p FROM test_sky.stars)", "double"),
]


@pytest.mark.parametrize(("expression", "datatype"), OTHERS)
def test_value_gives_the_type_that_its_field_declares(
    sky: Sky, expression: str, datatype: str
) -> None:
    assert declared_type(sky, expression) == datatype


def test_whole_columns_of_two_tables_merge_into_the_wider_type(sky: Sky) -> None:
    table, (field,) = sky.table(f"SELECT id FROM {S} FULL JOIN test_sky.obs USING (id)")
    assert (table.schema.field(0).type, field.datatype) == (pa.int64(), "long")


def truncated(value: float, digits: int = 0) -> float:
    return math.trunc(value * 10**digits) / 10**digits


VALUES: list[tuple[str, float]] = [
    ("ABS(-2.5)", 2.5),
    ("ACOS(0.5)", math.acos(0.5)),
    ("ASIN(0.5)", math.asin(0.5)),
    ("ATAN(0.5)", math.atan(0.5)),
    ("ATAN2(-1, -2)", math.atan2(-1, -2)),
    ("COS(2)", math.cos(2)),
    ("COT(2)", 1 / math.tan(2)),
    ("SIN(2)", math.sin(2)),
    ("TAN(2)", math.tan(2)),
    ("DEGREES(1)", math.degrees(1)),
    ("RADIANS(1)", math.radians(1)),
    ("EXP(1.5)", math.exp(1.5)),
    ("LOG(10)", math.log(10)),
    ("LOG10(1000)", 3),
    ("SQRT(2)", math.sqrt(2)),
    ("POWER(2, 0.5)", math.sqrt(2)),
    ("POWER(-2, 3)", -8),
    ("PI()", math.pi),
    ("CEILING(-1.5)", -1),
    ("CEILING(1.5)", 2),
    ("FLOOR(-1.5)", -2),
    ("FLOOR(7)", 7),
    ("ROUND(1.4)", 1),
    ("ROUND(-1.6)", -2),
    ("ROUND(123.456, 1)", 123.5),
    ("ROUND(123.456, -2)", 100),
    ("ROUND(1254, -2)", 1300),
    ("TRUNCATE(1.9)", 1),
    ("TRUNCATE(-1.9)", -1),
    ("TRUNCATE(123.456, 1)", 123.4),
    ("TRUNCATE(-123.456, 2)", truncated(-123.456, 2)),
    ("TRUNCATE(1299, -2)", 1200),
    ("0x1F + 0xa", 41),
    ("1.5e2", 150),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_function_gives_its_value(sky: Sky, expression: str, expected: float) -> None:
    assert sky.value(expression) == pytest.approx(expected, rel=ROUNDING, abs=1e-15)


@pytest.mark.parametrize(("a", "b"), list(itertools.product([7, -7], [2, -2])))
def test_division_of_whole_numbers_cuts_towards_zero_and_mod_has_the_sign_of_the_first(
    sky: Sky, a: int, b: int
) -> None:
    assert sky.value(f"{a} / {b}") == math.trunc(a / b)
    assert sky.value(f"MOD({a}, {b})") == math.fmod(a, b)
    assert sky.value(f"MOD({a}.5, {b})") == math.fmod(a + 0.5 if a > 0 else a - 0.5, b)
    assert sky.value(f"{a} / {b}.0") == a / b
    assert sky.value(f"{a} / {b} * {b} + MOD({a}, {b})") == a


def test_large_whole_numbers_stay_exact(sky: Sky) -> None:
    assert sky.value("9007199254740993 + 0") == 2**53 + 1
    assert sky.value("-9223372036854775808") == -(2**63)
    assert sky.value("2147483647 + CAST(1 AS BIGINT)") == 2**31


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("1 / (id - 1)", "division by zero"),
        ("1.0 / (id - 1)", "division by zero"),
        ("MOD(5, id - 1)", "division by zero"),
        ("1 / 0", "division by zero"),
        ("SQRT(-id)", "square root of a negative number"),
        ("LOG(id - 1)", "logarithm of zero"),
        ("LOG10(-id)", "logarithm of a negative number"),
        ("ACOS(id + 1)", "undefined outside"),
        ("2147483647 + id", "(?i)overflow"),
        ("CAST(id AS SMALLINT) * CAST(32767 AS SMALLINT) * CAST(2 AS SMALLINT)", "(?i)overflow"),
        ("CAST(1e10 * id AS INTEGER)", "(?i)out of range|conver"),
        ("CAST(name AS INTEGER)", "'Vega' cannot be cast to INTEGER"),
        ("CAST(name AS TIMESTAMP)", "'Vega' cannot be cast to TIMESTAMP"),
        ("POLYGON(0, 0, ra, dec, 0, 0)", "polygon"),
        ("AREA(CIRCLE(ra, dec, -id))", "radius -1"),
        ("BOX(ra, 90 * id, 1, 1)", "box"),
    ],
)
def test_value_that_arithmetic_cannot_take_is_a_clear_error(
    sky: Sky, expression: str, cause: str
) -> None:
    if "POLYGON" in expression:
        expression = f"AREA({expression})"
    with pytest.raises(BadQuery, match=cause) as caught:
        sky.rows(f"SELECT {expression} AS v FROM {S} WHERE id = 1")
    # The engine's own words about its SQL are no help to who wrote another query.
    assert not any(word in str(caught.value) for word in ("TRY(", "SET ", "t1.", "CAST(", "Error"))


CASTS: list[tuple[str, Any]] = [
    ("CAST(1.9 AS INTEGER)", 1),
    ("CAST(-1.9 AS BIGINT)", -1),
    ("CAST('12' AS INTEGER)", 12),
    ("CAST(2.5 AS REAL)", 2.5),
    ("CAST(7 AS VARCHAR)", "7"),
    ("CAST('abcdef' AS VARCHAR(3))", "abc"),
    ("CAST('ab' AS CHAR(3))", "ab"),
    ("CAST(CAST('2025-01-01' AS TIMESTAMP) AS VARCHAR)", "2025-01-01T00:00:00"),
    ("CAST(CAST('2025-01-01T10:20:30.5' AS TIMESTAMP) AS VARCHAR(19))", "2025-01-01T10:20:30"),
    ("LOWER('ABC' || 'Ω')", "abcω"),
    ("UPPER('abc')", "ABC"),
    ("'a' 'b'", "ab"),
    ("'it''s'", "it's"),
]


@pytest.mark.parametrize(("expression", "expected"), CASTS)
def test_cast_and_text_functions_give_their_value(
    sky: Sky, expression: str, expected: object
) -> None:
    assert sky.value(expression) == expected


def test_random_numbers_differ_by_row_and_lie_in_the_unit_interval(sky: Sky) -> None:
    values = [row[0] for row in sky.rows(f"SELECT RAND() AS r FROM {S}")]
    assert len(set(values)) == len(values)
    assert all(0 <= value < 1 for value in values)


def fields(sky: Sky, items: str, tail: str = "") -> list[Field]:
    return list(sky.table(f"SELECT {items} FROM {S} {tail}")[1])


def test_column_keeps_all_of_its_metadata_under_any_name(sky: Sky) -> None:
    (field,) = fields(sky, "ra AS alpha")
    assert field == Field(
        "alpha",
        "double",
        unit="deg",
        ucd="pos.eq.ra;meta.main",
        description="Right ascension",
    )
    inner = f"(SELECT ra AS alpha FROM {S}) AS x"
    assert list(sky.table(f"SELECT beta FROM (SELECT alpha AS beta FROM {inner}) AS y")[1]) == [
        field.named("beta")
    ]
    joined = f"SELECT id FROM {S} FULL JOIN test_sky.obs USING (id)"
    (merged,) = sky.table(joined)[1]
    assert (merged.ucd, merged.description) == ("meta.id;meta.main", "Number of the star")


def test_aggregate_tells_of_which_column_it_is(sky: Sky) -> None:
    least, mean, total, count = fields(sky, "MIN(ra), AVG(mag), SUM(mag), COUNT(ra)")
    assert (least.name, least.unit, least.ucd) == ("min", "deg", "pos.eq.ra;stat.min")
    assert least.description == "Least of ra: Right ascension"
    assert (mean.unit, mean.ucd) == ("mag", "phot.mag;em.opt.V;stat.mean")
    assert (total.unit, total.ucd) == ("mag", "")
    assert (count.unit, count.ucd, count.datatype) == ("", "meta.number", "long")


UNITS = [
    ("ra + dec", "deg"),
    ("ra - mag", ""),
    ("-ra", "deg"),
    ("ABS(ra)", "deg"),
    ("ROUND(mag, 1)", "mag"),
    ("CAST(ra AS INTEGER)", "deg"),
    ("ra * 2", ""),
    ("ra / dec", ""),
    ("RADIANS(ra)", "rad"),
    ("DEGREES(1)", "deg"),
    ("ATAN2(1, 2)", "rad"),
    ("SIN(ra)", ""),
    ("POINT(ra, dec)", "deg"),
    ("DISTANCE(ra, dec, 1, 2)", "deg"),
    ("DISTANCE(CENTROID(BOX(1, 2, 3, 4)), POINT(ra, dec))", "deg"),
    ("AREA(CIRCLE(ra, dec, 1))", "deg**2"),
    ("CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))", ""),
    ("COORD1(POINT(ra, dec))", "deg"),
    ("name || 'x'", ""),
    ("5", ""),
]


@pytest.mark.parametrize(("expression", "unit"), UNITS)
def test_unit_follows_from_the_operation(sky: Sky, expression: str, unit: str) -> None:
    (field,) = fields(sky, f"{expression} AS v", "WHERE id < 0")
    assert field.unit == unit


REGIONS: list[tuple[str, tuple[str, str], Callable[[float, float], list[float]]]] = [
    ("POINT(ra, dec)", ("2", "point"), lambda ra, dec: [ra, dec]),
    ("CIRCLE(ra, dec, 2)", ("3", "circle"), lambda ra, dec: [ra, dec, 2.0]),
    ("CIRCLE(POINT(ra, dec), 2)", ("3", "circle"), lambda ra, dec: [ra, dec, 2.0]),
    ("POLYGON(ra, dec, 1, 2, 3, 4)", ("*", "polygon"), lambda ra, dec: [ra, dec, 1, 2, 3, 4]),
]


@pytest.mark.parametrize(("expression", "declared", "expected"), REGIONS)
def test_geometry_is_a_list_of_degrees_and_null_where_a_number_is_null(
    sky: Sky, expression: str, declared: tuple[str, str], expected: Callable[..., list[float]]
) -> None:
    table, (field,) = sky.table(f"SELECT {expression} AS g FROM {S} ORDER BY id")
    assert (field.arraysize, field.xtype) == declared
    assert table.column(0).to_pylist() == [
        None if s.ra is None or s.dec is None else expected(s.ra, s.dec) for s in sky.stars
    ]
