"""Statements that are refused: at their place, with their cause, and with a suggestion.

$s and $o stand for the two tables of the tests, and the sign ¦ where the error must point; it is
taken out before the statement is read. Without it the error has no single place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from satvo.schemas.errors import BadQuery

if TYPE_CHECKING:
    from conftest import Sky

REJECTED = [
    # nothing, or no query
    ("¦", "the query is empty", None),
    ("  -- only a comment", "the query is empty", None),
    ("¦FORM x", "expected SELECT", None),
    ("¦UPDATE $s SET id = 1", "expected SELECT", None),
    ("¦DROP TABLE $s", "expected SELECT", None),
    ("SELECT id FROM $s¦; SELECT id FROM $s", "only one statement", None),
    ("SELECT id FROM $s ¦)", "expected the end of the query, found ')'", None),
    # select lists
    ("SELECT ¦FROM $s", "expected a column name, found 'FROM'", None),
    ("SELECT id, ¦FROM $s", "expected a column name, found 'FROM'", None),
    ("SELECT id¦", "expected FROM after the select list, found the end", None),
    ("SELECT id ¦FORM $s", "expected FROM, found 'FORM'", None),
    ("SELECT * ¦FORM $s", "expected FROM after the select list, found 'FORM'", None),
    ("SELECT id ¦FRM $s", "expected FROM, found 'FRM'", None),
    ("SELECT id ¦WHERE id = 1", "expected FROM after the select list, found 'WHERE'", None),
    ("SELECT id ra ¦dec FROM $s", "expected FROM after the select list, found 'dec'", None),
    ("SELECT TOP ¦id FROM $s", "TOP needs an unsigned integer, found 'id'", None),
    ("SELECT TOP ¦-1 id FROM $s", "TOP needs an unsigned integer", None),
    ("SELECT TOP ¦1.5 id FROM $s", "TOP needs an unsigned integer", None),
    ("SELECT TOP ¦99999999999999999999 id FROM $s", "too large", None),
    ("SELECT TOP 5 ¦DISTINCT id FROM $s", "after TOP", "SELECT DISTINCT TOP 5"),
    ("SELECT id AS ¦5 FROM $s", "expected a column alias", None),
    ("SELECT id AS ¦table FROM $s", "'table' is a reserved word", 'write "table" in double quotes'),
    ("SELECT ¦size FROM $s", "'size' is a reserved word", 'write "size" in double quotes'),
    ("SELECT stars.¦size FROM $s", "'size' is a reserved word", 'write "size" in double quotes'),
    ("SELECT ¦x.* FROM $s", "no table x is named in FROM", "FROM has stars"),
    ("SELECT ¦CASE WHEN id = 1 THEN 2 END FROM $s", "CASE is not part of ADQL", None),
    ("SELECT ¦a.b.c.d FROM $s", "at most three parts", "schema.table.column"),
    # names
    ("SELECT ¦idd FROM $s", "there is no column idd", "did you mean id?"),
    ("SELECT ¦RAA FROM $s", "there is no column RAA", "did you mean ra?"),
    ("SELECT ¦szie FROM $s", "there is no column szie", 'did you mean "size"?'),
    ('SELECT ¦"ID" FROM $s', 'there is no column "ID"', "did you mean id?"),
    ("SELECT ¦s.foo FROM $s AS s", "there is no column foo in s", None),
    ("SELECT ¦sters.id FROM $s", "no table sters is named in FROM", "did you mean stars?"),
    ("SELECT ¦stars.id FROM $s AS s", "no table stars is named in FROM", "s"),
    ("SELECT id FROM ¦test_sky.sters", "there is no table test_sky.sters", "test_sky.stars"),
    ("SELECT id FROM ¦sters", "there is no table sters", "did you mean test_sky.stars?"),
    ("SELECT id FROM ¦stars", "there is no table stars", "did you mean test_sky.stars?"),
    ("SELECT id FROM ¦foo.bar", "there is no table foo.bar", "TAP_SCHEMA.tables"),
    ('SELECT id FROM ¦test_sky."Stars"', 'there is no table test_sky."Stars"', "test_sky.stars"),
    ("WITH bright AS (SELECT id FROM $s) SELECT id FROM ¦brigth", "no table brigth", "mean bright"),
    ("SELECT ¦id FROM $s, $o", "id is ambiguous", "alias and a dot"),
    ("SELECT id FROM $s WHERE name = ¦\"Vega X\"", "there is no column", "single quotes"),
    ("SELECT stars.id FROM $s, ¦$s", "two tables are called stars", "alias"),
    ("SELECT a.id FROM $s AS a, ¦$o AS a", "two tables are called a", "alias"),
    ("SELECT id FROM $s AS ¦select", "expected a table alias, found 'select'", None),
    ("SELECT id FROM $s AS ¦order", "'order' is a reserved word", 'write "order"'),
    # functions
    ("SELECT ¦SQTR(id) FROM $s", "there is no function SQTR", "did you mean sqrt?"),
    ("SELECT ¦distanc(1, 2, 3, 4) FROM $s", "no function distanc", "did you mean distance?"),
    ("SELECT ¦frobnicate(id) FROM $s", "there is no function frobnicate", None),
    ("SELECT ¦SUBSTRING(name, 1, 2) FROM $s", "there is no function SUBSTRING", None),
    ("SELECT ¦LEFT(name, 2) FROM $s", "there is no function LEFT", None),
    ("SELECT ¦SIN() FROM $s", "SIN with 0 arguments", "write SIN(x)"),
    ("SELECT ¦SIN(1, 2) FROM $s", "SIN with 2 arguments", "write SIN(x)"),
    ("SELECT ¦MOD(id) FROM $s", "MOD with 1 arguments", "write MOD(x, y)"),
    ("SELECT ¦SIN('a') FROM $s", "SIN takes a number, not text", None),
    ("SELECT ¦LOWER(id) FROM $s", "LOWER takes text, not INTEGER", None),
    ("SELECT ¦ROUND(ra, 1.5) FROM $s", "ROUND takes a whole number", None),
    ("SELECT SIN(id ¦FROM $s", "expected ) after the arguments of SIN", None),
    ("SELECT SIN(id,¦) FROM $s", "expected a value, found ')'", None),
    ("SELECT SUM(¦*) FROM $s", "expected a value, found '*'", None),
    ("SELECT COUNT(*¦, id) FROM $s", "expected ) after COUNT(*", None),
    ("SELECT ¦COUNT() FROM $s", "COUNT takes one argument", None),
    ("SELECT ¦SUM(name) FROM $s", "SUM takes a number, not text", None),
    ("SELECT ¦MAX(POINT(ra, dec)) FROM $s", "MAX takes a number, text or time, not POINT", None),
    # values
    ("SELECT id ¦+ 'a' FROM $s", "+ takes a number, not text", None),
    ("SELECT id ¦|| name FROM $s", "|| takes text, not INTEGER", None),
    ("SELECT ¦-name FROM $s", "the sign - takes a number", None),
    ("SELECT 1 + ¦FROM $s", "expected a column name, found 'FROM'", None),
    ("SELECT (1 + 2 ¦FROM $s", "expected ) to close the parenthesis", None),
    ("SELECT ¦123abc FROM $s", "neither a number nor a name", "starts with a letter"),
    ("SELECT ¦1e400 FROM $s", "too large for DOUBLE", None),
    ("SELECT ¦9223372036854775808 FROM $s", "too large for BIGINT", "decimal point"),
    ("SELECT id FROM $s WHERE name = ¦'open", "a string is not closed", None),
    ("SELECT ¦\"open FROM $s", "a delimited identifier is not closed", None),
    ("SELECT id FROM $s WHERE name = ¦'a''b", "a string is not closed", None),
    ('SELECT ¦"" FROM $s', "a delimited identifier is empty", None),
    ("SELECT ¦_id FROM $s", "cannot start with an underscore", None),
    ("SELECT id ¦% 2 FROM $s", "write MOD(a, b)", None),
    ("SELECT ¦[id] FROM $s", "use double quotes", None),
    ("SELECT ¦`id` FROM $s", "use double quotes", None),
    ("SELECT id¦::text FROM $s", "':' has no meaning", None),
    ("SELECT ¦/* hidden */ id FROM $s", "does not start a comment", "write --"),
    ("SELECT¦\u00a0id FROM $s", "U+00A0", None),
    ("SELECT ¦CAST(id AS TEXT) FROM $s", "there is no type TEXT", None),
    ("SELECT ¦CAST(id AS INTEGR) FROM $s", "there is no type INTEGR", "mean INTEGER?"),
    ("SELECT CAST(id AS DOUBLE¦) FROM $s", "expected PRECISION", None),
    ("SELECT ¦CAST(id AS INTEGER(3)) FROM $s", "takes no length", None),
    ("SELECT ¦CAST(id AS VARCHAR(0)) FROM $s", "length of a type", None),
    ("SELECT ¦CAST(id AS TIMESTAMP) FROM $s", "cannot be cast to TIMESTAMP", None),
    # conditions
    ("SELECT id FROM $s WHERE¦", "expected a value, found the end of the query", None),
    ("SELECT id FROM $s WHERE id¦", "expected a comparison after the value", None),
    ("SELECT id FROM $s WHERE id ¦AND ra = 1", "expected a comparison after the value", None),
    ("SELECT id FROM $s WHERE ¦CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))", "expected a", "= 1"),
    ("SELECT id FROM $s WHERE ¦INTERSECTS(POINT(ra, dec), CIRCLE(1, 2, 3)) AND id = 1", "", "= 1"),
    ("SELECT id FROM $s WHERE CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3)) ¦= 2", "1 or 0", "= 1"),
    ("SELECT id FROM $s WHERE ra = ", "expected a value, found the end of the query", None),
    ("SELECT id FROM $s WHERE id ¦= 'a'", "INTEGER cannot be compared with text", "without quotes"),
    ("SELECT id FROM $s WHERE name ¦= 5", "text cannot be compared with INTEGER", "single quotes"),
    ("SELECT id FROM $s WHERE seen ¦> 5", "TIMESTAMP cannot be compared", None),
    ("SELECT id FROM $s WHERE seen ¦> 'yesterday'", "'yesterday' is not a timestamp", "YYYY-MM-DD"),
    ("SELECT id FROM $s WHERE POINT(ra, dec) ¦= POINT(1, 2)", "POINT cannot be compared", None),
    ("SELECT id FROM $s WHERE id ¦= 1 = 1", "a condition stands where a value is", None),
    ("SELECT (id ¦= 1) FROM $s", "a condition stands where a value is", None),
    ("SELECT id FROM $s WHERE id IN ¦1", "expected ( after IN", None),
    ("SELECT id FROM $s WHERE id IN (¦)", "expected a value, found ')'", None),
    ("SELECT id FROM $s WHERE id IN (1, ¦'a')", "cannot be compared with text", None),
    ("SELECT id FROM $s WHERE id ¦IN (SELECT name FROM $s)", "cannot be compared", None),
    ("SELECT id FROM $s WHERE id ¦IN (SELECT id, ra FROM $s)", "gives 2 columns", None),
    ("SELECT id FROM $s WHERE id IS ¦5", "expected NULL after IS", None),
    ("SELECT id FROM $s WHERE id NOT ¦5", "expected BETWEEN, IN or LIKE", None),
    ("SELECT id FROM $s WHERE id BETWEEN 1 ¦OR 2", "expected AND between", None),
    ("SELECT id FROM $s WHERE id ¦LIKE 'a%'", "LIKE takes text, not INTEGER", None),
    ("SELECT id FROM $s WHERE name LIKE 'a!%' ¦ESCAPE '!'", "no ESCAPE", None),
    ("SELECT id FROM $s WHERE EXISTS ¦id", "expected ( after EXISTS, found 'id'", None),
    ("SELECT id FROM $s WHERE EXISTS (¦id)", "expected a sub-query after EXISTS", None),
    ("SELECT id FROM $s WHERE ¦COUNT(*) > 1", "COUNT cannot stand in WHERE", "HAVING"),
    # geometry
    ("SELECT ¦POINT(1) FROM $s", "POINT takes 2 numbers", "write POINT(lon, lat)"),
    ("SELECT ¦POINT(1, 95) FROM $s", "latitude 95 is outside -90 to 90", None),
    ("SELECT ¦POINT('a', 'b', 'c') FROM $s", "POINT takes numbers in degrees", None),
    ("SELECT ¦CIRCLE(1, 2) FROM $s", "CIRCLE takes 3 numbers", "CIRCLE(lon, lat, radius)"),
    ("SELECT ¦CIRCLE(1, 2, -3) FROM $s", "radius -3 is outside 0 to 180", None),
    ("SELECT ¦POLYGON(1, 2, 3, 4) FROM $s", "at least three vertices", "POLYGON("),
    ("SELECT ¦POLYGON(1, 2, 3, 4, 5, 6, 7) FROM $s", "at least three vertices", None),
    ("SELECT ¦BOX(1, 2, 3) FROM $s", "BOX takes 4 numbers", "BOX(lon, lat, width, height)"),
    ("SELECT ¦BOX(180, 0, 360, 180) FROM $s", "width 360 is not above 0 and under 180", "POLYGON"),
    ("SELECT ¦DISTANCE(1, 2, 3) FROM $s", "DISTANCE takes 2 arguments", "DISTANCE(point1"),
    ("SELECT ¦CONTAINS(1, 2) FROM $s", "a geometry for each argument", "CONTAINS(inner, outer)"),
    ("SELECT ¦COORD1(CIRCLE(1, 2, 3)) FROM $s", "COORD1 takes a point", None),
    # groups and order
    ("SELECT id, ¦ra, COUNT(*) FROM $s GROUP BY id", "column ra has many values", "MIN(ra)"),
    ("SELECT ¦*, COUNT(*) FROM $s GROUP BY id", "column ra has many values", None),
    ("SELECT COUNT(*) FROM $s GROUP BY id ORDER BY ¦ra", "column ra has many values", None),
    ("SELECT COUNT(*) FROM $s GROUP BY id HAVING ra ¦> 1", "column ra has many values", None),
    ("SELECT SUM(¦MAX(id)) FROM $s", "MAX cannot stand in another", None),
    ("SELECT COUNT(*) FROM $s GROUP BY ¦1", "GROUP BY takes columns", None),
    ("SELECT COUNT(*) FROM $s GROUP BY ¦'a'", "GROUP BY takes columns", None),
    ("SELECT COUNT(*) FROM $s GROUP BY ¦COUNT(*)", "COUNT cannot stand in GROUP BY", None),
    ("SELECT COUNT(*) AS c FROM $s GROUP BY ¦c", "c is an aggregate", None),
    ("SELECT id FROM $s GROUP ¦id", "expected BY after GROUP", None),
    ("SELECT id FROM $s ORDER BY ¦2", "there is no output column 2; there are 1", None),
    ("SELECT id FROM $s ORDER BY ¦0", "there is no output column 0", None),
    ("SELECT id FROM $s ORDER BY ¦1.5", "not constants", None),
    ("SELECT id FROM $s ORDER BY ¦+7", "not constants", None),
    ("SELECT id FROM $s ORDER BY ¦'id'", "not constants", None),
    ("SELECT DISTINCT id FROM $s ORDER BY ¦ra", "with SELECT DISTINCT", None),
    ("SELECT id FROM $s ORDER BY id ¦LIMIT 5", "found 'LIMIT'", "TOP n"),
    ("SELECT id FROM $s ¦LIMIT 5", "ADQL knows no LIMIT", "write TOP n after SELECT"),
    ("SELECT id FROM $s WHERE id = 1 ¦LIMIT 5", "found 'LIMIT'", "write TOP n after SELECT"),
    ("SELECT id FROM $s OFFSET ¦-5", "OFFSET needs an unsigned integer", None),
    ("SELECT id FROM $s ORDER BY id OFFSET 5 ¦ROWS", "found 'ROWS'", None),
    # joins
    ("SELECT 1 AS a FROM $s ¦CROSS JOIN $o", "no CROSS JOIN", "comma"),
    ("SELECT 1 AS a FROM $s JOIN $o¦", "expected ON or USING after JOIN", "NATURAL JOIN"),
    ("SELECT 1 AS a FROM $s ¦JOIN $o USING (foo)", "column foo, by which is joined", None),
    ("SELECT 1 AS a FROM $s ¦JOIN $o USING (obs_id)", "is not in one of the two tables", None),
    ("SELECT 1 AS x FROM $s a JOIN $s b ON a.n = b.n ¦NATURAL JOIN $o", "more than once", None),
    ("SELECT a.id FROM $s AS a, $s AS b JOIN $s AS c ON ¦a.id = c.id", "no table a", "b, c"),
    ("SELECT 1 AS a FROM $s AS a JOIN $o AS o ON ¦COUNT(*) = 1", "the ON of a join", None),
    ("SELECT 1 AS a FROM $s LEFT ¦$o", "expected JOIN after LEFT", None),
    ("SELECT 1 AS a FROM $s ¦JOIN (SELECT id AS seen FROM $o) AS x USING (seen)",
     "column seen is TIMESTAMP in one table and BIGINT in the other", None),
    # sub-queries, WITH and set operations
    ("SELECT id FROM (SELECT id FROM $s)¦", "a sub-query in FROM needs a name", "AS name"),
    ("SELECT id FROM (SELECT id FROM $s AS x¦", "expected ) after the sub-query", None),
    ("SELECT ¦x.ra FROM (SELECT id FROM $s) AS x", "no column ra in x", None),
    ("SELECT ¦(SELECT id, ra FROM $s) AS two FROM $s", "gives 2 columns", None),
    ("SELECT (SELECT ¦MAX(s.id) FROM $o) AS m FROM $s AS s", "not of an outer query", None),
    ("SELECT ¦(SELECT MAX(o.id) FROM $o AS o WHERE o.id = s.id) AS m FROM $s AS s GROUP BY s.n",
     "column id has many values in a group", None),
    ("SELECT id FROM $s ¦UNION SELECT id, band FROM $o", "UNION of 1 and 2 columns", None),
    ("SELECT id FROM $s ¦UNION SELECT band FROM $o", "column 1 is INTEGER and text", None),
    ("SELECT id FROM $s UNION SELECT id FROM $o ORDER BY ¦ra", "name or number of an output", None),
    ("SELECT id FROM $s UNION ¦id", "expected SELECT", None),
    ("SELECT 1 AS x FROM ((SELECT id FROM $s) UNION (SELECT id FROM $o))¦", "needs a name", None),
    ("WITH ¦RECURSIVE r AS (SELECT id FROM $s) SELECT id FROM r", "no recursive WITH", None),
    ("WITH a AS (SELECT id FROM $s), ¦A AS (SELECT id FROM $s) SELECT 1 AS x FROM a", "two", None),
    ("WITH a ¦(SELECT id FROM $s) SELECT id FROM a", "expected AS after the name in WITH", None),
    ("WITH ¦5 AS (SELECT id FROM $s) SELECT id FROM a", "expected a name after WITH", None),
    # table functions
    ("SELECT 1 AS a FROM ¦range(10)", "table function", None),
    ("SELECT id FROM $s TABLESAMPLE ¦(10)", "expected the end of the query, found '('", None),
    ("SELECT id FROM ¦'data.csv'", "expected a table name", None),
]  # fmt: skip


def test_enough_statements_are_tried() -> None:
    assert len(REJECTED) >= 80


@pytest.mark.parametrize(("marked", "cause", "suggestion"), REJECTED)
def test_statement_is_refused_at_its_place_with_its_cause(
    sky: Sky, marked: str, cause: str, suggestion: str | None
) -> None:
    marked = marked.replace("$s", "test_sky.stars").replace("$o", "test_sky.obs")
    before, mark, _ = marked.partition("¦")
    with pytest.raises(BadQuery) as caught:
        sky.translate(marked.replace("¦", ""))
    error = caught.value
    assert cause in error.cause
    if mark:
        lines = before.split("\n")
        assert (error.line, error.column) == (len(lines), len(lines[-1]) + 1)
    if suggestion is not None:
        assert suggestion in (error.suggestion or "")
    assert str(error).startswith(f"line {error.line}, column {error.column}: ")


def test_error_on_a_later_line_counts_lines_and_columns_from_one(sky: Sky) -> None:
    with pytest.raises(BadQuery) as caught:
        sky.translate("SELECT id,\n  ra, -- both\n     foo\nFROM test_sky.stars")
    assert (caught.value.line, caught.value.column) == (3, 6)
