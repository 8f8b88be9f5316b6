"""`satvo identify`: which satellites the trails of a FITS file are, and their positions."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from astropy.io import fits
from identified_skies import SIDE_PX, SITE, Night, made_up
from satvo.resources.constellations.filed import filed_constellation
from satvo.resources.constellations.simulation import simulated_elements
from satvo.resources.constellations.writing import write_simulated
from satvo.resources.masks.outputs.catalogue import catalogue
from satvo.schemas.moments import MJD_EPOCH, mjd_of
from satvo.service.cli import main

EPOCH = datetime(2026, 5, 26)


@dataclass
class Told:
    """What a command said."""

    returncode: int
    stdout: str
    stderr: str


def satvo(*arguments: object) -> Told:
    """The command in this process: a new one takes seconds to load what it needs."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch("sys.argv", ["satvo", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as left,
    ):
        main()
    return Told(int(left.value.code or 0), out.getvalue(), err.getvalue())


@dataclass
class Sky:
    """Files about one image of a satellite that lies whole inside it."""

    folder: Path
    norad_id: int
    is_reversed: bool
    start: datetime
    exposure_s: float
    places: list[tuple[float, float]]
    """Right ascension and declination of the ends of its trail, by time."""

    @property
    def elements(self) -> Path:
        return self.folder / "sky.omm"

    @property
    def image(self) -> Path:
        return self.folder / "image.fits"

    @property
    def trails(self) -> Path:
        return self.folder / "image_trails.ecsv"


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Sky:
    folder = tmp_path_factory.mktemp("identify")
    made = simulated_elements(
        filed_constellation("starlink-gen1"), epoch=EPOCH, first_number=90_000
    )
    (folder / "sky.omm").write_bytes(b"".join(write_simulated(made, "csv")))
    elements = made_up(EPOCH, every=1, first_number=90_000)
    night = Night(elements, mjd_of(EPOCH) + 1.0, side=2.0, exposures_s=(1.5,))
    exposure, (trail,), ((norad_id, turned),) = next(
        (exposure, trails, truth)
        for exposure, trails, truth, _ in night.images(np.random.default_rng(31))
        if len(trails) == 1 and not any(trails[0].open_ends)
    )
    xy = np.array([trail.start_xy, trail.end_xy])
    rows = [
        {
            "trail_id": 1, "hdu": 1, "x1": xy[0, 0] + 1, "y1": xy[0, 1] + 1, "x2": xy[1, 0] + 1,
            "y2": xy[1, 1] + 1, "across_err": 0.5, "along_err": 2.0, "open1": False,
            "open2": False,
        },
        {
            "trail_id": 2, "hdu": 1, "x1": 300.0, "y1": 1200.0, "x2": 560.0, "y2": 1350.0,
            "across_err": 0.5, "along_err": 2.0, "open1": False, "open2": False,
        },
        {"trail_id": 3, "hdu": 1, "x1": 1.0, "y1": 5.0, "x2": 90.0, "y2": 99.0, "ghost_of": 1},
    ]  # fmt: skip
    (folder / "image_trails.ecsv").write_bytes(catalogue(rows, {}))
    start = MJD_EPOCH + timedelta(days=exposure.start_mjd)
    _write_image(folder / "image.fits", exposure, start)
    radec = np.stack(exposure.wcs.pixel_to_world_values(xy[:, 0], xy[:, 1]), axis=1)
    return Sky(
        folder,
        norad_id,
        turned,
        start,
        exposure.duration_s,
        [(float(a), float(b)) for a, b in (radec[::-1] if turned else radec)],
    )


def _write_image(path: Path, exposure: Any, start: datetime) -> None:
    """Time and site in the primary header, pixels and WCS in the extension."""
    first = fits.PrimaryHDU()
    first.header["DATE-OBS"] = start.isoformat(timespec="microseconds")
    first.header["EXPTIME"] = exposure.duration_s
    first.header["OBSGEO-L"], first.header["OBSGEO-B"] = SITE.lon_deg, SITE.lat_deg
    first.header["OBSGEO-H"] = SITE.height_m
    pixels = np.random.default_rng(1).normal(100.0, 5.0, (SIDE_PX, SIDE_PX)).astype(np.float32)
    image = fits.ImageHDU(pixels, exposure.wcs.to_header(), name="SCI")
    fits.HDUList([first, image]).writeto(path)


