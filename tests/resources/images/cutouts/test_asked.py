"""The parameters of SODA, right and wrong."""

from __future__ import annotations

import math

import pytest
from satvo.resources.images.cutouts.asked import CutOut, cut_out_of, read_cut_outs
from satvo.schemas.errors import BadParameter


def one(**given: str) -> CutOut:
    (found,) = read_cut_outs({name: [value] for name, value in given.items()})
    return found


def test_each_parameter_is_read() -> None:
    assert one(CIRCLE="-10 20 0.5") == CutOut("CIRCLE", (350.0, 20.0, 0.5))
    assert one(POS="circle 350 20 0.5") == one(CIRCLE="350 20 0.5")
    assert one(POLYGON="1 1 2 1 2 2") == CutOut("POLYGON", (1.0, 1.0, 2.0, 1.0, 2.0, 2.0))
    assert one(POS="RANGE 350 10 -1 1") == CutOut("RANGE", (350.0, 370.0, -1.0, 1.0))
    assert one(POS="RANGE -Inf +Inf 80 +Inf") == CutOut("RANGE", (0.0, 360.0, 80.0, 90.0))
    assert one(BAND="5e-7") == CutOut(band_m=(5e-7, 5e-7))
    assert one(BAND="-Inf 5e-7") == CutOut(band_m=(-math.inf, 5e-7))
    assert one(TIME="59000 59001") == CutOut(time_mjd=(59000.0, 59001.0))
    assert one(PIXEL="1 20 3 4", EXTENSION=" SCI ") == CutOut(pixels=(1, 20, 3, 4), extension="SCI")
    assert one().is_whole
    assert not one(POL="i").is_whole


def test_several_values_are_combined_and_states_are_one_set() -> None:
    found = read_cut_outs(
        {"CIRCLE": ["1 1 1", "2 2 2"], "POS": ["RANGE 1 2 3 4"], "BAND": ["1 2", "3 4"],
         "POL": ["I", "q", "I"]}
    )  # fmt: skip
    assert len(found) == 6
    assert {each.pol for each in found} == {("I", "Q")}


def test_what_is_asked_survives_json() -> None:
    for asked in (one(CIRCLE="1 2 3", BAND="-Inf 1"), one(PIXEL="1 2 3 4"), one()):
        about = {k: list(v) if isinstance(v, tuple) else v for k, v in asked.about().items()}
        assert cut_out_of(about) == asked


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CIRCLE", "1 2"), ("CIRCLE", "1 2 -1"), ("CIRCLE", "1 91 1"), ("CIRCLE", "a b c"),
        ("CIRCLE", "nan 1 1"), ("CIRCLE", "1e999 0 1"), ("CIRCLE", "1 2 3 4"),
        ("POLYGON", "1 2 3 4"), ("POLYGON", "1 2 3 4 5"), ("POLYGON", "1 " * 3000),
        ("POS", "BOX 1 2 3 4"), ("POS", "RANGE 1 2 3"), ("POS", "RANGE 1 2 4 3"), ("POS", "CIRCLE"),
        ("POS", "RANGE nan 1 2 3"), ("POS", "RANGE 1e9 2e9 0 1"),
        ("BAND", "2 1"), ("BAND", "1 2 3"), ("BAND", "x"), ("TIME", "NaN 1"),
        ("PIXEL", "0 1 1 1"), ("PIXEL", "2 1 1 1"), ("PIXEL", "1 2 3"), ("PIXEL", "1.5 2 3 4"),
        ("PIXEL", "1 99999999999 1 1"), ("POL", "I Q"), ("POL", "'; --"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(BadParameter, match=name):
        one(**{name: value})
