"""Ephemerides: OEM, CPF and ITC in what they do not share."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from satvo.ingest.orbits import segments
from satvo.ingest.orbits.epochs import parse_epoch, to_tai
from satvo.ingest.orbits.formats import read_orbits
from satvo.ingest.orbits.itc import object_of_name
from satvo.ingest.orbits.records import BadRecord, Rejected
from satvo.ingest.orbits.segments import covariance_frame, designator, frame
from satvo.schemas.ephemeris_segment import EphemerisSegment


def read(text: str, name: str = "file") -> tuple[list[EphemerisSegment], list[Rejected]]:
    records = list(read_orbits(io.BytesIO(text.encode()), name=name))
    found = [record for record in records if isinstance(record, EphemerisSegment)]
    return found, [record for record in records if isinstance(record, Rejected)]


def kvn(sample: Any, **changes: str) -> str:
    text: str = sample.data.decode()
    for key, value in changes.items():
        old = next(line for line in text.splitlines() if line.startswith(f"{key} ="))
        text = text.replace(old, f"{key} = {value}", 1)
    return text


@pytest.fixture
def oem(ephemerides: dict[str, Any]) -> Any:
    return ephemerides["oem-kvn"]


@pytest.fixture
def block(covariance: tuple[str, ...]) -> str:
    """The covariance as an OEM has it."""
    words = " ".join(covariance).split()
    rows = [" ".join(words[i * (i + 1) // 2 :][: i + 1]) for i in range(6)]
    return "EPOCH = 2022-01-18T12:00:00\nCOV_REF_FRAME = RTN\n" + "\n".join(rows) + "\n"


def test_what_the_header_says_is_kept(oem: Any) -> None:
    text = oem.data.decode().replace(
        "META_STOP",
        "USEABLE_START_TIME = 2022-01-17T12:00:01\nUSEABLE_STOP_TIME = 2022-01-19T11:59:59\n"
        "INTERPOLATION = Hermite\nINTERPOLATION_DEGREE = 7\nMETA_STOP",
    )
    ((segment,), rejected) = read(text)
    assert not rejected
    assert (segment.object_id, segment.object_name, segment.norad_id) == ("1998-067A", "ISS", None)
    assert (segment.interpolation, segment.degree, segment.frame) == ("hermite", 7, "EME2000")
    assert segment.useable == (segment.tai[0] + 1_000_000, segment.tai[-1] - 1_000_000)
    assert (segment.originator, segment.line) == ("NASA/JSC", 5)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("CENTER_NAME", "MARS BARYCENTER", "EARTH is accepted"),
        ("REF_FRAME", "TOD", "EME2000, GCRF, ICRF, TEME or ITRF is accepted"),
        ("TIME_SYSTEM", "MET", "UTC, TAI, TT, GPS"),
        ("START_TIME", "2022-01-17", "a time as"),
        ("STOP_TIME", "2022-01-16T00:00:00", "before START_TIME"),
        ("OBJECT_NAME", "CAFÉ", "printable ASCII"),
        ("STOP_TIME", "2022-02-30T00:00:00", "no such day"),
    ],
)
def test_bad_metadata_cost_their_segment_alone(oem: Any, key: str, value: str, reason: str) -> None:
    good = oem.data.decode().partition("META_START")[2]
    text = kvn(oem, **{key: value}) + "META_START" + good
    (segment,), (rejected,) = read(text)
    assert len(segment) == 3
    assert not segment.followed
    assert reason in rejected.reason
    assert rejected.line == 5


def test_a_break_between_segments_of_one_object_is_marked(oem: Any) -> None:
    later = oem.data.decode().partition("META_START")[2].replace("2022-01-1", "2022-02-1")
    other = later.replace("1998-067-A", "2000-001A")
    found, rejected = read(oem.data.decode() + "META_START" + later + "META_START" + other)
    assert not rejected
    assert [segment.followed for segment in found] == [True, False, False]


def test_accelerations_are_passed_over(oem: Any) -> None:
    first, *_ = oem.sets
    text = oem.data.decode().replace(first, first.rstrip() + " 0.001 -0.002 0.003\n")
    (segment,), rejected = read(text)
    assert not rejected
    assert segment.states[0, 5] == 0.65634287389035


def test_a_covariance_stands_beside_its_state(oem: Any, block: str) -> None:
    text = oem.data.decode() + "COVARIANCE_START\n" + block + "COVARIANCE_STOP\n"
    (segment,), rejected = read(text)
    assert not rejected
    assert segment.covariances is not None
    assert segment.covariance_frames == (None, "RTN", None)
    assert segment.covariances[1, 0] == 4.176559291e-07
    assert segment.covariances[1, 20] == 5.5565409602e-12
    assert np.isnan(segment.covariances[0]).all()


def test_a_covariance_between_states_has_a_row_of_its_own(oem: Any, block: str) -> None:
    own = block.replace("18T12:00", "18T06:00").replace("COV_REF_FRAME = RTN\n", "")
    text = oem.data.decode() + "COVARIANCE_START\n" + own + block + "COVARIANCE_STOP\n"
    (segment,), rejected = read(text)
    assert not rejected
    assert segment.covariance_frames == (None, "EME2000", "RTN", None)
    assert np.isnan(segment.states[1]).all()
    assert np.isfinite(segment.states[[0, 2, 3]]).all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("RTN", "TOD"), "COV_REF_FRAME"),
        (("4.1765592910e-07", "-4.1765592910e-07"), "negative variance"),
        (("-3.4250099542e-07", "-3.4250099542e-05"), "not positive semi-definite"),
        (("4.1765592910e-07", "nan"), "decimal numbers"),
        (("4.1765592910e-07", "1e999"), "beyond all numbers"),
        (("4.1765592910e-07", "1 2"), "six lines"),
        (("18T12:00:00", "21T12:00:00"), "outside the states"),
        (("5.5565409602e-12", ""), "six lines"),
    ],
)
def test_a_bad_covariance_costs_only_itself(
    oem: Any, block: str, change: tuple[str, str], reason: str
) -> None:
    spoilt = block.replace(*change)
    good = block.replace("18T12", "19T12")
    text = oem.data.decode() + "COVARIANCE_START\n" + spoilt + good + "COVARIANCE_STOP\n"
    (segment,), (rejected,) = read(text)
    assert reason in rejected.reason
    assert rejected.line == oem.data.decode().count("\n") + 2
    assert segment.covariance_frames == (None, None, "RTN")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("2022-01-18T12:00:00.000 3948", "2022-01-17T11:59:59.500 3948", "not after"),
        ("2022-01-18T12:00:00.000 3948", "2022-01-18T12:00:60.000 3948", "no such instant"),
        ("2022-01-18T12:00:00.000 3948", "2022-03-18T12:00:00.000 3948", "outside START_TIME"),
        ("3948.51405313329", "nan", "'nan' in a state"),
        ("3948.51405313329", "1e999", "from the Earth's centre"),
        ("3948.51405313329", "3948514.05313329", "from the Earth's centre"),
        ("3948.51405313329", "", "a state of 5 numbers"),
        ("-6.23733864750581", "-62.3733864750581", "a speed of"),
    ],
)
def test_a_bad_state_costs_only_itself(oem: Any, old: str, new: str, reason: str) -> None:
    (segment,), (rejected,) = read(oem.data.decode().replace(old, new))
    assert reason in rejected.reason
    assert len(segment) == 2
    assert rejected.line == oem.before.count("\n") + 2


def test_states_without_their_metadata_are_of_no_other_object(oem: Any) -> None:
    other = oem.data.decode().partition("META_START")[2].replace("1998-067-A", "2000-001A")
    for broken in ("META_STXRT", ""):
        (segment,), (*_, rejected) = read(
            oem.data.decode() + broken + other.replace("-01-", "-02-")
        )
        assert segment.object_id == "1998-067A"
        assert len(segment) == 3
        assert "META_START is needed" in rejected.reason


def test_a_segment_has_an_end(oem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MOST_STATES", 2)
    (segment,), (rejected, _) = read(oem.data.decode())
    assert len(segment) == 2
    assert "over 2 states" in rejected.reason


def test_an_xml_bomb_is_stopped(ephemerides: dict[str, Any]) -> None:
    text = ephemerides["oem-xml"].data.decode()
    (segment,), rejected = read(text.replace("</data>", "<a/>" * 5000 + "</data>"))
    assert len(segment) == 3
    assert "too many elements" in rejected[0].reason
    entity = text.replace("<oem ", '<!DOCTYPE oem [<!ENTITY a "b">]><oem ')
    found, (rejected_at_once,) = read(entity)
    assert not found
    assert "DOCTYPE" in rejected_at_once.reason


def test_units_of_xml_are_checked(ephemerides: dict[str, Any]) -> None:
    text = ephemerides["oem-xml"].data.decode()
    found, rejected = read(text.replace("<X>", '<X units="m">', 1))
    assert len(found[0]) == 2
    assert "km is accepted" in rejected[0].reason
    assert len(read(text.replace("<X>", '<X units="km">'))[0][0]) == 3


def test_covariances_of_xml_are_those_of_kvn(
    ephemerides: dict[str, Any], oem: Any, block: str
) -> None:
    epoch, at, *rows = block.strip().splitlines()
    names = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
    tags = "".join(
        f"<C{a}_{b}>{word}</C{a}_{b}>"
        for a, row in zip(names, rows, strict=True)
        for b, word in zip(names, row.split(), strict=False)
    )
    xml = (
        ephemerides["oem-xml"]
        .data.decode()
        .replace(
            "</data>",
            f"<covarianceMatrix><EPOCH>{epoch[8:]}</EPOCH><COV_REF_FRAME>{at[16:]}</COV_REF_FRAME>"
            f"{tags}</covarianceMatrix></data>",
        )
    )
    (one,), _ = read(xml)
    (other,), _ = read(oem.data.decode() + "COVARIANCE_START\n" + block + "COVARIANCE_STOP\n")
    assert np.array_equal(one.covariances, other.covariances, equal_nan=True)  # type: ignore[arg-type]
    assert one.covariance_frames == other.covariance_frames


def test_frames_have_one_name_each() -> None:
    assert [frame(n) for n in ("J2000", "GCRF", "icrf", "ITRF-97", "ITRF2014", "TEME")] == [
        "EME2000", "GCRS", "GCRS", "ITRS", "ITRS", "TEME",
    ]  # fmt: skip
    assert [covariance_frame(n, "TEME") for n in ("RSW", "UVW", "TNW", "", "ITRF2000")] == [
        "RTN", "RTN", "TNW", "TEME", "ITRS",
    ]  # fmt: skip
    with pytest.raises(BadRecord, match="RSW_ROTATING"):
        covariance_frame("RSW_ROTATING", "TEME")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1998-067A", (None, "1998-067A")),
        ("1998067A", (None, "1998-067A")),
        ("25544", (25544, None)),
        ("0", (None, None)),
        ("", (None, None)),
        ("12345678901", (None, None)),
    ],
)
def test_an_object_id_is_read(text: str, expected: tuple[Any, Any]) -> None:
    assert designator(text) == expected


# 2017-01-01 00:00:00 UTC in each scale: TAI - UTC was 37 s then; TDB - TT -0.0000095 s
# (astropy 8.0.2, Time("2017-01-01").tdb, 2026-11-22).
@pytest.mark.parametrize(
    ("scale", "text"),
    [
        ("UTC", "2017-01-01T00:00:00"),
        ("TAI", "2017-01-01T00:00:37"),
        ("TT", "2017-001T00:01:09.184Z"),
        ("GPS", "2017-01-01T00:00:18"),
    ],
)
def test_every_time_system_gives_the_same_instant(scale: str, text: str) -> None:
    day, us = parse_epoch(text, "EPOCH", scale)
    assert to_tai(day, us, scale) == 57754 * 86_400_000_000 + 37_000_000


@pytest.mark.parametrize("scale", ["TDB", "TCB", "TCG", "UT1"])
def test_relativistic_and_rotational_scales_are_those_of_astropy(scale: str) -> None:
    from astropy.time import Time

    time = Time("2020-05-17T03:04:05.678901", scale="utc")
    text = getattr(time, scale.lower()).isot
    scaled = getattr(time, scale.lower())
    scaled.precision = 6
    text = scaled.isot
    expected = (time.tai.jd1 - 2400000.5 + time.tai.jd2) * 86400
    day, us = parse_epoch(text, "EPOCH", scale)
    five_microseconds = 5e-6
    found = int(to_tai(day, us, scale))
    assert abs((found - 58986 * 86_400_000_000) / 1e6 - (expected - 58986 * 86400)) < (
        five_microseconds
    )


def test_ut1_outside_the_table_is_told() -> None:
    with pytest.raises(BadRecord, match="UT1 outside"):
        to_tai(80_000, 0, "UT1")


def test_a_leap_second_is_an_instant_of_utc_alone() -> None:
    before, leap, after = (
        to_tai(*parse_epoch(text, "EPOCH", "UTC"), "UTC")
        for text in ("2016-12-31T23:59:59", "2016-12-31T23:59:60", "2017-01-01T00:00:00")
    )
    assert (leap - before, after - leap) == (1_000_000, 1_000_000)
    for text, scale in (("2016-12-31T23:59:60", "TAI"), ("2017-12-31T23:59:60", "UTC")):
        with pytest.raises(BadRecord, match="no such instant"):
            parse_epoch(text, "EPOCH", scale)


def test_the_name_of_an_itc_file_names_the_object(ephemerides: dict[str, Any]) -> None:
    text = ephemerides["itc"].data.decode()
    name = "/tmp/MEME_25544_ISS-1_3530129_Operational_1387262760_UNCLASSIFIED.txt.gz"
    (segment,), _ = read(text, name)
    assert (segment.norad_id, segment.object_name) == (25544, "ISS-1")
    (unnamed,), _ = read(text, "states.txt")
    assert unnamed.norad_id is None
    assert object_of_name("MEME_x_ISS_1_UNCLASSIFIED.txt") is None


def test_each_state_of_an_itc_file_has_its_covariance(
    ephemerides: dict[str, Any], covariance: tuple[str, ...]
) -> None:
    (segment,), rejected = read(ephemerides["itc"].data.decode())
    assert not rejected
    assert segment.covariances is not None
    assert segment.covariances.tolist() == [[float(w) for w in " ".join(covariance).split()]] * 3
    assert set(segment.covariance_frames) == {"RTN"}


def test_a_cut_covariance_of_an_itc_file_leaves_the_state(ephemerides: dict[str, Any]) -> None:
    sample = ephemerides["itc"]
    lines = sample.sets[1].splitlines(keepends=True)
    text = sample.before + sample.sets[0] + "".join(lines[:-1]) + sample.sets[2]
    (segment,), (rejected,) = read(text)
    assert len(segment) == 3
    assert "14 numbers; 21" in rejected.reason
    assert rejected.line == 9
    assert segment.covariance_frames == ("RTN", None, "RTN")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (" 0 0 0\nH9", "\nH9", "they are cut"),
        ("2 0 0 0\nH9", "1 0 0 0\nH9", "reference frame 1"),
        ("CPF  2", "CPF  3", "CPF version 3"),
        ("10 0 59597", "10 1 59597", "direction flag"),
        ("10 0 59597 43200.000000 0", "10 0 59597 43200.000000 1", "leap second flag '1'"),
        ("10 0 59597 43200.000000", "10 0 59597 86400.000000", "below 86400"),
        ("10 0 59597", "10 0 99597", "MJD 99597"),
    ],
)
def test_what_is_wrong_with_a_cpf_is_told(
    ephemerides: dict[str, Any], old: str, new: str, reason: str
) -> None:
    text = ephemerides["cpf"].data.decode()
    assert old in text
    found, rejected = read(text.replace(old, new))
    assert reason in rejected[0].reason
    assert sum(map(len, found)) == (2 if old.startswith("10") else 0)


def test_a_cpf_without_velocities_has_none(ephemerides: dict[str, Any]) -> None:
    lines = ephemerides["cpf"].data.decode().splitlines(keepends=True)
    (segment,), rejected = read("".join(line for line in lines if not line.startswith("20")))
    assert not rejected
    assert (segment.norad_id, segment.object_id) == (25544, "1998-067A")
    assert np.isfinite(segment.states[:, :3]).all()
    assert np.isnan(segment.states[:, 3:]).all()


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("path", "states", "covariances", "frame", "norad_id"),
    [
        ("cpf/galileo212_cpf_180613_6641.esa", 193, 0, "ITRS", 41860),
        ("cpf/lageos1_cpf_180613_16401.hts", 582, 0, "ITRS", 8820),
        ("itc/starlink_2025-10-10_satchecker_fixture.txt", 50, 50, "EME2000", None),
        ("oem/ISS_2022-01-17_OEM_resampled_truncated.txt", 25, 0, "EME2000", None),
        ("oem/bradsease_LEO_60s.oem", 61, 0, "GCRS", None),
    ],
)
def test_real_files_are_read_whole(
    test_data: Path, path: str, states: int, covariances: int, frame: str, norad_id: int | None
) -> None:
    (segment,), rejected = read((test_data / "orbits" / path).read_text())
    assert not rejected
    given = segment.covariances
    found = 0 if given is None else int(np.isfinite(given[:, 0]).sum())
    assert (len(segment), found, segment.frame, segment.norad_id) == (
        states, covariances, frame, norad_id,
    )  # fmt: skip


@pytest.mark.needs_data
def test_orbits_around_mars_are_none_of_ours(test_data: Path) -> None:
    for name in ("orekit_OEMExample1.txt", "orekit_OEMExample3.txt"):
        found, rejected = read((test_data / "orbits" / "oem" / name).read_text())
        assert not found
        assert ["MARS" in each.reason for each in rejected] == [True] * 3
