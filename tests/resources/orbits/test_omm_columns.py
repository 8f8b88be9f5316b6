"""Sets filled into one record are the bytes that sets one by one make."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from satvo.resources.orbits.omm import OMM_WRITERS, write_omm
from satvo.resources.orbits.omm_columns import VARYING, write_omm_columns
from satvo.schemas.gp import ElementSet

COMMON = ElementSet(
    1, datetime(2027, 1, 1, 1, 2, 3, 4), 1.0, 0.0, 0.0, 0.0, 0.0, 0.0,
    bstar=1e-5, object_id="2027-001A", ephemeris_type=0, classification_type="U",
    element_set_no=999, rev_at_epoch=987_654, originator='100 % "SATVO" <&>',
    creation_date=datetime(2027, 1, 1),
)  # fmt: skip
ANGLE = st.floats(0.0, 360.0)
ROWS = st.lists(
    st.tuples(
        st.text("AZaz09 ._+-", min_size=1, max_size=40).filter(lambda name: name.strip() == name),
        st.integers(1, 999_999_999), st.floats(0.5, 17.0), st.floats(0.0, 0.9),
        ANGLE, ANGLE, ANGLE, ANGLE,
    ),
    max_size=5,
)  # fmt: skip


@pytest.mark.parametrize("notation", OMM_WRITERS)
@settings(max_examples=60)
@given(ROWS)
def test_the_bytes_are_the_same(notation: str, rows: list[tuple[object, ...]]) -> None:
    sets = [
        replace(COMMON, **dict(zip(VARYING, row, strict=True)))  # type: ignore[arg-type]
        for row in rows
    ]
    assert b"".join(write_omm_columns(COMMON, rows, notation)) == b"".join(
        write_omm(sets, notation)
    )


@pytest.mark.parametrize("notation", OMM_WRITERS)
def test_many_come_in_pieces_of_bounded_size(notation: str) -> None:
    row = ("SIM A", 900_000_000, 15.0, 0.0, 53.0, 1.0, 2.0, 3.0)
    pieces = list(write_omm_columns(COMMON, (row for _ in range(10_001)), notation))
    assert len(pieces) == 6
    sets = (replace(COMMON, **dict(zip(VARYING, row, strict=True))) for _ in range(10_001))  # type: ignore[arg-type]
    assert b"".join(pieces) == b"".join(write_omm(sets, notation))


@pytest.mark.parametrize("name", ["a<b", 'a"b', "a,b", "a\nb", "é", "a%b"])
def test_a_name_that_a_notation_would_escape_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not plain"):
        list(write_omm_columns(COMMON, [(name, 1, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)], "json"))
