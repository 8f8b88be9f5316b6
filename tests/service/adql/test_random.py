"""Queries made at random: soup that must be refused cleanly, and grammar that must run."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from satvo.schemas.errors import BadQuery, LimitExceeded
from satvo.service.adql.words import RESERVED

if TYPE_CHECKING:
    from conftest import Sky

SETTINGS = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

WORDS = [
    *sorted(RESERVED), "id", "ra", "dec", "n", "name", "seen", "flag", "stars", "obs", "x", "y",
    "test_sky", "test_sky.stars", "test_sky.obs", "satvo.gp", *"(),.;*+-/=<>'[%", "<>", "<=", ">=",
    "!=", "||", "1", "2.5", "1e3", "0x1F", "'text'", "''", '"id"', '"size"', '"', "--", "/*", "\n",
    "SELECT", "FROM", "WHERE", "SELECT * FROM test_sky.stars", "AS x", "(SELECT id FROM satvo.gp)",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
@SETTINGS
def test_soup_of_words_is_refused_with_nothing_but_bad_query(sky: Sky, query: str) -> None:
    with contextlib.suppress(BadQuery):
        sky.rows(query)


@given(st.text(max_size=80), st.integers(0, 60))
@SETTINGS
def test_any_text_is_refused_with_nothing_but_bad_query(sky: Sky, text: str, at: int) -> None:
    query = "SELECT id, 'a' AS x FROM test_sky.stars WHERE ra > 1.5 ORDER BY id"
    with contextlib.suppress(BadQuery):
        sky.translate(text)
    with contextlib.suppress(BadQuery):
        sky.translate(query[:at] + text + query[at:])


@functools.cache
def numbers(scope: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Numbers made of the columns of the tables in scope (stars by their alias)."""
    columns = [f"{t}.{c}" for t in scope for c in ("id", "ra", "dec", "mag", "n", "big", '"size"')]
    leaf = st.sampled_from([*columns, "0", "1", "7", "-3", "2.5", "1e-3", "0xA"])

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        one = st.sampled_from(
            ["ABS", "SIN", "COS", "ATAN", "FLOOR", "CEILING", "ROUND", "TRUNCATE", "SQRT", "LOG"]
        )
        point = st.builds(lambda a, b: f"POINT({a}, {b})", inner, inner)
        return st.one_of(
            st.builds(lambda a, o, b: f"({a} {o} {b})", inner, st.sampled_from("+-*/"), inner),
            st.builds(lambda a: f"(- {a})", inner),
            st.builds(lambda f, a: f"{f}({a})", one, inner),
            st.builds(lambda a, b: f"MOD({a}, {b})", inner, inner),
            st.builds(lambda a, k: f"CAST({a} AS {k})", inner, st.sampled_from(["REAL", "BIGINT"])),
            st.builds(lambda p, q: f"DISTANCE({p}, {q})", point, point),
            st.builds(
                lambda p, r: f"CONTAINS({p}, CIRCLE(10, 20, {r}))", point, st.integers(0, 180)
            ),
            st.builds(lambda p: f"INTERSECTS({p}, POLYGON(0, 0, 50, 0, 0, 50))", point),
        )

    return st.recursive(leaf, grown, max_leaves=6)


@functools.cache
def conditions(scope: tuple[str, ...], depth: int = 1) -> st.SearchStrategy[str]:
    number = numbers(scope)
    table = scope[-1]
    comparison = st.sampled_from(["=", "<>", "!=", "<", ">", "<=", ">="])
    leaves = [
        st.builds(lambda a, o, b: f"{a} {o} {b}", number, comparison, number),
        st.builds(lambda a, b, c: f"{a} BETWEEN {b} AND {c}", number, number, number),
        st.builds(
            lambda a, n, m: f"{a} {n}IN ({', '.join(m)})",
            number,
            st.sampled_from(["", "NOT "]),
            st.lists(number, min_size=1, max_size=4),
        ),
        st.sampled_from(
            [
                f"{table}.name LIKE 'V%'",
                f"{table}.name NOT ILIKE '_' || {table}.name",
                f"{table}.seen > '2025-01-01'",
                f"{table}.mag IS NULL",
                f"{table}.n IS NOT NULL",
                f"{table}.flag = {table}.flag",
            ]
        ),
    ]
    if depth:
        inner = selects(scope, depth - 1)
        leaves += [
            st.builds(lambda q: f"EXISTS ({q})", inner),
            st.builds(
                lambda a, n, q: f"{a} {n}IN ({q})", number, st.sampled_from(["", "NOT "]), inner
            ),
            st.builds(lambda a, q: f"{a} > ({q})", number, inner),
        ]
    return st.recursive(
        st.one_of(leaves),
        lambda c: st.one_of(
            st.builds(lambda a, w, b: f"({a} {w} {b})", c, st.sampled_from(["AND", "OR"]), c),
            st.builds(lambda a: f"NOT {a}", c),
        ),
        max_leaves=4,
    )


