"""Statements at random and at the edges, answered alike by both engines."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from adql_statements import ruined, statements
from how_many import examples
from hypothesis import given
from satvo.schemas.errors import BadQuery, LimitExceeded

if TYPE_CHECKING:
    from conftest import Sky

S = "test_sky.stars"

TIME_LIMIT_S = 3
ROUNDING = 1e-11
"""Relative: sums go over rows in another order, and DEGREES multiplies in one engine and divides
in the other; what is taken from nearly equal numbers keeps that much."""


def crossed(form: str, *choices: str) -> list[str]:
    """A form with every choice of words in its places; ~ stands for a blank."""
    words = (choice.split() for choice in choices)
    return [form.format(*(w.replace("~", " ") for w in found)) for found in product(*words)]


EDGES = [
    *crossed(
        "CAST({} AS VARCHAR)",
        "1e15 1e16 123456789.0 1e-4 1e-5 0.1 1e300 5e-324 -0.0 1e22 ra mag seen "
        "CAST(123456789~AS~REAL) CAST(1e-5~AS~REAL) CAST(16777216~AS~REAL)",
    ),
    *crossed(
        "{}({}, {})",
        "ROUND TRUNCATE",
        "ra 1.005 4.35 -0.29 1e300 123456.789 5e-324",
        "-3 0 2 15 308 309 -309 2147483648 -9223372036854775807 big",
    ),
    *crossed("MOD({}, {})", "ra -7.5 1e300 big 0.3", "0.1 7 -3 mag"),
    *crossed("POWER({}, {})", "0 2 -2 0.5 10", "0 -3 400 -400 0.5"),
    *crossed(
        "CAST({} AS {})",
        "2.5 -2.5 1e10 -1e10 32768 9.3e18 ra big",
        "SMALLINT INTEGER BIGINT REAL",
    ),
    *crossed("CAST(name || '{}' AS {})", "1 -1.5~ 2025-01-01", "INTEGER REAL TIMESTAMP"),
    *crossed(
        "CAST(LOWER('{}') AS {})",
        "~12 1E5 2025-02-30 2025-01-01T10:20:30.1234567Z 1E-400 ~",
        "BIGINT REAL DOUBLE~PRECISION TIMESTAMP",
    ),
    *crossed(
        "{}('{}')", "LOWER UPPER", "ÀÉΣ straße İı ǆ Ωmega"
    ),
    "'a' || CAST(NULL AS VARCHAR)", "name || COALESCE(NULL, NULL)",
    "UPPER(name)", "LOWER(name)", "ivo_hasword(name, 'vega')", "ivo_hasword('a² ½ b_c', 'c')",
    "ivo_hasword('größer', 'er')", "ivo_hasword('GRÖßER 名', 'größer 名')",
    "ivo_hashlist_has('', '')", "ivo_hashlist_has('a##b', '')",
    "ivo_nocasematch('ΟΔΟΣ x', 'οδοσ%')",
    "COT(0)", "EXP(1000)", "EXP(-1000)", "LOG(-1)", "LOG10(0)", "SQRT(-1)", "ACOS(2)",
    "ATAN2(0, 0)", "1 / n", "1.0 / n", "MOD(5, n)", "big * big", "big + 9223372036854775807",
    "ABS(big)", "-n", "CAST(16777217 AS INTEGER) - CAST(16777216 AS REAL)", "id + mag", "n / 2",
    "mag / 3", "DISTANCE(0, 0, ra, dec)", "DISTANCE(0, 90, ra, -90)", "AREA(CIRCLE(ra, dec, mag))",
    "CENTROID(POLYGON(ra, dec, 1, 2, 3, 4))", "CONTAINS(POINT(ra, dec), BOX(0, 0, 20, 20))",
    "INTERSECTS(CIRCLE(ra, dec, 30), POLYGON(0, 0, 90, 0, 0, 80))",
    "CIRCLE(CENTROID(CIRCLE(ra, dec, 1)), id)", "CIRCLE(CAST(NULL AS POINT), id)",
    "POLYGON(CENTROID(CIRCLE(ra, dec, 1)), POINT(1, 2), POINT(3, 4))",
    "CONTAINS(CIRCLE(ra, dec, 2), MOC('2/0-80'))",
    "INTERSECTS(MOC('3/5 9 100-200'), CIRCLE(ra, dec, 2))",
    "ivo_healpix_index(12, ra, dec)", "ivo_healpix_center(5, id)", "ivo_to_mjd(seen)",
]  # fmt: skip

QUERIES = [
    "SELECT id FROM $s WHERE id = CAST(id AS REAL)",
    "SELECT id FROM $s WHERE 16777217 = CAST(16777216 AS REAL)",
    "SELECT id FROM $s WHERE 16777217 IN (SELECT CAST(16777216 AS REAL) FROM $s)",
    f"SELECT id FROM $s WHERE mag IN ({', '.join(map(str, range(60)))})",
    "SELECT id FROM $s WHERE mag IN (id, n, 3.5)",
    "SELECT id FROM $s WHERE (SELECT MAX(id) FROM $s) BETWEEN mag AND big",
    "SELECT id FROM $s WHERE (SELECT MAX(id) FROM $s) IN (id, n, mag)",
    "SELECT name FROM $s WHERE name > 'Z' ORDER BY name, id",
    "SELECT MIN(name), MAX(name), MIN(LOWER(name)), MAX(name || 'x') FROM $s",
    "SELECT LOWER(name) AS k, COUNT(*) FROM $s GROUP BY k ORDER BY k",
    "SELECT DISTINCT name FROM $s ORDER BY name DESC",
    "SELECT name FROM $s UNION SELECT 'Äpfel' FROM $s UNION SELECT UPPER(name) FROM $s "
    "ORDER BY name",
    "SELECT name FROM $s WHERE name BETWEEN 'S' AND 'a' ORDER BY name, id",
    "SELECT n FROM $s UNION ALL SELECT mag FROM $s",
    "SELECT mag FROM $s INTERSECT ALL SELECT n FROM $s",
    "SELECT AVG(mag), SUM(mag), SUM(n), AVG(big), SUM(ra) FROM $s",
    "SELECT SUM(big) FROM $s",
    "SELECT a.id, b.id FROM $s AS a FULL JOIN $s AS b ON a.n < b.n AND a.id > 30",
    "SELECT a.id, b.id FROM $s AS a FULL JOIN $s AS b ON a.id < 0",
    "SELECT flag, COUNT(flag), COUNT(DISTINCT name) FROM $s GROUP BY flag ORDER BY flag",
    "SELECT seen FROM $s WHERE seen > '2025-01-01T12:00:00' ORDER BY seen DESC",
    "SELECT id FROM $s AS t WHERE id NOT IN (SELECT t.dec + 1000 FROM $s)",
    "SELECT id FROM $s AS t WHERE NOT (name IN (SELECT CAST(t.id AS VARCHAR) FROM $s))",
    "SELECT id FROM $s AS t WHERE id NOT IN (SELECT CAST(CAST(t.n AS CHAR) AS REAL) FROM $s)",
    "SELECT (SELECT id FROM $s) AS v FROM $s",
    "SELECT s.name, (SELECT COUNT(*) FROM $s AS t WHERE t.name = s.name) FROM $s AS s "
    "GROUP BY s.name",
]


def answer(sky: Sky, query: str) -> tuple[str, list[Any]]:
    """How it ended, and its rows in an order of their own."""
    try:
        rows = sky.rows(query, TIME_LIMIT_S)
    except BadQuery:
        return "refused", []
    except LimitExceeded:
        return "too long", []
    return "answered", sorted((tuple(map(plain, row)) for row in rows), key=placed)


def plain(value: Any) -> Any:
    return tuple(map(float, value)) if isinstance(value, list) else value


def placed(row: tuple[Any, ...]) -> tuple[str, list[float]]:
    """A key for the order of rows: near ones come together, and then in the order of numbers."""
    near = [float(f"{v:.8e}") + 0.0 if isinstance(v, float) else v for v in row]
    return repr(near), [v for v in row if isinstance(v, float)]


def close(a: Any, b: Any, near_0: float = 1e-13) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(close(c, d, near_0) for c, d in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=ROUNDING, abs_tol=near_0)
    return type(a) is type(b) and bool(a == b)


def check(skies: tuple[Sky, Sky], query: str) -> str:
    """How a query ended, alike in both engines."""
    (ended, first), (ended_too, second) = (answer(sky, query) for sky in skies)
    if "too long" in (ended, ended_too):
        return "too long"
    assert ended == ended_too, query
    assert len(first) == len(second), query
    assert all(map(close, first, second)), (query, first, second)
    return ended


def check_drawn(skies: tuple[Sky, Sky], query: str) -> str:
    """The same of a query that nobody chose."""
    (ended, first), (ended_too, second) = (answer(sky, query) for sky in skies)
    for how in ("too long", "refused"):
        # Whether a row that another condition leaves out is divided by zero, each engine decides.
        if how in (ended, ended_too):
            return how
    assert len(first) == len(second), query
    # A sum over thousands of rows of what is 0 but for rounding.
    assert all(close(a, b, 1e-10) for a, b in zip(first, second, strict=True)), query
    return ended


@pytest.mark.parametrize("expression", EDGES)
def test_value_is_the_same_in_both_engines(skies: tuple[Sky, Sky], expression: str) -> None:
    for which in range(1, 12):  # one row at a time: an error in one row must not hide the others
        check(skies, f"SELECT id, {expression} AS v FROM {S} WHERE id = {which}")


@pytest.mark.parametrize("query", QUERIES)
def test_answer_is_the_same_in_both_engines(skies: tuple[Sky, Sky], query: str) -> None:
    check(skies, query.replace("$s", S))


ENDED: list[str] = []


@given(statements())
@examples(200)
def test_query_of_the_grammar_is_answered_alike(skies: tuple[Sky, Sky], query: str) -> None:
    ENDED.append(check_drawn(skies, query))


@given(ruined())
@examples(200)
def test_a_ruined_query_is_understood_alike(skies: tuple[Sky, Sky], query: str) -> None:
    """What the text means is decided before there is an engine."""
    told = []
    for sky in skies:
        try:
            told.append([field.datatype for field in sky.translate(query).fields])
        except BadQuery as err:
            told.append(str(err))
    assert told[0] == told[1]


def test_most_queries_of_the_grammar_were_answered() -> None:
    if ENDED:
        assert ENDED.count("answered") > len(ENDED) / 2


def test_moment_of_a_query_is_that_of_both_clocks(skies: tuple[Sky, Sky]) -> None:
    first, second = (sky.value("satvo_now_mjd()") for sky in skies)
    assert abs(first - second) < 10 / 86400
