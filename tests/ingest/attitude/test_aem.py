"""Attitude Ephemeris Messages: what they mean, and what is said of broken ones."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from satvo.ingest.attitude import aem
from satvo.ingest.attitude.aem import AttitudeFile, read_aem
from satvo.ingest.attitude.rotations import euler_quaternion
from satvo.schemas.errors import BadParameter, LimitExceeded

ONE_MICROSECOND_D = 1e-6 / 86400
META = {
    "OBJECT_NAME": "STARLINK-1008",
    "OBJECT_ID": "2019-074B",
    "CENTER_NAME": "EARTH",
    "REF_FRAME_A": "EME2000",
    "REF_FRAME_B": "SC_BODY_1",
    "TIME_SYSTEM": "UTC",
    "START_TIME": "2026-01-01T00:00:00",
    "STOP_TIME": "2026-01-01T00:02:00",
    "ATTITUDE_TYPE": "QUATERNION",
}
ROWS = (
    "2026-01-01T00:00:00.000 0.0 0.0 0.0 1.0",
    "2026-01-01T00:01:00.000 0.0 0.0 0.6 0.8",
    "2026-001T00:02:00.000Z 0.0 0.0 1.0 0.0",
)


def message(
    *, version: str = "2.0", rows: tuple[str, ...] = ROWS, end: str = "\n", **changed: str | None
) -> bytes:
    """An AEM of one segment with keywords changed, or left out where None."""
    keywords = {**META, **changed}
    lines = [f"CCSDS_AEM_VERS = {version}", "CREATION_DATE = 2026-01-01T00:00:00",
             "ORIGINATOR = TEST", "META_START", "COMMENT one",
             *(f"{k} = {v}" for k, v in keywords.items() if v is not None),
             "META_STOP", "DATA_START", "COMMENT two", *rows, "DATA_STOP"]  # fmt: skip
    return ("\n".join(lines) + end).encode()


def read(text: bytes) -> AttitudeFile:
    """The message read."""
    return read_aem(io.BytesIO(text))


def test_a_good_message_is_read_whole() -> None:
    found = read(message())
    (segment,) = found.segments
    assert found.rejected == ()
    assert (segment.object_name, segment.object_id) == ("STARLINK-1008", "2019-074B")
    assert segment.frame == "inertial"
    np.testing.assert_allclose(
        segment.mjd_utc, 61041 + np.array([0, 60, 120]) / 86400, atol=ONE_MICROSECOND_D
    )
    np.testing.assert_allclose(segment.quaternion[1], [0, 0, 0.6, 0.8])
    assert segment.start_mjd_utc == 61041.0


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing() -> None:
    plain, other = read(message()), read(b"\xef\xbb\xbf" + message().replace(b"\n", b"\r\n"))
    assert other.rejected == ()
    np.testing.assert_array_equal(other.segments[0].quaternion, plain.segments[0].quaternion)


def test_version_1_has_the_scalar_where_it_says_and_may_go_the_other_way() -> None:
    rows = ("2026-01-01T00:00:00 0.8 0.0 0.0 0.6",)
    first = read(message(version="1.0", rows=rows, QUATERNION_TYPE="FIRST", ATTITUDE_DIR="A2B"))
    np.testing.assert_allclose(first.segments[0].quaternion, [[0, 0, 0.6, 0.8]])
    back = read(message(version="1.0", rows=rows, QUATERNION_TYPE="FIRST", ATTITUDE_DIR="B2A"))
    np.testing.assert_allclose(back.segments[0].quaternion, [[0, 0, -0.6, 0.8]])
    swapped = read(message(REF_FRAME_A="SC_BODY_1", REF_FRAME_B="GCRF"))
    np.testing.assert_allclose(swapped.segments[0].quaternion[1], [0, 0, -0.6, 0.8])


def test_rates_beside_the_quaternion_are_read_over() -> None:
    rows = ("2026-01-01T00:00:00 0 0 0.6 0.8 0.1 0.2 0.3",)
    found = read(message(rows=rows, ATTITUDE_TYPE="QUATERNION/ANGVEL"))
    np.testing.assert_allclose(found.segments[0].quaternion, [[0, 0, 0.6, 0.8]])


def test_usable_times_narrow_the_interval() -> None:
    found = read(message(USEABLE_START_TIME="2026-01-01T00:00:30"))
    assert found.segments[0].start_mjd_utc == pytest.approx(61041 + 30 / 86400, abs=1e-11)


@pytest.mark.parametrize(("system", "ahead_s"), [("TAI", 37.0), ("GPS", 18.0), ("TT", 69.184)])
def test_other_time_systems_become_utc(system: str, ahead_s: float) -> None:
    found = read(message(TIME_SYSTEM=system))
    assert found.segments[0].mjd_utc[0] == pytest.approx(
        61041 - ahead_s / 86400, abs=10 * ONE_MICROSECOND_D
    )


def axis_matrix(axis: int, angle: float) -> np.ndarray:
    """The turn of a frame about one of its axes, written out."""
    c, s = math.cos(angle), math.sin(angle)
    return {
        1: np.array([[1, 0, 0], [0, c, s], [0, -s, c]]),
        2: np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]),
        3: np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]),
    }[axis]


@pytest.mark.parametrize("sequence", ["321", "313", "123", "212"])
def test_euler_angles_are_turns_one_after_the_other(sequence: str) -> None:
    from satvo.resources.brightness.attitude_track import matrix

    angles = np.array([[0.3, -1.1, 2.5]])
    first, second, third = (
        axis_matrix(int(a), t) for a, t in zip(sequence, angles[0], strict=True)
    )
    np.testing.assert_allclose(
        matrix(euler_quaternion(sequence, angles))[0], third @ second @ first, atol=1e-12
    )


def test_euler_angles_of_a_file() -> None:
    rows = ("2026-01-01T00:00:00 90 0 0",)
    found = read(message(rows=rows, ATTITUDE_TYPE="EULER_ANGLE", EULER_ROT_SEQ="ZYX"))
    np.testing.assert_allclose(found.segments[0].quaternion, [[0, 0, 0.5**0.5, 0.5**0.5]])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ATTITUDE_TYPE": None}, "lack ATTITUDE_TYPE"),
        ({"ATTITUDE_TYPE": "SPIN"}, "QUATERNION"),
        ({"ATTITUDE_TYPE": "EULER_ANGLE"}, "EULER_ROT_SEQ"),
        ({"ATTITUDE_TYPE": "EULER_ANGLE", "EULER_ROT_SEQ": "ZZX"}, "EULER_ROT_SEQ"),
        ({"TIME_SYSTEM": "SCLK"}, "TIME_SYSTEM"),
        ({"ATTITUDE_DIR": "UP"}, "A2B"),
        ({"CENTER_NAME": "MARS"}, "EARTH"),
        ({"REF_FRAME_A": "ITRF2000"}, "GCRF"),
        ({"REF_FRAME_A": "SC_BODY_2"}, "SC_BODY_n"),
        ({"REF_FRAME_B": "GCRF"}, "SC_BODY_n"),
        ({"START_TIME": "yesterday"}, "time"),
        ({"START_TIME": "2026-01-02T00:00:00"}, "end after the start"),
    ],
)
def test_a_segment_that_cannot_be_used_is_told(changed: dict[str, str | None], said: str) -> None:
    found = read(message(**changed))
    assert found.segments == ()
    assert len(found.rejected) == 1
    assert said in found.rejected[0].reason
    assert found.rejected[0].line == 4


def test_version_1_without_its_order_or_with_euler_angles_is_refused() -> None:
    assert "FIRST or LAST" in read(message(version="1.0")).rejected[0].reason
    euler = message(version="1.0", ATTITUDE_TYPE="EULER_ANGLE", EULER_ROT_SEQ="321")
    assert "version 2.0 is accepted" in read(euler).rejected[0].reason


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2026-01-01T00:00:30 0 0 0", "4 numbers"),
        ("2026-01-01T00:00:30 0 0 0 2", "length 1"),
        ("2026-01-01T00:00:30 0 0 nan 1", "decimal number"),
        ("2026-13-01T00:00:30 0 0 0 1", "instant"),
        ("2025-01-01T00:00:30 0 0 0 1", "order of time"),
        ("x" * 5000, "too long"),
    ],
)
def test_a_bad_row_is_told_and_the_others_stay(row: str, said: str) -> None:
    found = read(message(rows=(ROWS[0], row, *ROWS[1:])))
    assert len(found.segments[0].mjd_utc) == 3
    assert [said in r.reason and r.line == 19 for r in found.rejected] == [True]


def test_a_cut_file_says_so_and_keeps_its_rows() -> None:
    whole = message()
    found = read(whole[: whole.rindex(b"DATA_STOP")])
    assert len(found.segments[0].mjd_utc) == 3
    assert "may be cut" in found.rejected[0].reason
    torn = read(whole[: whole.rindex(b"1.0 0.0")])
    assert len(torn.segments[0].mjd_utc) == 2
    assert len(torn.rejected) == 2


def test_segments_follow_one_another() -> None:
    second = message(OBJECT_NAME="OTHER").split(b"META_START", 1)[1]
    found = read(message() + b"META_START" + second)
    assert [s.object_name for s in found.segments] == ["STARLINK-1008", "OTHER"]


@pytest.mark.parametrize("text", [b"", b"CCSDS_OEM_VERS = 2.0\n", b"CCSDS_AEM_VERS = 7\n", b"\x00"])
def test_another_file_is_refused(text: bytes) -> None:
    with pytest.raises(BadParameter, match="CCSDS_AEM_VERS"):
        read(text)


def test_rows_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aem, "MOST_ROWS", 2)
    with pytest.raises(LimitExceeded, match="2 rows"):
        read(message())


@given(st.data())
def test_ruined_messages_never_break_the_reader(data: st.DataObject) -> None:
    whole = message()
    at = data.draw(st.integers(0, len(whole)))
    upto = data.draw(st.integers(at, min(len(whole), at + 60)))
    ruined = whole[:at] + data.draw(st.binary(max_size=20)) + whole[upto:]
    try:
        found = read(ruined)
    except (BadParameter, LimitExceeded):
        return
    for segment in found.segments:
        assert np.isfinite(segment.quaternion).all()
        np.testing.assert_allclose(np.linalg.norm(segment.quaternion, axis=1), 1.0)
        assert np.all(np.diff(segment.mjd_utc) > 0)