@functools.cache
def selects(outer: tuple[str, ...] = (), depth: int = 1) -> st.SearchStrategy[str]:
    return _selects(outer, depth)


@st.composite
def _selects(draw: st.DrawFn, outer: tuple[str, ...], depth: int) -> str:
    """A SELECT of one number; its tables are stars under new names, joined in any way."""
    names = [f"a{len(outer)}", f"b{len(outer)}"][: draw(st.integers(1, 2))]
    scope = (*outer, *names)
    tables = f"test_sky.stars AS {names[0]}"
    if len(names) == 2:
        word = draw(
            st.sampled_from(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", ",", "NATURAL JOIN"])
        )
        if word in (",", "NATURAL JOIN"):
            tables += f" {word} test_sky.stars AS {names[1]}"
        else:
            # The sub-query in an ON, correlated with a table around it, is the hardest of all.
            on = draw(conditions(tuple(names), depth=0)) if draw(st.booleans()) else None
            on = on or f"{names[0]}.id = {names[1]}.n"
            tables += f" {word} test_sky.stars AS {names[1]} ON {on}"
    where = f" WHERE {draw(conditions(scope, depth))}" if draw(st.booleans()) else ""
    shape = draw(st.sampled_from(["plain", "distinct", "grouped", "aggregate", "top"]))
    value = draw(numbers(scope))
    own = draw(numbers(tuple(names)))
    match shape:
        case "distinct":
            return f"SELECT DISTINCT {value} AS v FROM {tables}{where}"
        case "grouped":
            having = draw(
                st.sampled_from(
                    ["", " HAVING COUNT(*) > 1", f" HAVING MAX({own} + {names[0]}.id) > 0"]
                )
            )
            key = f"{names[0]}.n"
            return f"SELECT {key} + COUNT(*) AS v FROM {tables}{where} GROUP BY {key}{having}"
        case "aggregate":
            word = draw(st.sampled_from(["COUNT", "SUM", "AVG", "MIN", "MAX", "COUNT(DISTINCT"]))
            end = ")" if "(" not in word else "))"
            call = f"{word}({own} + {names[0]}.n{end}"
            return f"SELECT {call} AS v FROM {tables}{where}"
        case "top":
            key = draw(st.sampled_from(["v", "1 DESC", f"{names[0]}.id"]))
            return f"SELECT TOP 3 {value} AS v FROM {tables}{where} ORDER BY {key} OFFSET 1"
    return f"SELECT {value} AS v FROM {tables}{where}"


@st.composite
def queries(draw: st.DrawFn) -> str:
    query = draw(selects())
    match draw(st.sampled_from(["plain", "set", "derived", "with"])):
        case "set":
            word = draw(st.sampled_from(["UNION", "UNION ALL", "EXCEPT", "INTERSECT ALL"]))
            return f"({query}) {word} ({draw(selects())}) ORDER BY v"
        case "derived":
            return f"SELECT v, COUNT(*) AS c FROM ({query}) AS x GROUP BY v ORDER BY c, v DESC"
        case "with":
            return f"WITH w AS ({query}) SELECT p.v FROM w AS p LEFT JOIN w AS q ON p.v = q.v"
    return query


@given(queries())
@settings(SETTINGS, max_examples=120)
def test_query_of_the_grammar_runs_or_fails_in_its_arithmetic(sky: Sky, query: str) -> None:
    # Its names and types are right, so the resolver takes it and the engine can plan it; what a row
    # may still do is divide by zero.
    done = sky.translate(query)
    with (
        contextlib.suppress(BadQuery, LimitExceeded),
        sky.store.query(done.statement, time_limit_s=2, batch_rows=1000) as rows,
    ):
        list(rows)
