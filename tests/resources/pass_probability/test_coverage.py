"""Areas above a threshold: mocpy reads them, and counts the same cells."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import mocpy
import numpy as np
import pytest
from made_up_maps import made_up_map
from satvo.resources.pass_probability.coverage import area_above, area_covered
from satvo.schemas.errors import BadParameter
from satvo.schemas.moc_fits import moc_fits
from satvo.schemas.sphere import separation_deg


@pytest.mark.parametrize("threshold", [0.015, 0.5, 10.0])
def test_mocpy_reads_the_cells_above_a_threshold(threshold: float, tmp_path: Path) -> None:
    made = made_up_map(5)
    area = area_above(made, "n_pass_illum", threshold)
    (tmp_path / "area.fits").write_bytes(moc_fits(area))
    found = mocpy.MOC.from_fits(tmp_path / "area.fits")
    wanted = made.pixels[made.values["n_pass_illum"] > threshold]
    assert sorted(found.flatten().tolist() if len(wanted) else []) == wanted.tolist()
    assert found == mocpy.MOC.from_string(area.text)
    assert area.area_deg2 == pytest.approx(len(wanted) * 41252.96 / 12288, rel=1e-6)


def test_a_map_of_the_horizon_gives_its_own_cells_or_those_of_the_stars() -> None:
    made = made_up_map(6, "altaz")
    own = area_above(made, "n_pass", 0.5, frame="altaz")
    assert own.contains_points([120.0], [40.0]).all()
    turned = area_above(made, "n_pass", 0.5)
    situation = made.facts.situation
    ra, dec = situation.icrs_deg(situation.of_altaz(120.0, 40.0))
    assert turned.contains_points(ra, dec).all()
    # 8 deg sqrt(ln(2 / 0.48)): the same disc in both, to two cells of 0.9 deg.
    radius = 8.0 * math.sqrt(math.log(2.0 / 0.48))
    lon, lat = np.meshgrid(np.arange(0.0, 360.0, 1.0), np.arange(-89.0, 90.0, 1.0))
    away = separation_deg(lon, lat, float(ra), float(dec))
    inside = turned.contains_points(lon, lat)
    assert inside[away < radius - 1.8].all()
    assert not inside[away > radius + 1.8].any()
    assert own.area_deg2 == pytest.approx(turned.area_deg2, rel=0.05)


@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
def test_what_is_covered_is_half_of_the_sky(frame: str) -> None:
    covered = area_covered(made_up_map(6, frame))
    assert covered.area_deg2 == pytest.approx(20626.5, rel=0.01)


def test_what_is_no_area_is_refused() -> None:
    made = made_up_map(2)
    with pytest.raises(BadParameter, match="threshold"):
        area_above(made, "loss", math.nan)
    with pytest.raises(BadParameter, match="it has n_sat"):
        area_above(made, "lost", 0.1)
    with pytest.raises(BadParameter, match="frame"):
        area_above(made, "loss", 0.1, frame="altaz")
    turned = made_up_map(2, "altaz")
    timeless = replace(turned, facts=replace(turned.facts, mjd=math.nan))
    with pytest.raises(BadParameter, match="no time"):
        area_above(timeless, "loss", 0.1)
    assert area_above(timeless, "n_pass", 0.0, frame="altaz").area_deg2 > 1e4
