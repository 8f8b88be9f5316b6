"""Values that a type cannot hold are errors that name what was too large or no number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from satvo.schemas.errors import BadQuery

if TYPE_CHECKING:
    from conftest import Sky

LOST = "a number is too large for DOUBLE PRECISION or REAL"
OVERFLOWS = [
    ("1e308 * 10", LOST), ("-1e308 * 10", LOST), ("1e308 + 1e308", LOST), ("-1e308 - 1e308", LOST),
    ("1e308 / 0.1", LOST), ("1e308 * 10 * 0", LOST), ("1e308 * 10 - 1e308 * 10", LOST),
    ("1 / (1e308 * 10)", LOST), ("ATAN(1e308 * 10)", LOST), ("EXP(-1e308 * 10)", LOST),
    ("ABS(-1e308 * 10)", LOST), ("ROUND(1e308 * 10)", LOST), ("DEGREES(1e308)", LOST),
    ("CAST(3e38 AS REAL) * 10", LOST), ("CAST(3e38 AS REAL) + CAST(3e38 AS REAL)", LOST),
    ("EXP(1000)", "the result of EXP is too large"), ("EXP(1e308)", "the result of EXP"),
    ("POWER(-1, 0.5)", "the result of POWER is too large or not real"),
    ("POWER(10, 400)", "the result of POWER"), ("POWER(0, -1)", "zero raised to a negative power"),
    ("COT(0)", "out of range"), ("SQRT(-1)", "square root of a negative number"),
    ("LOG(0)", "logarithm of zero"), ("ASIN(2)", "undefined outside"),
    ("1 / 0.0", "division by zero"),
    ("1e308 * id * 10", LOST), ("COALESCE(1e308 * (id + 9), 1)", LOST),
    ("(SELECT SUM(id * 1e307) FROM test_sky.stars)", LOST),
    ("(SELECT AVG(id * 1e307) FROM test_sky.stars)", LOST),
    ("(SELECT MAX(id * 1e307 * 10) FROM test_sky.stars)", LOST),
    ("POINT(1, 2 * 1e308 * 10)", LOST),
    ("32767 + CAST(1 AS SMALLINT) - CAST(32767 AS SMALLINT) * CAST(2 AS SMALLINT)", "(?i)overflow"),
    ("2147483647 + 1", "(?i)overflow"), ("9223372036854775807 + 1", "(?i)overflow"),
    ("-9223372036854775808 - 1", "(?i)overflow"), ("3000000000 * 4000000000", "(?i)overflow"),
    ("ABS(-9223372036854775808)", "(?i)overflow"), ("-9223372036854775808 / -1", "(?i)overflow"),
    ("-CAST(-32768 AS SMALLINT)", "value 32768 .* SMALLINT"),
    ("CAST(99999 AS SMALLINT)", "value 99999 .* SMALLINT"),
    ("CAST(1e10 AS INTEGER)", "1e\\+10|10000000000"),
    ("CAST(-1e300 AS BIGINT)", "value -1e\\+300 .* BIGINT"),
    ("CAST(1e39 AS REAL)", "value 1e\\+39 .* REAL"),
    ("CAST(name AS SMALLINT)", "'Vega' cannot be cast to SMALLINT"),
    ("CAST(name AS DOUBLE PRECISION)", "'Vega' cannot be cast to DOUBLE PRECISION"),
    ("CAST(name || 'x' AS REAL)", "'Vegax' cannot be cast to REAL"),
    ("CAST('1e39' || SUBSTR AS REAL)", "no column SUBSTR"),
    ("CAST(LOWER('1E39') AS REAL)", "'1e39' cannot be cast to REAL|out of range"),
    ("CAST(LOWER('INFINITY') AS DOUBLE PRECISION)", "'infinity' cannot be cast"),
    ("CAST(LOWER('NAN') AS REAL)", "'nan' cannot be cast"),
    ("CAST(LOWER('1_0') AS INTEGER)", "'1_0' cannot"),
    ("CAST(LOWER('0X1F') AS INTEGER)", "'0x1f' cannot"),
    ("CAST(LOWER('1.5') AS INTEGER)", "'1.5' cannot"),
    ("CAST(LOWER('99999') AS SMALLINT)", "99999"),
    ("CAST(LOWER('INFINITY') AS TIMESTAMP)", "'infinity' cannot"),
    ("CAST(name AS POINT)", "point Vega: not numbers"),
    ("ivo_to_mjd(name)", "'Vega' cannot be cast"),
    ("ivo_healpix_index(30, ra, dec)", "order 30: give one from 0 to 29"),
    ("ivo_healpix_index(id - 2, ra, dec)", "order -1"),
    ("ivo_healpix_index(3, ra, 91 * id)", "position 0 91"),
    ("ivo_healpix_center(3, 768 * id)", "cell 768 of order 3: give an index from 0 to 767"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "cause"), OVERFLOWS)
def test_number_that_its_type_cannot_hold_is_an_error(
    sky: Sky, expression: str, cause: str
) -> None:
    with pytest.raises(BadQuery, match=cause):
        sky.value(expression)


def test_overflow_in_a_row_that_is_not_asked_for_is_no_error(sky: Sky) -> None:
    assert sky.rows("SELECT id FROM test_sky.stars WHERE id = 1 AND POWER(10, id) < 100") == [(1,)]
    answers = sky.rows("SELECT ra * 1e300 AS v FROM test_sky.stars WHERE ra IS NULL")
    assert answers == [(None,)]
