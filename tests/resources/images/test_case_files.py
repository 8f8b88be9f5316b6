"""Descriptions of cases that are refused, each with what is accepted."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from satvo.resources.images.case_files import read_cases
from satvo.schemas.errors import BadParameter

GOOD = {"title": "T", "relevance": "R", "terms": ["leo"], "frame": "frame.fits"}


def written(name: str, case: Any) -> bytes:
    return yaml.safe_dump({"cases": {name: case}}).encode()


def test_what_a_case_is_told_goes_before_what_all_are() -> None:
    (case,) = read_cases(
        yaml.safe_dump(
            {
                "told": {"licence": "CC0-1.0", "gain": 1.0, "t_min": 61366.5},
                "cases": {"mine": {**GOOD, "told": {"gain": 2.0}, "trails": [{"x1": 1}]}},
            }
        ).encode(),
        "suite.yaml",
    )
    assert case.told == {"licence": "CC0-1.0", "gain": 2.0, "t_min": 61366.5}
    assert case.trails == [{"origin": "manual", "x1": 1}]
    assert case.kind == "trailmask"


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({**GOOD, "terms": ["geo"]}, "'geo' is no term"),
        ({**GOOD, "terms": []}, "terms: give a list"),
        ({**GOOD, "terms": "leo"}, "terms: give a list"),
        ({**GOOD, "kind": "x"}, "kind=x: give trailmask or passpredict"),
        ({**GOOD, "title": " "}, "title: give a text"),
        ({**GOOD, "relevance": "x" * 2001}, "relevance: give a text of 2000"),
        ({**GOOD, "crossings": "a.csv"}, "crossings: a case of kind trailmask has frame"),
        ({**GOOD, "frame": 3}, "frame: give a path"),
        ({**GOOD, "trails": {"x1": 1}}, "trails: give a list"),
        ({**GOOD, "trails": [{"x1": "a"}]}, "trail 1: x1=a: give a number"),
        ({**GOOD, "trails": [{"x1": float("nan")}]}, "trail 1: x1=nan: give a number"),
        ({**GOOD, "trails": [{"z": 1}]}, "trail 1: 'z' is not known"),
        ({**GOOD, "trails": [{"origin": "guessed"}]}, "origin: give one of predicted"),
        ({**GOOD, "told": [1]}, "told: give columns"),
        ({key: GOOD[key] for key in ("title", "relevance", "terms")}, "frame is missing"),
        ({**GOOD, "kind": "passpredict"}, "frame: a case of kind passpredict has crossings"),
        ([], "give a mapping"),
    ],
)
def test_a_wrong_description_is_refused(case: Any, reason: str) -> None:
    with pytest.raises(BadParameter, match=reason) as refused:
        read_cases(written("mine", case), "suite.yaml")
    assert str(refused.value).startswith("suite.yaml, case mine")


@pytest.mark.parametrize("name", ["Upper", "with blank", "../x", "x" * 61, ""])
def test_a_case_has_a_plain_name(name: str) -> None:
    with pytest.raises(BadParameter, match="a case is named by small letters"):
        read_cases(written(name, GOOD), "suite.yaml")


@pytest.mark.parametrize("content", [b"", b"[]", b"cases: {}", b"cases: [1]", b"a: &x 1\nb: *x"])
def test_what_is_no_description_is_refused(content: bytes) -> None:
    with pytest.raises(BadParameter, match=r"suite\.yaml"):
        read_cases(content, "suite.yaml")
