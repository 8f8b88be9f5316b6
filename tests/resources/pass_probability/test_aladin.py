"""Aladin and HipsGen take what is written of maps."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from aladin import aladin, lint, needs_aladin
from made_up_maps import made_up_map
from numpy.typing import NDArray
from PIL import Image
from satvo.resources.pass_probability.coverage import area_above
from satvo.resources.pass_probability.fits_map import write_map
from satvo.resources.pass_probability.hips import write_hips
from satvo.schemas.moc_fits import moc_fits

pytestmark = needs_aladin

WHO = "ivo://org.example/maps?rubin-dusk"
MADE = datetime(2026, 1, 1)


@pytest.mark.parametrize(("frame", "column"), [("altaz", "p_illum"), ("equatorial", "t_next")])
def test_hipsgen_finds_no_fault_in_a_hips(frame: str, column: str, tmp_path: Path) -> None:
    made = made_up_map(5, frame)
    folder = tmp_path / "hips"
    address = "http://localhost/hips/rubin-dusk"
    write_hips(made, column, folder, identifier=WHO, url=address, released=MADE)
    said = lint(folder)
    assert "ERROR" not in said
    assert "WARN" not in said
    assert "is fully IVOA HiPS 1.0 compatible" in said


def test_hipsgen_finds_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "hips"
    write_hips(made_up_map(2), "loss", folder, identifier=WHO, released=MADE)
    properties = folder / "properties"
    properties.write_text(properties.read_text().replace("hips_frame", "frame"))
    assert "is fully IVOA HiPS 1.0 compatible" not in lint(folder)


def test_aladin_shows_a_hips_a_map_and_an_area_where_they_are(tmp_path: Path) -> None:
    # The bright place is the zenith, where a HiPS is shown first: Aladin goes there a while after
    # it has called the HiPS loaded, whatever the script has said meanwhile.
    made = made_up_map(6, alt_deg=90.0)
    write_hips(made, "n_pass", tmp_path / "hips", identifier=WHO, released=MADE)
    with (tmp_path / "map.fits").open("wb") as stream:
        write_map(made, stream)
    (tmp_path / "area.fits").write_bytes(moc_fits(area_above(made, "n_pass", 0.5)))
    situation = made.facts.situation
    ra, dec = (float(each) for each in situation.icrs_deg(situation.of_altaz(0.0, 90.0)))
    # Nor does it say when it has drawn: on a busy machine it is asked again, with longer pauses.
    faults = faults_of(pictures(tmp_path, ra, dec, pause_s=3))
    if faults:
        faults = faults_of(pictures(tmp_path, ra, dec, pause_s=12))
    assert not faults


def pictures(folder: Path, ra: float, dec: float, *, pause_s: int) -> list[NDArray[np.int64]]:
    """What Aladin shows of the HiPS, the map and the area, (300, 400, 3)."""
    shots = "; rm all; ".join(
        f"load {name}; sync; pause {pause_s}; {ra:.4f} {dec:+.4f}; zoom 60deg; "
        f"pause {pause_s}; sync; save -png 400x300 {name.partition('.')[0]}.png"
        for name in ("hips", "map.fits", "area.fits")
    )
    said = aladin(f"{shots}; quit", folder)
    files = [folder / f"{name}.png" for name in ("hips", "map", "area")]
    assert all(file.exists() for file in files), said
    return [np.asarray(Image.open(file).convert("RGB")).astype(np.int64) for file in files]


def faults_of(shown: list[NDArray[np.int64]]) -> list[str]:
    """Which of the three do not show what was written."""
    hips, sky, area = shown
    middle = hips[165:185, 215:235]
    edges = [
        hips[row - 8 : row + 8, column - 8 : column + 8]
        for row, column in ((70, 60), (230, 60), (70, 340), (150, 10), (150, 390))
    ]
    red = (area[..., 0] > 180) & (area[..., 1] < 80) & (area[..., 2] < 80)
    rows, columns = np.nonzero(red)
    is_shown = {
        "hips": all(  # from yellow to blue
            middle[..., 1].mean() > edge[..., 1].mean() + 50
            and edge[..., 2].mean() > middle[..., 2].mean() + 50
            for edge in edges
        ),
        "map": sky[165:175, 205:215].mean() > 200 and sky[140:160, 10:30].mean() < 20,
        "area": red.sum() > 500  # around the middle of the picture
        and abs(rows.mean() - 150.0) < 15.0
        and abs(columns.mean() - 200.0) < 15.0,
    }
    return [name for name, shows in is_shown.items() if not shows]