def test_table_names_the_satellite_and_says_what_is_unknown(sky: Sky) -> None:
    told = satvo("identify", sky.image, "--elements", sky.elements, "--trails", sky.trails)
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[0] == f"{sky.image}[SCI]: 2 trails, 1 of known satellites"
    words = lines[3].split()
    assert words[:2] == ["1", str(sky.norad_id)]
    assert float(re.findall(r" ([01]\.\d{4}) ", lines[3])[0]) > 0.99
    assert lines[4].split()[:3] == ["2", "-", "unknown"]
    assert len(lines) == 5  # the ghost is no trail


def test_positions_are_written_by_time_whatever_end_the_detector_took_first(sky: Sky) -> None:
    iod, tdm = sky.folder / "out.iod", sky.folder / "out.tdm"
    told = satvo(
        "identify", sky.image, "--elements", sky.elements, "--trails", sky.trails,
        "--iod", iod, "--tdm", tdm, "--station", "2701",
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("2 positions") == 2
    lines = iod.read_text().splitlines()
    times = [sky.start, sky.start + timedelta(seconds=sky.exposure_s)]
    for line, (ra, dec), time in zip(lines, sky.places, times, strict=True):
        assert line[:5] == f"{sky.norad_id:05d}"
        assert line[16:22] == "2701 G"
        written = datetime.strptime(line[23:37], "%Y%m%d%H%M%S")
        written += timedelta(milliseconds=int(line[37:40]))
        assert abs((written - time).total_seconds()) < 0.001
        hours, minutes = int(line[47:49]), int(line[49:54]) / 1000.0
        assert (hours + minutes / 60.0) * 15.0 == pytest.approx(ra % 360.0, abs=2e-4)
        assert int(line[54:57]) - dec == pytest.approx(0.0, abs=1.0)
    data = [line.split() for line in tdm.read_text().splitlines() if line.startswith("ANGLE_")]
    angles = [float(words[3]) for words in data if words[0] in ("ANGLE_1", "ANGLE_2")]
    assert angles == pytest.approx([v for ra, dec in sky.places for v in (ra % 360.0, dec)])


def test_site_given_goes_before_that_of_the_header(sky: Sky) -> None:
    told = satvo(
        "identify", sky.image, "--elements", sky.elements, "--trails", sky.trails,
        "--site", "10.0,50.0,100.0",
    )  # fmt: skip
    assert told.returncode == 0
    assert "0 of known satellites" in told.stdout


def test_positions_without_a_station_are_refused(sky: Sky) -> None:
    told = satvo("identify", sky.image, "--elements", sky.elements, "--iod", sky.folder / "x")
    assert told.returncode == 2
    assert "--station" in told.stderr


def test_positions_of_no_known_satellite_are_refused_and_leave_no_file(sky: Sky) -> None:
    target = sky.folder / "none.tdm"
    told = satvo(
        "identify", sky.image, "--elements", sky.elements, "--trails", sky.trails,
        "--site", "10.0,50.0,100.0", "--tdm", target, "--station", "2701",
    )  # fmt: skip
    assert told.returncode == 2
    assert "no measured position" in told.stderr
    assert not target.exists()


@pytest.mark.parametrize(
    ("drop", "said"),
    [
        ("DATE-OBS", "no start"),
        ("EXPTIME", "no exposure time"),
        ("OBSGEO-B", "--site"),
        ("CTYPE1", "no celestial WCS"),
    ],
)
def test_header_that_does_not_tell_is_refused_by_what_is_missing(
    sky: Sky, tmp_path: Path, drop: str, said: str
) -> None:
    bare = tmp_path / "bare.fits"
    with fits.open(sky.image) as hdus:
        for hdu in hdus:
            hdu.header.remove(drop, ignore_missing=True)
        hdus.writeto(bare)
    told = satvo("identify", bare, "--elements", sky.elements, "--trails", sky.trails)
    assert told.returncode == 2
    assert said in told.stderr


def test_file_that_is_no_image_is_told_and_the_others_are_done(sky: Sky, tmp_path: Path) -> None:
    other = tmp_path / "notes.fits"
    other.write_text("no image")
    told = satvo(
        "identify", other, sky.image, "--elements", sky.elements, "--trails", sky.trails,
        "--trails", sky.trails,
    )  # fmt: skip
    assert told.returncode == 2
    assert "2 trails, 1 of known satellites" in told.stdout
    assert "1 of 2 files could not be searched" in told.stderr


def test_table_that_is_none_is_refused(sky: Sky, tmp_path: Path) -> None:
    table = tmp_path / "trails.ecsv"
    table.write_text("a,b\n1,2\n")
    told = satvo("identify", sky.image, "--elements", sky.elements, "--trails", table)
    assert told.returncode == 2
    assert "trails.ecsv" in told.stderr
