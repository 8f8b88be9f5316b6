"""Measured positions as IOD lines and tracking data messages, read back by other rules."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.masks.identify.iod import iod_lines
from satvo.resources.masks.identify.measured import Measured
from satvo.resources.masks.identify.tdm import write_tdm
from satvo.schemas.errors import BadParameter

AT = datetime(2026, 5, 27, 3, 4, 59, 999700)
SITE = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0)

# G. Lewis, IOD Observation Format Description, 2002-02-24: the columns by their numbers.
IOD = re.compile(
    r"(?P<number>[0-9A-Z]\d{4}) (?P<designator>\d\d \d{3}[A-Z ]{3}| {9}) (?P<station>[0-9A-Z]{4}) "
    r"(?P<sky>[EGFPBT]) (?P<time>\d{17}) (?P<time_error>\d\d) (?P<format>\d)(?P<epoch>\d) "
    r"(?P<ra>\d{7})(?P<dec>[+-]\d{6}) (?P<error>\d\d)"
)


def position(**given: object) -> Measured:
    usual = {
        "norad_id": 25544, "name": "ISS (ZARYA)", "designator": "1998-067A", "epoch": AT,
        "ra_deg": 150.0, "dec_deg": -18.7163, "across_arcsec": 1.2, "along_arcsec": 3.0,
        "time_error_s": 0.2,
    }  # fmt: skip
    return Measured(**{**usual, **given})  # type: ignore[arg-type]


def read_iod(line: str) -> tuple[datetime, float, float, float, float]:
    """Time, its error (s), right ascension and declination (deg), and their error (arcmin)."""
    found = IOD.fullmatch(line)
    assert found is not None, line
    assert (found["format"], found["epoch"]) == ("2", "5")
    text = found["time"]
    seconds = int(text[12:]) / 1000.0
    time = datetime.strptime(text[:12], "%Y%m%d%H%M") + timedelta(seconds=seconds)
    ra = (int(found["ra"][:2]) + int(found["ra"][2:]) / 60_000.0) * 15.0
    dec = int(found["dec"][1:3]) + int(found["dec"][3:]) / 6000.0
    error, time_error = (
        int(found[name][0]) * 10.0 ** (int(found[name][1]) - 8) for name in ("error", "time_error")
    )
    return time, time_error, ra, -dec if found["dec"][0] == "-" else dec, error


@pytest.mark.parametrize(
    ("ra", "dec"),
    [(0.0, 0.0), (359.99999, 0.00001), (359.9, -0.4), (0.001, 89.9999), (12.3456, -89.99999)],
)
def test_iod_line_is_read_as_the_place_to_its_last_digit(ra: float, dec: float) -> None:
    (line,) = iod_lines([position(ra_deg=ra, dec_deg=dec)], "2701")
    time, _, ra_read, dec_read, _ = read_iod(line)
    a_thousandth_of_a_minute, a_hundredth_of_arcmin = 15.0 / 60_000.0, 1.0 / 6000.0
    assert abs((ra_read - ra + 180.0) % 360.0 - 180.0) <= a_thousandth_of_a_minute / 2 + 1e-9
    assert abs(dec_read - dec) <= a_hundredth_of_arcmin / 2 + 1e-9
    assert time == datetime(2026, 5, 27, 3, 5)  # the millisecond is carried into the minute


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.05, 0.05), (0.1, 0.1), (0.96, 1.0), (12.3, 10.0), (0.0, 0.0003)]
)
def test_iod_uncertainty_of_time_has_one_digit(seconds: float, written: float) -> None:
    (line,) = iod_lines([position(time_error_s=seconds)], "2701")
    assert read_iod(line)[1] == pytest.approx(written)


def test_iod_uncertainty_of_place_is_the_larger_in_arcmin() -> None:
    (line,) = iod_lines([position(across_arcsec=1.0, along_arcsec=6.0)], "2701")
    assert read_iod(line)[4] == pytest.approx(0.1)


def test_iod_number_of_six_figures_is_alpha5_and_a_name_may_be_missing() -> None:
    (line,) = iod_lines([position(norad_id=270001, designator="")], "TRU7", condition="E")
    found = IOD.fullmatch(line)
    assert found is not None
    assert (found["number"], found["designator"], found["sky"]) == ("T0001", " " * 9, "E")


@pytest.mark.parametrize("station", ["", "270", "27011", "abcd", "27 1", "2701\n"])
def test_iod_station_that_is_none_is_refused(station: str) -> None:
    with pytest.raises(BadParameter, match="four digits"):
        list(iod_lines([position()], station))


def test_iod_number_that_no_column_holds_is_refused() -> None:
    with pytest.raises(BadParameter, match="five columns"):
        list(iod_lines([position(norad_id=900_000_001)], "2701"))


@pytest.mark.needs_data
def test_published_iod_lines_are_read_by_the_same_columns(test_data: Path) -> None:
    """The reading of these tests is that of the format: the published examples of format 2 fit."""
    text = (test_data / "orbits/obs/trusat_formats/IOD_data_compliant.txt").read_text()
    lines = [line for line in text.splitlines() if re.search(r" 25 \d{7}[+-]\d{6} \d\d", line)]
    assert len(lines) >= 5
    for line in lines:
        read_iod(line[:64])


def read_tdm(text: str) -> list[tuple[dict[str, str], list[tuple[str, str, float]]]]:
    """Metadata and data of each segment, by the blocks of CCSDS 503.0-B-2, section 3."""
    segments: list[tuple[dict[str, str], list[tuple[str, str, float]]]] = []
    block = "HEADER"
    lines = [line for line in text.splitlines() if not line.startswith("COMMENT ")]
    assert [line.partition(" = ")[0] for line in lines[:3]] == [
        "CCSDS_TDM_VERS", "CREATION_DATE", "ORIGINATOR",
    ]  # fmt: skip
    for line in lines[3:]:
        if line.endswith(("_START", "_STOP")) and " = " not in line:
            block = line
            if line == "META_START":
                segments.append(({}, []))
            continue
        key, _, value = line.partition(" = ")
        if block == "META_START":
            segments[-1][0][key] = value
        else:
            assert block == "DATA_START", line
            time, _, number = value.partition(" ")
            segments[-1][1].append((key, time, float(number)))
    return segments


def test_tdm_has_a_segment_of_each_satellite_in_order_of_time() -> None:
    later = AT + timedelta(seconds=5)
    given = [
        position(epoch=later, ra_deg=151.0),
        position(norad_id=270001, designator="", ra_deg=1.0),
        position(),
    ]
    text = "".join(
        write_tdm(given, "X05", observer=SITE, originator="SATVO", created=datetime(2026, 5, 28))
    )
    segments = read_tdm(text)
    assert [meta["PARTICIPANT_2"] for meta, _ in segments] == ["1998-067A", "NORAD 270001"]
    meta, data = segments[0]
    assert meta == {
        "TIME_SYSTEM": "UTC", "START_TIME": AT.isoformat(), "STOP_TIME": later.isoformat(),
        "PARTICIPANT_1": "X05", "PARTICIPANT_2": "1998-067A", "MODE": "SEQUENTIAL",
        "PATH": "2,1", "TIMETAG_REF": "RECEIVE", "ANGLE_TYPE": "RADEC",
        "REFERENCE_FRAME": "ICRF",
    }  # fmt: skip
    assert data == [
        ("ANGLE_1", AT.isoformat(), 150.0),
        ("ANGLE_2", AT.isoformat(), -18.7163),
        ("ANGLE_1", later.isoformat(), 151.0),
        ("ANGLE_2", later.isoformat(), -18.7163),
    ]


def test_tdm_without_a_position_is_refused() -> None:
    with pytest.raises(BadParameter, match="no measured position"):
        list(write_tdm([], "X05", observer=SITE, originator="SATVO", created=AT))


def test_tdm_is_ascii_whatever_a_satellite_is_called() -> None:
    lines = write_tdm(
        [position(name="ÑUSAT\nDATA_STOP")],
        "X05",
        observer=SITE,
        originator="SATVO",
        created=datetime.now(UTC).replace(tzinfo=None),
    )
    assert all(line.isascii() and line.count("\n") == 1 for line in lines)


def test_places_at_random_are_read_back_from_a_message() -> None:
    random = np.random.default_rng(4)
    ra, dec = random.uniform(0.0, 360.0, 50), random.uniform(-90.0, 90.0, 50)
    given = [
        position(epoch=AT + timedelta(seconds=i), ra_deg=float(ra[i]), dec_deg=float(dec[i]))
        for i in range(50)
    ]
    text = "".join(write_tdm(given, "X05", observer=SITE, originator="SATVO", created=AT))
    ((_, data),) = read_tdm(text)
    a_milliarcsecond = 1e-3 / 3600.0
    assert np.allclose([v for k, _, v in data if k == "ANGLE_1"], ra, rtol=0, atol=a_milliarcsecond)
    assert np.allclose(
        [v for k, _, v in data if k == "ANGLE_2"], dec, rtol=0, atol=a_milliarcsecond
    )
