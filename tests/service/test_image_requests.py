"""What clients of SIA ask, as ADQL, and what they are told where it is nothing."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.service.image_regions import meets
from satvo.service.image_requests import conditions_of, text_of
from satvo.service.image_uploads import upload_condition
from satvo.service.uploads import UploadedTable


@pytest.mark.parametrize(
    ("given", "adql"),
    [
        ({"TIME": ["59000 59001"]}, "((t_max >= 59000.0 AND t_min <= 59001.0))"),
        ({"TIME": ["59000"]}, "((t_max >= 59000.0 AND t_min <= 59000.0))"),
        ({"BAND": ["-Inf 5e-7"]}, "((em_min <= 5e-07))"),
        ({"BAND": ["5e-7 +inf"]}, "((em_max >= 5e-07))"),
        ({"BAND": ["-Inf Inf"]}, "((em_min IS NOT NULL))"),
        ({"FOV": ["0.1 1", "2"]},
         "((s_fov >= 0.1 AND s_fov <= 1.0) OR (s_fov >= 2.0 AND s_fov <= 2.0))"),
        ({"POL": ["i", "POLA"]},
         "((pol_states LIKE '%/I/%') OR (pol_states LIKE '%/POLA/%'))"),
        ({"ID": ["IVO://A/b?C"]}, "LOWER(obs_publisher_did) IN ('ivo://a/b?c')"),
        ({"FORMAT": ["application/fits"]},
         "LOWER(access_format) IN ('application/fits', 'image/fits')"),
        ({"DPTYPE": ["IMAGE", "cube"]}, "dataproduct_type IN ('image', 'cube')"),
        ({"CALIB": ["1", "2"]}, "calib_level IN (1, 2)"),
        ({"COLLECTION": ["a"]}, "obs_collection IN ('a')"),
    ],
)  # fmt: skip
def test_values_are_alternatives(given: dict[str, list[str]], adql: str) -> None:
    assert conditions_of(given) == [adql]


def test_place_is_a_region_behind_what_is_cheap() -> None:
    (condition,) = conditions_of({"POS": ["circle 1 -2 3"]})
    assert condition.endswith("AND INTERSECTS(s_region, CIRCLE(1.0, -2.0, 3.0)) = 1))")
    assert "s_dec + s_fov / 2 >= -5.000001" in condition


def test_parameters_are_conditions_of_their_own() -> None:
    assert len(conditions_of({"TARGET": ["M31"], "CALIB": ["2"], "TIME": ["1 2"]})) == 3


def test_quotes_stay_inside_strings() -> None:
    (condition,) = conditions_of({"TARGET": ["x') OR ('1'='1"]})
    assert condition == "target_name IN ('x'') OR (''1''=''1')"
    assert text_of("''") == "''''''"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"BAND": ["nan"]}, "nan' is not a number"),
        ({"BAND": ["1e999"]}, "1e999' is not a number"),
        ({"BAND": ["\u0661"]}, "is not a number"),
        ({"BAND": ["1_0"]}, "is not a number"),
        ({"BAND": ["1 2 3"]}, "one number, or two"),
        ({"BAND": ["2 1"]}, "the lower end comes first"),
        ({"BAND": ["Inf"]}, "nothing is there"),
        ({"TIME": ["2022-01-01"]}, "is not a number"),
        ({"POL": ["Z"]}, "I, Q, U"),
        ({"DPTYPE": ["spectrum"]}, "SIA gives image and cube; ask TAP"),
        ({"DPTYPE": ["picture"]}, "image, cube are accepted"),
        ({"CALIB": ["5"]}, "0, 1, 2, 3, 4 are accepted"),
        ({"CALIB": ["1) OR (1=1"]}, "are accepted"),
        ({"TARGET": ["a\0b"]}, "printable"),
        ({"TARGET": ["x" * 501]}, "500 printable"),
        ({"TARGET": [str(n) for n in range(501)]}, "at most 500"),
        ({"POS": [f"CIRCLE {n} 0 1" for n in range(101)]}, "at most 100"),
        ({"POS": ["POLYGON" + " 1 1" * 1001]}, "at most 1000 vertices"),
        ({"POS": ["POLYGON" + " 1 1 2 1 2 2" * 300] * 2 + ["POLYGON" + " 1 1 2 1 2 2" * 301]
          + ["POLYGON" + " 3 1 4 1 4 2" * 333] + ["POLYGON" + " 3 1 4 1 5 2" * 333]},
         "at most 2000 vertices"),
    ],
)  # fmt: skip
def test_wrong_value_is_told(given: dict[str, list[str]], words: str) -> None:
    with pytest.raises(BadParameter) as raised:
        conditions_of(given)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("", "CIRCLE ra dec radius, RANGE"),
        ("BOX 1 2 3 4", "CIRCLE ra dec radius, RANGE"),
        ("CIRCLE 1 2", "takes ra, dec and radius"),
        ("CIRCLE 1 2 -1", "a radius of 0 to 180"),
        ("CIRCLE 1 2 1e308", "a radius of 0 to 180"),
        ("CIRCLE 400 2 1", "a right ascension of 0 to 360"),
        ("CIRCLE 1 -91 1", "a declination of -90 to 90"),
        ("CIRCLE 1 Inf 1", "in a RANGE alone"),
        ("CIRCLE nan 2 1", "is not a number"),
        ("RANGE 1 2 3", "RANGE takes ra1"),
        ("RANGE 350 10 0 1", "across 0 h give two"),
        ("RANGE 0 10 2 1", "the lower end comes first"),
        ("RANGE Inf Inf 0 1", "Inf an upper one"),
        ("RANGE 0 361 0 1", "0 to 360"),
        ("POLYGON 1 2 3 4", "three vertices at least"),
        ("POLYGON 1 2 3 4 5 6 7", "two numbers each"),
        ("POLYGON 1 1 1 1 1 1", "fewer than three different"),
    ],
)
def test_wrong_place_is_told(place: str, words: str) -> None:
    with pytest.raises(BadParameter) as raised:
        meets(place)
    assert words in str(raised.value)


def uploaded(**columns: list[Any]) -> UploadedTable:
    fields = tuple(Field(name, "char", "*") for name in columns)
    return UploadedTable(
        fields, pa.table({f"c{i}": values for i, values in enumerate(columns.values(), 1)})
    )


def test_row_of_an_uploaded_table_is_a_search_of_its_own() -> None:
    table = uploaded(ra=[1.0, 2.0, None], DEC=[3.0, 4.0, 5.0], radius=[0.5, None, 1.0],
                     time=["59000 59001", None, None], other=["x", "y", "z"])  # fmt: skip
    condition = upload_condition("t", table)
    first, second = condition.strip("()").split(") OR (")
    assert "CIRCLE(1.0, 3.0, 0.5)" in first
    assert "t_max >= 59000.0" in first
    assert "CIRCLE(2.0, 4.0, 0.0)" in second
    assert "t_max" not in second


def test_uploaded_identifiers_are_compared() -> None:
    condition = upload_condition("t", uploaded(obs_publisher_did=["ivo://a/b?1", "ivo://a/b?2"]))
    assert condition.count("LOWER(obs_publisher_did)") == 2


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (uploaded(name=["x"]), "has no column called ra and dec"),
        (uploaded(ra=[1.0]), "has no column called ra and dec"),
        (uploaded(ra=[0.0] * 201, dec=[0.0] * 201), "at most 200"),
        (uploaded(ra=["1) OR (1=1"], dec=[0.0]), "1)' is not a number"),
        (uploaded(ra=[float("nan")], dec=[0.0]), "is not a number"),
        (uploaded(ra=[1.0], dec=[0.0], pos=["CIRCLE 1 2 3"]), "both POS and ra, dec"),
    ],
)
def test_uploaded_table_that_says_nothing_is_refused(table: UploadedTable, words: str) -> None:
    with pytest.raises(BadParameter) as raised:
        upload_condition("t", table)
    assert words in str(raised.value)
