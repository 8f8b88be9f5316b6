"""Positions between few states: how far they are from the propagated ones, over all that flies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from catalogues import elements_in
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.propagation import propagator
from satvo.resources.passes.state_table import StateTable


@pytest.mark.needs_data
@pytest.mark.parametrize(("name", "day"), [("3le_2022-07-15", 59775.3), ("3le_2019-04", 58570.1)])
def test_no_position_of_a_whole_catalogue_is_farther_off_than_its_bound(
    test_data: Path, name: str, day: float
) -> None:
    elements = elements_in(test_data / "orbits" / f"{name}.txt.gz")
    table = StateTable(elements, propagator("sgp4").prepare(elements))
    unsure = looked_at = 0
    for index, group in enumerate(table.groups):
        number = int(day * 86400 / group.step_s)
        cell = table.cell(index, number)
        assert table.has(index, number)
        unsure += len(cell.unsure)
        looked_at += len(cell.usable)
        for fraction in (0.1, 0.3, 0.5, 0.8):
            powers = fraction ** np.arange(8)
            between = np.einsum("ikn,k->ni", cell.coefficients.astype(float), powers)
            true = table.now(index, (number + fraction) * group.step_s / 86400)
            off = np.linalg.norm(between - true.position[cell.usable], axis=1)
            good = true.is_valid[cell.usable]
            assert (off[good] < cell.error_km[good]).all()
            assert np.median(off[good]) < 0.25
    assert unsure < 50
    assert looked_at > 0.98 * len(elements)


def test_cells_are_dropped_when_they_take_more_than_they_may() -> None:
    columns = {
        "norad_id": [1, 2], "epoch_mjd": [59000.0] * 2, "mean_motion": [15.2, 1.0027],
        "eccentricity": [0.001, 0.0002], "inclination": [53.0, 0.1], "ra_of_asc_node": [10.0, 0.0],
        "arg_of_pericenter": [0.0, 0.0], "mean_anomaly": [0.0, 0.0],
    }  # fmt: skip
    elements = Elements.of_columns(columns)
    table = StateTable(elements, propagator("sgp4").prepare(elements), most_bytes=200)
    assert [group.step_s for group in table.groups] == [1200, 19200]
    for number in range(5):
        table.cell(0, 59000 * 72 + number)
    assert table.has(0, 59000 * 72 + 4)
    assert not table.has(0, 59000 * 72)
