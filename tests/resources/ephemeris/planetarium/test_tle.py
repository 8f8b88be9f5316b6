"""Element sets as two lines, there and back."""

from __future__ import annotations

import gzip
from dataclasses import fields, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest
from satvo.ingest.orbits import tle as tle_format
from satvo.ingest.orbits.records import catalogue_number
from satvo.ingest.orbits.tle import read_set
from satvo.resources.ephemeris.planetarium.members import LeftOut, Member
from satvo.resources.ephemeris.planetarium.tle import tle_file
from satvo.resources.orbits.tle import alpha5, tle_lines
from satvo.schemas.gp import IDENTITY, ElementSet
from sgp4 import alpha5 as reference

PLAIN = ElementSet(
    5, datetime(2026, 1, 2, 12), 15.5, 0.001, 51.6, 10.0, 20.0, 30.0, object_id="2025-001A"
)


def rebuilt(elements: ElementSet) -> ElementSet:
    """The set read from lines that were made from its numbers alone."""
    bare = replace(elements, tle_line1=None, tle_line2=None)
    return read_set(*tle_lines(bare), elements.object_name)


def differing(one: ElementSet, other: ElementSet) -> list[str]:
    """Columns of identity in which two sets differ."""
    return [name for name in IDENTITY if getattr(one, name) != getattr(other, name)]


@pytest.mark.parametrize(
    "number", [1, 99_999, 100_000, 148_493, 182_931, 234_018, 301_928, 339_999]
)
def test_alpha5_is_that_of_the_sgp4_package(number: int) -> None:
    assert alpha5(number) == reference.to_alpha5(number)
    assert catalogue_number(alpha5(number)) == number


@pytest.mark.parametrize("number", [0, -5, 340_000, 900_000_000])
def test_numbers_beyond_alpha5_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="339999"):
        alpha5(number)


def test_the_verification_sets_come_back_the_same() -> None:
    """Every set of SGP4-VER.TLE: the numbers are equal to the last bit."""
    with (files("sgp4") / "SGP4-VER.TLE").open("rb") as stream:
        sets = [record for record in tle_format.read(stream) if isinstance(record, ElementSet)]
    assert len(sets) > 25
    assert [s.norad_id for s in sets if differing(s, rebuilt(s))] == []


@pytest.mark.needs_data
def test_a_whole_catalogue_comes_back_the_same(test_data: Path) -> None:
    with gzip.open(test_data / "orbits" / "3le_2022-07-15.txt.gz", "rb") as stream:
        sets = [record for record in tle_format.read(stream) if isinstance(record, ElementSet)]
    assert len(sets) > 24_000
    assert [s.norad_id for s in sets if differing(s, rebuilt(s))] == []
    # Nine of ten are the same even as text; others have blanks for leading zeros, or +0 for -0.
    same = [
        tle_lines(replace(s, tle_line1=None, tle_line2=None)) == (s.tle_line1, s.tle_line2)
        for s in sets
    ]
    assert sum(same) > 0.9 * len(sets)


def test_lines_that_are_there_are_taken_as_they_are(iss: Member) -> None:
    assert tle_lines(iss.elements) == (iss.elements.tle_line1, iss.elements.tle_line2)


@pytest.mark.parametrize(
    ("changed", "column", "text"),
    [
        ({"norad_id": 270_001}, slice(2, 7), "T0001"),
        ({"bstar": 2.8098e-5}, slice(53, 61), " 28098-4"),
        ({"bstar": -0.9999996}, slice(53, 61), "-10000+1"),
        ({"bstar": 1e-15}, slice(53, 61), " 00000-0"),
        ({"mean_motion_dot": -2.182e-5}, slice(33, 43), "-.00002182"),
        ({"mean_motion_dot": -1e-12}, slice(33, 43), " .00000000"),
        ({"object_id": None}, slice(9, 17), " " * 8),
        ({"object_id": "1998-067ABC"}, slice(9, 17), "98067ABC"),
        ({"object_id": "2057-001A"}, slice(9, 17), " " * 8),
        ({"epoch": datetime(2026, 1, 1)}, slice(18, 32), "26001.00000000"),
        ({"epoch": datetime(2026, 12, 31, 23, 59, 59, 999_999)}, slice(18, 32), "27001.00000000"),
        ({"element_set_no": 12_345}, slice(64, 68), "2345"),
    ],
)
def test_first_line_by_columns(changed: dict[str, object], column: slice, text: str) -> None:
    line = tle_lines(replace(PLAIN, **changed))[0]  # type: ignore[arg-type]
    assert line[column] == text
    assert len(line) == 69


@pytest.mark.parametrize(
    ("changed", "column", "text"),
    [
        ({"mean_anomaly": 359.99996}, slice(43, 51), "  0.0000"),
        ({"eccentricity": 0.12345678}, slice(26, 33), "1234568"),
        ({"mean_motion": 1.00273}, slice(52, 63), " 1.00273000"),
        ({"rev_at_epoch": 123_456}, slice(63, 68), "23456"),
    ],
)
def test_second_line_by_columns(changed: dict[str, object], column: slice, text: str) -> None:
    line = tle_lines(replace(PLAIN, **changed))[1]  # type: ignore[arg-type]
    assert line[column] == text
    assert len(line) == 69


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"norad_id": 900_000_001}, "339999"),
        ({"mean_element_theory": "SGP4-XP"}, "SGP4-XP"),
        ({"epoch": datetime(2057, 1, 1)}, "2056"),
        ({"mean_motion_dot": 1.5}, "mean_motion_dot"),
        ({"bstar": 3e9}, "bstar"),
        ({"eccentricity": 0.99999999}, "eccentricity"),
    ],
)
def test_what_a_tle_cannot_hold_is_left_out_and_told(changed: dict[str, object], said: str) -> None:
    bad = Member(replace(PLAIN, **changed))  # type: ignore[arg-type]
    left_out: list[LeftOut] = []
    text = "".join(tle_file([Member(PLAIN), bad, Member(PLAIN)], left_out))
    assert text.count("\n") == 6
    assert [one.norad_id for one in left_out] == [bad.elements.norad_id]
    assert said in left_out[0].reason


def test_a_file_is_read_back_by_our_own_reader(iss: Member) -> None:
    import io

    members = [iss, Member(replace(PLAIN, norad_id=270_001, object_name="1 KUNS-PF"))]
    text = "".join(tle_file(members, []))
    records = list(tle_format.read(io.BytesIO(text.encode())))
    assert [r.norad_id for r in records if isinstance(r, ElementSet)] == [25544, 270_001]
    assert [r.object_name for r in records if isinstance(r, ElementSet)] == [
        "ISS (ZARYA)",
        "1 KUNS-PF",
    ]
    two = "".join(tle_file(members, [], names=False)).splitlines()
    assert [line[0] for line in two] == ["1", "2", "1", "2"]


def test_every_field_of_a_set_is_a_column_that_members_take() -> None:
    from satvo.resources.ephemeris.planetarium.members import elements_of

    row = {field.name: getattr(PLAIN, field.name) for field in fields(ElementSet)}
    assert elements_of(row).elements == PLAIN
