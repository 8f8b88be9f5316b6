"""What the demonstration costs."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from satvo.ingest.load import LoadReport
from satvo.resources.images.build import coverage
from satvo.resources.pass_probability.build import stored_map, stored_maps
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.demo import add_maps, add_suite

MOST_S = 30.0
SUITE_S = 15.0


# The second is of a year for which no table of the Earth's rotation is there yet.
@pytest.mark.alone
@pytest.mark.parametrize("today", [datetime(2026, 11, 22, 12), datetime(2041, 6, 22, 1)], ids=str)
def test_maps_are_made_in_time_on_any_day(today: datetime, tmp_path: Path) -> None:
    told: list[str] = []
    with closing(Archive(Config(home=tmp_path), wait_s=1)) as archive:
        begun = time.process_time()
        add_maps(archive, today=today, told=lambda name, report: told.append(name))
        assert time.process_time() - begun < MOST_S
        maps = stored_maps(archive.store)
        assert len(told) == 4
        assert len(maps) == 12
        for each in maps:
            if each.map_id.endswith(("dusk", "dawn")):
                assert each.facts.sun_alt_deg == pytest.approx(-18.0, abs=0.25)
                assert each.moc
        night = stored_map(archive.store, "paranal-midnight")
        assert (night.frame, night.nside) == ("equatorial", 64)


# Without satellites there is nothing that passes; the whole is in tests/protocol.
@pytest.mark.parametrize("today", [datetime(2026, 11, 22, 12), datetime(2041, 6, 22, 1)], ids=str)
def test_the_test_suite_is_made_in_time_on_any_day(today: datetime, tmp_path: Path) -> None:
    told: dict[str, LoadReport] = {}
    with closing(Archive(Config(home=tmp_path), wait_s=1)) as archive:
        begun = time.process_time()
        for _ in range(2):
            add_suite(archive, today=today, told=told.__setitem__)
        assert time.process_time() - begun < 2 * SUITE_S
        report, passes = told.values()
        assert (report.read, report.new, report.unchanged) == (80, 0, 80)
        assert passes.read == 0
        cells = coverage(archive.store)
        assert sum(bool(cell.simulated) for cell in cells) == 38
