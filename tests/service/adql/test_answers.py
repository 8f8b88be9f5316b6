"""Answers against the same question asked of the rows in plain Python."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from satvo.schemas.errors import BadQuery

if TYPE_CHECKING:
    from conftest import Obs, Sky, Star

Row = tuple[Any, ...]
S, O = "test_sky.stars", "test_sky.obs"  # noqa: E741


def same(value: Iterable[Any]) -> list[Any]:
    return sorted(value, key=repr)


def nulls_greatest(value: Any) -> tuple[bool, Any]:
    return (value is None, 0 if value is None else value)


def joined(
    sky: Sky, on: Callable[[Star, Obs], bool | None], *, left: bool, right: bool
) -> list[Row]:
    """Pairs of (star number, observation number) as the kind of join says."""
    pairs = [(s.id, o.obs_id) for s in sky.stars for o in sky.obs if on(s, o)]
    with_star, with_obs = {a for a, _ in pairs}, {b for _, b in pairs}
    if left:
        pairs += [(s.id, None) for s in sky.stars if s.id not in with_star]
    if right:
        pairs += [(None, o.obs_id) for o in sky.obs if o.obs_id not in with_obs]
    return same(pairs)


KINDS = [
    ("JOIN", False, False),
    ("INNER JOIN", False, False),
    ("LEFT JOIN", True, False),
    ("LEFT OUTER JOIN", True, False),
    ("RIGHT JOIN", False, True),
    ("FULL OUTER JOIN", True, True),
]


@pytest.mark.parametrize(("word", "left", "right"), KINDS)
def test_join_on_pairs_rows_and_keeps_the_lonely_ones(
    sky: Sky, word: str, left: bool, right: bool
) -> None:
    query = f"SELECT s.id, o.obs_id FROM {S} AS s {word} {O} AS o ON s.id = o.id AND o.flux > 20"
    expected = joined(
        sky,
        lambda s, o: s.id == o.id and o.flux is not None and o.flux > 20,
        left=left,
        right=right,
    )
    assert sky.bag(query) == expected


@pytest.mark.parametrize(("word", "left", "right"), KINDS)
def test_using_gives_one_column_with_the_value_that_is_there(
    sky: Sky, word: str, left: bool, right: bool
) -> None:
    pairs = joined(sky, lambda s, o: s.id == o.id, left=left, right=right)
    star_of = {o.obs_id: o.id for o in sky.obs}
    expected = same((a if a is not None else star_of[b], b) for a, b in pairs)
    assert sky.bag(f"SELECT id, obs_id FROM {S} {word} {O} USING (id)") == expected


@pytest.mark.parametrize(("word", "left", "right"), KINDS)
def test_natural_join_is_on_all_columns_of_one_name(
    sky: Sky, word: str, left: bool, right: bool
) -> None:
    expected = joined(
        sky,
        lambda s, o: s.id == o.id and s.seen is not None and s.seen == o.seen,
        left=left,
        right=right,
    )
    query = f"SELECT stars.id, obs.obs_id FROM {S} NATURAL {word} {O}"
    assert sky.bag(query) == expected


def test_natural_join_matches_rows_that_agree_in_both_columns(sky: Sky) -> None:
    a = f"(SELECT n, id AS a FROM {S}) AS a"
    b = f"(SELECT n, flag, id AS b FROM {S}) AS b"
    c = f"(SELECT n, flag, id AS c FROM {S}) AS c"
    expected = same(
        (s.n, s.id, t.id) for s in sky.stars for t in sky.stars if s.n is not None and s.n == t.n
    )
    assert sky.bag(f"SELECT n, a, b FROM {a} NATURAL JOIN {b}") == expected
    expected = same(
        (s.n, s.flag, s.id, t.id)
        for s in sky.stars
        for t in sky.stars
        if None not in (s.n, s.flag) and (s.n, s.flag) == (t.n, t.flag)
    )
    assert sky.bag(f"SELECT n, flag, b, c FROM {b} NATURAL JOIN {c}") == expected


def test_natural_left_join_without_common_columns_keeps_the_left_rows(sky: Sky) -> None:
    nothing = f"(SELECT flux AS f FROM {O} WHERE obs_id < 0) AS nothing"
    query = f"SELECT s.i FROM (SELECT id AS i FROM {S}) AS s NATURAL LEFT JOIN {nothing}"
    assert len(sky.rows(query)) == len(sky.stars)


def test_star_of_a_join_shows_the_shared_columns_once_and_first(sky: Sky) -> None:
    _, fields = sky.table(f"SELECT * FROM {S} NATURAL JOIN {O}")
    names = "id seen ra dec mag n big name flag size obs_id band flux"
    assert [f.name for f in fields] == names.split()
    _, fields = sky.table(f"SELECT obs.*, stars.id FROM {S} JOIN {O} USING (id)")
    assert [f.name for f in fields] == ["obs_id", "id", "band", "flux", "seen", "id_2"]


def test_comma_pairs_every_row_with_every_row(sky: Sky) -> None:
    query = f"SELECT s.id, o.obs_id FROM {S} AS s, {O} AS o WHERE s.n = 1 AND o.band = 'V'"
    stars = [s.id for s in sky.stars if s.n == 1]
    obs = [o.obs_id for o in sky.obs if o.band == "V"]
    assert sky.bag(query) == same(itertools.product(stars, obs))


def test_joins_in_parentheses_are_made_first(sky: Sky) -> None:
    query = (
        f"SELECT s.id, o.obs_id FROM {S} AS s LEFT JOIN "
        f"({O} AS o JOIN {S} AS t ON o.id = t.id AND t.n = 1) ON s.id = o.id"
    )
    ones = {s.id for s in sky.stars if s.n == 1}
    expected = joined(sky, lambda s, o: s.id == o.id and o.id in ones, left=True, right=False)
    assert sky.bag(query) == expected


def test_correlated_sub_query_counts_for_each_row(sky: Sky) -> None:
    query = f"SELECT id, (SELECT COUNT(*) FROM {O} AS o WHERE o.id = s.id) AS k FROM {S} AS s"
    assert sky.bag(query) == same((s.id, sum(o.id == s.id for o in sky.obs)) for s in sky.stars)


def test_correlated_minimum_finds_the_brightest_of_each_group(sky: Sky) -> None:
    query = f"SELECT id FROM {S} AS s WHERE mag = (SELECT MIN(mag) FROM {S} AS t WHERE t.n = s.n)"
    least: dict[int, float] = {}
    for s in sky.stars:
        if s.n is not None and s.mag is not None:
            least[s.n] = min(least.get(s.n, 99.0), s.mag)
    expected = same((s.id,) for s in sky.stars if s.n in least and s.mag == least[s.n])
    assert sky.bag(query) == expected


def test_sub_query_sees_its_own_table_before_the_outer_one(sky: Sky) -> None:
    query = f"SELECT id FROM {S} WHERE EXISTS (SELECT 1 AS x FROM {O} WHERE id = 3)"
    there = any(o.id == 3 for o in sky.obs)
    assert len(sky.rows(query)) == (len(sky.stars) if there else 0)


@pytest.mark.parametrize("word", ["EXISTS", "NOT EXISTS"])
def test_exists_asks_for_any_row(sky: Sky, word: str) -> None:
    query = f"SELECT id FROM {S} AS s WHERE {word} (SELECT * FROM {O} AS o WHERE o.id = s.id)"
    seen = {o.id for o in sky.obs}
    assert sky.bag(query) == same(
        (s.id,) for s in sky.stars if (s.id in seen) == (word == "EXISTS")
    )


def test_in_and_not_in_of_a_sub_query_follow_three_valued_logic(sky: Sky) -> None:
    numbers = {o.id for o in sky.obs}
    assert None in numbers
    inside = same((s.id,) for s in sky.stars if s.id in numbers)
    assert sky.bag(f"SELECT id FROM {S} WHERE id IN (SELECT id FROM {O})") == inside
    # A NULL among the values makes every NOT IN unknown.
    assert sky.rows(f"SELECT id FROM {S} WHERE id NOT IN (SELECT id FROM {O})") == []
    known = f"SELECT id FROM {O} WHERE id IS NOT NULL"
    outside = same((s.id,) for s in sky.stars if s.id not in numbers)
    assert sky.bag(f"SELECT id FROM {S} WHERE id NOT IN ({known})") == outside


@pytest.mark.parametrize("repeat", [1, 40])
def test_in_and_not_in_of_a_list_follow_three_valued_logic(sky: Sky, repeat: int) -> None:
    # Long lists of constants take another way to the engine than short ones.
    members = ", ".join(["1", "-2", "3.0"] * repeat)
    inside = same((s.id,) for s in sky.stars if s.n in (1, -2, 3))
    outside = same((s.id,) for s in sky.stars if s.n is not None and s.n not in (1, -2, 3))
    assert sky.bag(f"SELECT id FROM {S} WHERE n IN ({members})") == inside
    assert sky.bag(f"SELECT id FROM {S} WHERE n NOT IN ({members})") == outside
    names = ", ".join(["'Vega'", "'O''Neil'", "'Ω Cen'"] * repeat)
    inside = same((s.id,) for s in sky.stars if s.name in ("Vega", "O'Neil", "Ω Cen"))
    assert sky.bag(f"SELECT id FROM {S} WHERE name IN ({names})") == inside
    times = ", ".join(f"'{s.seen.isoformat()}'" for s in sky.stars[:3] * repeat if s.seen)
    inside = same((s.id,) for s in sky.stars if s.seen in {t.seen for t in sky.stars[:3] if t.seen})
    assert sky.bag(f"SELECT id FROM {S} WHERE seen IN ({times})") == inside


def test_not_of_an_unknown_is_unknown(sky: Sky) -> None:
    assert sky.rows(f"SELECT id FROM {S} WHERE n > 0 AND n IS NULL") == []
    known = same((s.id,) for s in sky.stars if s.n is not None and not s.n > 0)
    assert sky.bag(f"SELECT id FROM {S} WHERE NOT n > 0") == known
    either = same((s.id,) for s in sky.stars if s.n is None or s.n > 0)
    assert sky.bag(f"SELECT id FROM {S} WHERE n > 0 OR n IS NULL") == either


def test_or_of_hundreds_of_terms_keeps_unknown_apart_from_false(sky: Sky) -> None:
    # More terms than the engine is shown at once: the joints must keep all three values.
    terms = " OR ".join(f"n = {i}" for i in range(100, 300))
    none = f"SELECT id FROM {S} WHERE NOT ({terms})"
    assert sky.bag(none) == same((s.id,) for s in sky.stars if s.n is not None)
    terms = " AND ".join(f"n <> {i}" for i in range(100, 300))
    assert sky.bag(f"SELECT id FROM {S} WHERE {terms}") == sky.bag(none)
    assert sky.rows(f"SELECT id FROM {S} WHERE NOT ({terms})") == []


def groups(sky: Sky, key: Callable[[Star], Any]) -> dict[Any, list[Star]]:
    found: dict[Any, list[Star]] = defaultdict(list)
    for s in sky.stars:
        found[key(s)].append(s)
    return found


def test_group_by_puts_nulls_into_one_group(sky: Sky) -> None:
    query = f"SELECT n, COUNT(*) AS c, COUNT(mag) AS m, MIN(id) AS i FROM {S} GROUP BY n"
    expected = same(
        (n, len(g), sum(s.mag is not None for s in g), min(s.id for s in g))
        for n, g in groups(sky, lambda s: s.n).items()
    )
    assert sky.bag(query) == expected


@pytest.mark.parametrize("term", ["MOD(id, 4)", "m"])
def test_group_by_takes_an_expression_or_its_alias(sky: Sky, term: str) -> None:
    query = f"SELECT MOD(id, 4) AS m, SUM(id) AS total FROM {S} GROUP BY {term} ORDER BY m"
    expected = [(k, sum(s.id for s in g)) for k, g in groups(sky, lambda s: s.id % 4).items()]
    assert sky.rows(query) == sorted(expected)


def test_group_by_prefers_a_column_to_an_alias_of_its_name(sky: Sky) -> None:
    query = f"SELECT MAX(id) AS n FROM {S} GROUP BY n"
    assert sky.bag(query) == same(
        (max(s.id for s in g),) for g in groups(sky, lambda s: s.n).values()
    )


def test_group_by_an_alias_of_a_constant_is_one_group(sky: Sky) -> None:
    # The engine would take the number for the place of a column.
    assert sky.rows(f"SELECT 7 AS seven, COUNT(*) AS c FROM {S} GROUP BY seven") == [(7, 40)]


def test_having_keeps_groups(sky: Sky) -> None:
    query = (
        f"SELECT n, COUNT(*) AS c FROM {S} WHERE id > 3 GROUP BY n "
        "HAVING COUNT(*) > 3 AND MIN(id) < 20 ORDER BY c DESC, n"
    )
    expected = [
        (n, len(g))
        for n, g in groups(sky, lambda s: s.n).items()
        for g in [[s for s in g if s.id > 3]]
        if len(g) > 3 and min(s.id for s in g) < 20
    ]
    assert sky.rows(query) == sorted(expected, key=lambda r: (-r[1], nulls_greatest(r[0])))


def test_aggregates_pass_over_nulls(sky: Sky) -> None:
    n = [s.n for s in sky.stars if s.n is not None]
    row = sky.rows(f"SELECT COUNT(n), COUNT(DISTINCT n), SUM(n), AVG(n), MIN(n), MAX(n) FROM {S}")
    assert row == [(len(n), len(set(n)), sum(n), sum(n) / len(n), min(n), max(n))]
    distinct = set(n)
    row = sky.rows(f"SELECT SUM(DISTINCT n), AVG(DISTINCT n) FROM {S}")
    assert row == [(sum(distinct), sum(distinct) / len(distinct))]


def test_aggregates_of_no_rows_are_zero_or_null(sky: Sky) -> None:
    assert sky.rows(f"SELECT COUNT(*), COUNT(n), SUM(n), MAX(n) FROM {S} WHERE id < 0") == [
        (0, 0, None, None)
    ]
    assert sky.rows(f"SELECT n, COUNT(*) FROM {S} WHERE id < 0 GROUP BY n") == []


def test_sum_of_large_integers_that_no_bigint_holds_is_an_error(sky: Sky) -> None:
    with pytest.raises(BadQuery):
        sky.rows(f"SELECT SUM(9223372036854775807) AS s FROM {S}")


@pytest.mark.parametrize("direction", ["", "ASC", "DESC"])
@pytest.mark.parametrize("key", ["n", "1", "n + 0", "N"])
def test_null_is_greatest_in_an_order(sky: Sky, key: str, direction: str) -> None:
    values = [row[0] for row in sky.rows(f"SELECT n, id FROM {S} ORDER BY {key} {direction}, id")]
    expected = sorted((s.n for s in sky.stars), key=nulls_greatest, reverse=direction == "DESC")
    assert values == expected


def test_order_by_an_expression_that_is_not_selected(sky: Sky) -> None:
    rows = sky.rows(f"SELECT id FROM {S} WHERE dec IS NOT NULL ORDER BY ABS(dec) DESC, id")
    stars = sorted((-abs(s.dec), s.id) for s in sky.stars if s.dec is not None)
    assert [row[0] for row in rows] == [i for _, i in stars]


def test_order_by_an_alias_goes_before_a_column_of_that_name(sky: Sky) -> None:
    rows = sky.rows(f"SELECT -id AS id FROM {S} ORDER BY id")
    assert rows == sorted(rows)


def test_text_is_ordered_by_code_points(sky: Sky) -> None:
    rows = sky.rows(f"SELECT DISTINCT name FROM {S} WHERE name IS NOT NULL ORDER BY name")
    assert [r[0] for r in rows] == sorted({s.name for s in sky.stars if s.name is not None})


def test_top_and_offset_cut_after_the_order(sky: Sky) -> None:
    assert sky.rows(f"SELECT TOP 3 id FROM {S} ORDER BY id DESC OFFSET 2") == [(38,), (37,), (36,)]
    assert sky.rows(f"SELECT TOP 0 id FROM {S}") == []
    assert sky.rows(f"SELECT id FROM {S} ORDER BY id OFFSET 39") == [(40,)]
    assert sky.rows(f"SELECT TOP 5 id FROM {S} OFFSET 40") == []


def test_top_of_a_sub_query_cuts_the_sub_query(sky: Sky) -> None:
    query = f"SELECT MAX(id) FROM (SELECT TOP 3 id FROM {S} ORDER BY id OFFSET 1) AS x"
    assert sky.rows(query) == [(4,)]


def test_limit_of_the_service_cuts_below_top(sky: Sky) -> None:
    from satvo.service.adql import translate

    done = translate(
        f"SELECT TOP 10 id FROM {S} ORDER BY id", sky.catalogue, dialect=sky.store.dialect, limit=2
    )
    with sky.store.query(done.statement, time_limit_s=9, batch_rows=10) as rows:
        assert sum(len(batch) for batch in rows) == 2


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("flag = 1", True),
        ("flag = 'true'", True),
        ("'T' = flag", True),
        ("flag <> 'False'", True),
        ("flag = 0", False),
        ("NOT flag = 1", False),
        ("0 = flag", False),
        ("flag = 'f'", False),
    ],
)
def test_boolean_is_compared_with_the_words_that_other_services_take(
    sky: Sky, condition: str, wanted: bool
) -> None:
    expected = same((s.id,) for s in sky.stars if s.flag is wanted)
    assert len(expected) > 2
    assert sky.bag(f"SELECT id FROM {S} WHERE {condition}") == expected


def like(pattern: str, flags: int = 0) -> Callable[[str | None], bool]:
    parts = {"%": ".*", "_": "."}
    regex = re.compile("".join(parts.get(c, re.escape(c)) for c in pattern), re.DOTALL | flags)
    return lambda text: text is not None and regex.fullmatch(text) is not None


@pytest.mark.parametrize(
    "pattern",
    ["V%", "v%", "%", "_", "", "%g%", "____", "sir_us", "a\\_b", "a\\%", "100\\%", "100%", "Ω%"],
)
def test_like_knows_no_escape_and_tells_cases_apart(sky: Sky, pattern: str) -> None:
    for word, flags in (("LIKE", 0), ("ILIKE", re.IGNORECASE)):
        fits = like(pattern, flags)
        found = sky.bag(f"SELECT id FROM {S} WHERE name {word} '{pattern}'")
        assert found == same((s.id,) for s in sky.stars if fits(s.name)), word
        found = sky.bag(f"SELECT id FROM {S} WHERE name NOT {word} '{pattern}'")
        assert found == same((s.id,) for s in sky.stars if s.name is not None and not fits(s.name))


def test_like_takes_the_pattern_from_a_column(sky: Sky) -> None:
    query = f"SELECT COUNT(*) FROM {S} AS a, {S} AS b WHERE a.name LIKE b.name"
    names = [s.name for s in sky.stars if s.name is not None]
    assert sky.rows(query) == [(sum(like(p)(t) for t in names for p in names),)]


def test_concatenation_of_null_is_null(sky: Sky) -> None:
    query = f"SELECT id, '<' || name || '>' AS q FROM {S}"
    assert sky.bag(query) == same(
        (s.id, None if s.name is None else f"<{s.name}>") for s in sky.stars
    )


def test_times_compare_with_strings_in_every_form(sky: Sky) -> None:
    noon = datetime(2025, 1, 1, 12)
    later = same((s.id,) for s in sky.stars if s.seen is not None and s.seen > noon)
    for text in ("2025-01-01T12:00:00", "2025-01-01 12:00", "2025-01-01T12:00:00.000Z"):
        assert sky.bag(f"SELECT id FROM {S} WHERE seen > '{text}'") == later
        assert sky.bag(f"SELECT id FROM {S} WHERE '{text}' < seen") == later
    day = [
        s for s in sky.stars if s.seen and datetime(2025, 1, 1) <= s.seen <= datetime(2025, 1, 2)
    ]
    query = f"SELECT id FROM {S} WHERE seen BETWEEN '2025-01-01' AND '2025-01-02'"
    assert sky.bag(query) == same((s.id,) for s in day)
    assert sky.rows(f"SELECT MIN(seen), MAX(seen) FROM {S}") == [
        (min(s.seen for s in sky.stars if s.seen), max(s.seen for s in sky.stars if s.seen))
    ]


SETS: list[tuple[str, Callable[[list[Row], list[Row]], list[Row]]]] = [
    ("UNION", lambda a, b: list({*a, *b})),
    ("UNION ALL", lambda a, b: a + b),
    ("UNION DISTINCT", lambda a, b: list({*a, *b})),
    ("EXCEPT", lambda a, b: list({*a} - {*b})),
    ("EXCEPT ALL", lambda a, b: [r for r in {*a} for _ in range(a.count(r) - b.count(r))]),
    ("INTERSECT", lambda a, b: list({*a} & {*b})),
    ("INTERSECT ALL", lambda a, b: [r for r in {*a} for _ in range(min(a.count(r), b.count(r)))]),
]


@pytest.mark.parametrize(("word", "expected"), SETS)
def test_set_operations_treat_nulls_as_equal(
    sky: Sky, word: str, expected: Callable[[list[Row], list[Row]], list[Row]]
) -> None:
    left = [(s.n,) for s in sky.stars]
    right = [(o.id,) for o in sky.obs if o.id is None or o.id < 3]
    query = f"SELECT n FROM {S} {word} SELECT id FROM {O} WHERE id IS NULL OR id < 3"
    assert sky.bag(query) == same(expected(left, right))


@pytest.mark.parametrize(("word", "expected"), SETS)
def test_set_operations_compare_in_the_wider_type(
    sky: Sky, word: str, expected: Callable[[list[Row], list[Row]], list[Row]]
) -> None:
    left = [(float(s.size),) for s in sky.stars]
    right = [(float(o.flux),) for o in sky.obs if o.flux is not None]
    query = f'SELECT "size" FROM {S} {word} SELECT flux FROM {O} WHERE flux IS NOT NULL'
    table, (field,) = sky.table(query)
    assert same((v,) for v in table.column(0).to_pylist()) == same(expected(left, right))
    assert (field.name, field.datatype) == ("size", "double")


def test_union_of_fixed_and_free_text_is_free(sky: Sky) -> None:
    # arraysize 12 on the left would cut what the right side has.
    _, (field,) = sky.table(f"SELECT name FROM {S} UNION SELECT band || 'a long tail' FROM {O}")
    assert field.arraysize == "*"
    _, (field,) = sky.table(f"SELECT name FROM {S} UNION SELECT name FROM {S}")
    assert field.arraysize == "12"


def test_set_operation_keeps_only_the_metadata_that_both_sides_have(sky: Sky) -> None:
    _, (field,) = sky.table(f"SELECT ra FROM {S} UNION ALL SELECT flux FROM {O}")
    assert (field.unit, field.ucd) == ("", "")
    _, (field,) = sky.table(f"SELECT ra FROM {S} WHERE n = 1 UNION ALL SELECT ra FROM {S}")
    assert (field.unit, field.ucd) == ("deg", "pos.eq.ra;meta.main")


def test_order_and_top_of_set_operations(sky: Sky) -> None:
    query = (
        f"(SELECT TOP 2 id FROM {S} ORDER BY id DESC) UNION ALL (SELECT TOP 1 id FROM {S} "
        "ORDER BY id) ORDER BY id OFFSET 1"
    )
    assert sky.rows(query) == [(39,), (40,)]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_query_of_with_can_be_named_several_times(sky: Sky, times: int) -> None:
    names = [f"w AS w{i}" for i in range(times)]
    query = (
        f"WITH w AS (SELECT id FROM {S} WHERE n = 1) SELECT COUNT(*) AS c FROM {', '.join(names)}"
    )
    ones = sum(s.n == 1 for s in sky.stars)
    assert sky.rows(query) == [(ones**times,)]


def test_query_of_with_sees_those_before_it_and_hides_tables_inside(sky: Sky) -> None:
    query = (
        f"WITH a AS (SELECT id FROM {S} WHERE id < 10), b AS (SELECT id FROM a WHERE id > 5) "
        "SELECT a.id FROM a JOIN b USING (id) WHERE a.id IN (WITH a AS (SELECT 7 AS id FROM b) "
        "SELECT id FROM a)"
    )
    assert sky.rows(query) == [(7,)]


def test_output_names_are_unique_in_any_case_of_letters(sky: Sky) -> None:
    _, fields = sky.table(
        f'SELECT id, ID AS "Id", id AS id_2, COUNT(*), COUNT(n), 1 + 1, -n FROM {S} GROUP BY id, n'
    )
    names = [f.name for f in fields]
    assert names == ["id", "Id_2", "id_2_2", "count", "count_2", "col_6", "col_7"]


def test_table_of_two_schemas_and_one_name_are_told_apart(sky: Sky) -> None:
    query = "SELECT tap_schema.tables.table_name FROM tap_schema.tables, tap_schema.keys"
    assert sky.rows(query) == []


def test_sub_query_of_two_rows_as_a_value_is_an_error(sky: Sky) -> None:
    with pytest.raises(BadQuery, match="more than one row"):
        sky.rows(f"SELECT (SELECT id FROM {S}) AS i FROM {S}")


def test_string_that_doubles_in_nested_sub_queries_is_refused(sky: Sky) -> None:
    query = f"SELECT name AS t FROM {S}"
    for _ in range(9):
        query = f"SELECT t || t AS t FROM ({query}) AS x"
    assert len(sky.rows(query)) == 40
    with pytest.raises(BadQuery, match="join more than"):
        sky.rows(f"SELECT t || t AS t FROM ({query}) AS x")
