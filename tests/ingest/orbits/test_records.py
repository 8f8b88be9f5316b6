"""Values and limits that every orbit format shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from satvo.ingest.orbits.records import BadRecord, accepted, catalogue_number, check_elements
from satvo.ingest.orbits.values import catalogue_object_type, number, timestamp
from satvo.schemas.gp import ElementSet
from sgp4.alpha5 import from_alpha5, to_alpha5

GOOD = ElementSet(
    norad_id=5,
    epoch=datetime(2000, 6, 27),
    mean_motion=10.8,
    eccentricity=0.18,
    inclination=34.0,
    ra_of_asc_node=348.0,
    arg_of_pericenter=331.0,
    mean_anomaly=19.0,
)
NAN = float("nan")


@given(st.integers(1, 339_999))
def test_alpha_5_numbers_are_those_of_an_independent_writer(norad_id: int) -> None:
    text = to_alpha5(norad_id)
    assert catalogue_number(text) == norad_id == from_alpha5(text)


@given(st.text(max_size=12))
def test_any_other_text_is_no_catalogue_number(text: str) -> None:
    try:
        found = catalogue_number(text)
    except BadRecord:
        return
    assert 0 <= found <= 999_999_999


@pytest.mark.parametrize(
    "text",
    ["", " ", "I0001", "O0001", "t0001", "T001", "TT001", "-5", "1e3", "1234567890", "٣", "²"],
)
def test_what_looks_like_a_catalogue_number_is_refused(text: str) -> None:
    with pytest.raises(BadRecord, match="alpha-5"):
        catalogue_number(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("    5", 5), ("5    ", 5), ("00005", 5), ("999999999", 999_999_999), ("Z9999", 339_999)],
)
def test_blanks_and_leading_zeros_do_not_matter(text: str, expected: int) -> None:
    assert catalogue_number(text) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"norad_id": 0},
        {"norad_id": 1_000_000_000},
        {"epoch": datetime(1957, 10, 3, 23, 59, 59)},
        {"epoch": datetime(2100, 1, 1, 0, 0, 1)},
        {"epoch": datetime(2000, 6, 27, tzinfo=UTC)},
        {"eccentricity": -1e-7},
        {"eccentricity": 1.0},
        {"eccentricity": NAN},
        {"inclination": -0.1},
        {"inclination": 180.1},
        {"inclination": NAN},
        {"ra_of_asc_node": 360.1},
        {"arg_of_pericenter": -0.1},
        {"mean_anomaly": NAN},
        {"mean_motion": 0.0},
        {"mean_motion": -1.0},
        {"mean_motion": 18.1},
        {"mean_motion": float("inf")},
        {"mean_motion": 16.0, "eccentricity": 0.2},
        {"bstar": NAN},
        {"mean_motion_dot": float("-inf")},
        {"mean_motion_ddot": float("inf")},
        {"object_name": "CAFÉ"},
        {"object_name": "BELL\a"},
        {"originator": "ЦУП"},
        {"center_name": "MOON"},
        {"ref_frame": "EME2000"},
        {"time_system": "TAI"},
        {"mean_element_theory": "DSST"},
        {"ephemeris_type": 6},
        {"classification_type": "UNCLASSIFIED"},
        {"element_set_no": -1},
        {"rev_at_epoch": 2**63},
    ],
)
def test_an_impossible_element_is_named(change: dict[str, Any]) -> None:
    es = replace(GOOD, **change)
    reason = check_elements(es)
    assert reason is not None
    with pytest.raises(BadRecord):
        accepted(es)


@pytest.mark.parametrize(
    "change",
    [
        {"eccentricity": 0.0},
        {"inclination": 180.0},
        {"mean_motion": 16.46015938, "eccentricity": 0.0303955},  # 28872, perigee at -51 km
        {"mean_motion": 0.07309491, "eccentricity": 0.9728298},  # 23333, WIND
        {"epoch": datetime(1957, 10, 4)},
        {"object_name": "TBA - TO BE ASSIGNED"},
        {"norad_id": 999_999_999},
        {"ephemeris_type": 2},
    ],
)
def test_a_rare_but_real_element_is_let_through(change: dict[str, Any]) -> None:
    es = replace(GOOD, **change)
    assert check_elements(es) is None
    assert accepted(es) == es


def test_each_bad_angle_is_named_by_its_own_name() -> None:
    for name in ("ra_of_asc_node", "arg_of_pericenter", "mean_anomaly"):
        change: dict[str, Any] = {name: 400.0}
        reason = check_elements(replace(GOOD, **change))
        assert reason == f"{name}=400.0: 0 to 360 deg is accepted"


@pytest.mark.parametrize(
    ("theory", "ephemeris_type", "expected"),
    [
        ("SGP4", 0, "SGP4"),
        ("SGP/SGP4", None, "SGP4"),
        ("SGP4-XP", 4, "SGP4-XP"),
        ("SGP4-XP", 0, "SGP4-XP"),
        ("SGP/SGP4", 4, "SGP4-XP"),
    ],
)
def test_the_theory_has_one_spelling(
    theory: str, ephemeris_type: int | None, expected: str
) -> None:
    es = replace(GOOD, mean_element_theory=theory, ephemeris_type=ephemeris_type)
    assert accepted(es).mean_element_theory == expected


def test_angles_of_a_full_circle_become_zero() -> None:
    es = accepted(replace(GOOD, ra_of_asc_node=360.0, arg_of_pericenter=360.0, mean_anomaly=360.0))
    assert (es.ra_of_asc_node, es.arg_of_pericenter, es.mean_anomaly) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-21T08:34:33.953952", datetime(2026, 7, 21, 8, 34, 33, 953952)),
        ("2026-07-21T08:34:33.953952Z", datetime(2026, 7, 21, 8, 34, 33, 953952)),
        ("2026-202T08:34:33.953952", datetime(2026, 7, 21, 8, 34, 33, 953952)),
        ("2026-07-21 08:34:33", datetime(2026, 7, 21, 8, 34, 33)),
        ("2026-07-21T08:34:33.9", datetime(2026, 7, 21, 8, 34, 33, 900000)),
        ("2026-07-21T08:34:33.9539514999", datetime(2026, 7, 21, 8, 34, 33, 953951)),
        ("2026-12-31T23:59:59.9999995", datetime(2027, 1, 1)),
        ("2024-366T00:00:00", datetime(2024, 12, 31)),
        ("2026-07-21", datetime(2026, 7, 21)),
    ],
)
def test_a_time_code_is_exact_to_the_microsecond(text: str, expected: datetime) -> None:
    assert timestamp(text, "EPOCH") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-13-01T00:00:00",
        "2026-02-30T00:00:00",
        "2026-366T00:00:00",
        "2026-000T00:00:00",
        "2016-12-31T23:59:60.5",  # a leap second
        "9999-12-31T23:59:59.9999999",
        "0000-01-01T00:00:00",
        "2026-07-21T08:34",
        "2026-07-21T08:34:33+00:00",
        "21/07/2026 08:34:33",
        "٢٠٢٦-07-21T08:34:33",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(BadRecord, match="EPOCH"):
        timestamp(text, "EPOCH")


def test_a_date_is_no_epoch() -> None:
    with pytest.raises(BadRecord, match="2026-07-21"):
        timestamp("2026-07-21", "EPOCH", time_needed=True)


@pytest.mark.parametrize(
    "text", ["", "1_000", "nan", "inf", "0x1p3", "1,5", "٣", "1 2", "--1", "."]
)
def test_what_is_no_decimal_number_is_refused(text: str) -> None:
    with pytest.raises(BadRecord, match="BSTAR"):
        number(text, "BSTAR")


def test_a_negative_zero_loses_its_sign() -> None:
    assert str(number("-.0E-4", "BSTAR")) == "0.0"


def test_object_types_of_both_catalogues_are_one_word() -> None:
    words = ["PAY", "R/B", "DEB", "UNK", "PAYLOAD", "ROCKET BODY", "DEBRIS", "TBA", None]
    assert [catalogue_object_type(word) for word in words] == [
        *("PAYLOAD", "ROCKET BODY", "DEBRIS", "UNKNOWN"),
        *("PAYLOAD", "ROCKET BODY", "DEBRIS", "UNKNOWN", None),
    ]
