"""Scales of colours: what they begin and end with, and where values lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from satvo.resources.pass_probability.scales import Scale

ANY = st.lists(st.one_of(st.just(0.0), st.floats(1e-12, 1e6), st.just(np.nan)), max_size=30)


@given(values=ANY)
def test_any_values_have_a_scale_that_holds_the_largest(values: list[float]) -> None:
    column = np.array(values)
    scale = Scale.of(column)
    assert scale.low < scale.high
    assert not scale.logarithmic or scale.low > 0.0
    places = scale.place(column)
    known = np.isfinite(column)
    assert (np.isfinite(places) == known).all()
    assert ((places[known] >= 0.0) & (places[known] <= 1.0)).all()
    if (column[known] > 0.0).any():
        assert column[known].max() <= scale.high * (1.0 + 1e-6) <= 2.0 * column[known].max()


@given(values=ANY)
def test_larger_values_are_never_darker(values: list[float]) -> None:
    column = np.sort(np.array(values))
    places = Scale.of(column).place(column)
    assert (np.diff(places[np.isfinite(places)]) >= 0.0).all()


def test_a_wide_range_is_drawn_by_its_logarithms() -> None:
    scale = Scale.of(np.geomspace(1e-9, 1.0, 1000))
    assert (scale.low, scale.high, scale.logarithmic) == (1e-4, 1.0, True)
    np.testing.assert_allclose(scale.place(np.array([0.0, 1e-4, 1e-2, 1.0])), [0, 0, 0.5, 1])


def test_times_begin_at_the_first_and_leave_out_the_last() -> None:
    scale = Scale.of(np.linspace(61041.0, 61042.0, 101), from_zero=False)
    assert scale.low == 61041.0
    assert scale.high == pytest.approx(61041.95)
    assert not scale.logarithmic
    assert Scale.of(np.array([61041.0]), from_zero=False).high == 61042.0
