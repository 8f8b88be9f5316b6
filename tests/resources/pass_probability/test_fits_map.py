"""Maps as FITS files: healpy reads what we write, and so do we."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import healpy
import numpy as np
import pytest
from astropy.io import fits
from made_up_maps import DUSK, made_up_map
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.fits_map import UNSEEN, read_map, write_map
from satvo.resources.pass_probability.probability_map import MAP_COLUMNS, ProbabilityMap
from satvo.schemas.errors import BadParameter


def written(probabilities: ProbabilityMap) -> bytes:
    """The file."""
    stream = io.BytesIO()
    write_map(probabilities, stream)
    return stream.getvalue()


@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
@pytest.mark.parametrize("order", [0, 4, 8])
def test_a_map_is_read_back_as_it_was(order: int, frame: str) -> None:
    made = made_up_map(order, frame, camera=Camera.rectangle(30.0, 0.3, 0.4))
    found = read_map(io.BytesIO(written(made)))
    assert (found.order, found.frame) == (order, frame)
    np.testing.assert_array_equal(found.pixels, made.pixels)
    assert list(found.values) == list(MAP_COLUMNS)
    for name, values in made.values.items():
        np.testing.assert_array_equal(found.values[name], values)
        assert found.values[name].dtype == values.dtype
    given, back = made.facts, found.facts
    assert str(back) == str(given)  # NaN equals NaN in words only


@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
def test_healpy_reads_every_column_and_finds_each_value_where_it_belongs(
    frame: str, tmp_path: Path
) -> None:
    made = made_up_map(5, frame)
    path = tmp_path / "map.fits"
    path.write_bytes(written(made))
    columns, told = healpy.read_map(path, field=None, nest=True, h=True)
    header = dict(told)
    assert healpy.get_nside(columns[0]) == 32
    assert header["COORDSYS"] == {"altaz": "H", "equatorial": "C"}[frame]
    above = np.isin(np.arange(len(columns[0])), made.pixels)
    for number, name in enumerate(MAP_COLUMNS):
        assert header[f"TTYPE{number + 1}"] == name
        np.testing.assert_array_equal(columns[number][above], made.values[name])
        assert healpy.mask_bad(columns[number][~above]).all()
    brightest = made.pixels[np.argmax(made.values["n_pass"])]
    lon, lat = healpy.pix2ang(32, np.argmax(columns[2]), nest=True, lonlat=True)
    assert healpy.ang2pix(32, lon, lat, nest=True, lonlat=True) == brightest
    if frame == "altaz":
        assert abs(lon - 120.0) < 2.0
        assert abs(lat - 40.0) < 2.0
    ring = healpy.read_map(path, field=0)
    assert ring[healpy.ang2pix(32, lon, lat, lonlat=True)] == columns[0][brightest]


def test_the_header_says_what_was_asked() -> None:
    made = made_up_map(3)
    with fits.open(io.BytesIO(written(made))) as found:
        found.verify("exception")
        header = found[1].header
    assert header["TUNIT1"] == "deg-2"
    assert header["TUNIT8"] == "d"
    assert "TUNIT3" not in header
    assert header["OBSERVER"] == "rubin"
    assert (header["OBSLON"], header["OBSGEO-L"]) == (-70.74942, -70.74942)
    assert header["MJD-AVG"] == DUSK
    assert header["DATE-OBS"] == "2026-01-01T01:29:45.000"
    assert header["NSAT20"] == 393.0
    assert header["NILL60"] == math.pi
    assert header["MAGLIM"] == 7.0
    assert "DEPTH" not in header
    assert header["BAD_DATA"] == UNSEEN
    assert header["SUN_ALT"] == made.facts.sun_alt_deg


def test_words_and_times_that_fits_has_not_do_no_harm() -> None:
    made = made_up_map(1)
    facts = replace(
        made.facts, observer_name="Observatoire de Nançay\n", population="a, " * 60, mjd=math.nan
    )
    found = read_map(io.BytesIO(written(replace(made, facts=facts)))).facts
    assert found.observer_name == "Observatoire de Nan\\xe7ay\\n"
    assert found.population == ("a, " * 60).rstrip()
    assert math.isnan(found.mjd)


@pytest.mark.parametrize("spoiled", [b"", b"SIMPLE", b"x" * 2880])
def test_what_is_no_map_is_refused(spoiled: bytes) -> None:
    with pytest.raises(BadParameter, match="no map of pass probabilities"):
        read_map(io.BytesIO(spoiled))


def test_a_map_of_someone_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.fits"
    healpy.write_map(path, np.zeros(192), nest=True, dtype=np.float32)
    with path.open("rb") as stream, pytest.raises(BadParameter, match="no map of pass"):
        read_map(stream)


def test_a_cut_file_is_refused() -> None:
    whole = written(made_up_map(4))
    with pytest.raises(BadParameter), pytest.warns(Warning, match="truncated"):
        read_map(io.BytesIO(whole[: len(whole) // 2]))
