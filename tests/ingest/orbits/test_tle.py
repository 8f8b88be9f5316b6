"""Two-line elements: columns, checksums, and the way back to the next set after damage."""

from __future__ import annotations

import io
import math
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from satvo.ingest.orbits.formats import read_orbits
from satvo.ingest.orbits.records import BadRecord, Record, Rejected
from satvo.ingest.orbits.tle import cospar_id, read, read_set, tle_epoch
from satvo.schemas.gp import ElementSet
from sgp4.api import Satrec

Lines = tuple[tuple[str, str, str], ...]

NANODEGREE = 1e-9  # deg
TEN_MICROSECONDS = 1e-5  # s; the other reader keeps the day fraction as a double


def records(text: str | bytes) -> list[Record]:
    return list(read(io.BytesIO(text.encode("latin-1") if isinstance(text, str) else text)))


def names(found: list[Record]) -> list[tuple[int, str | None]]:
    return [(es.norad_id, es.object_name) for es in found if isinstance(es, ElementSet)]


def reasons(found: list[Record]) -> list[tuple[int, str]]:
    return [(r.line, r.reason) for r in found if isinstance(r, Rejected)]


def signed(line: str) -> str:
    """The first 68 columns with their checksum."""
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


def three_le(lines: Lines) -> list[str]:
    return [text for name, a, b in lines for text in (f"0 {name}", a, b)]


def test_the_columns_become_exact_numbers(lines: Lines) -> None:
    es = read_set(*lines[0][1:], lines[0][0])
    assert es == ElementSet(
        norad_id=5,
        epoch=datetime(2000, 6, 27, 18, 50, 19, 733568),
        mean_motion=10.82419157,
        eccentricity=0.1859667,
        inclination=34.2682,
        ra_of_asc_node=348.7242,
        arg_of_pericenter=331.7664,
        mean_anomaly=19.3264,
        bstar=2.8098e-5,
        mean_motion_dot=2.3e-7,
        object_name="VANGUARD 1",
        object_id="1958-002B",
        ephemeris_type=0,
        classification_type="U",
        element_set_no=475,
        rev_at_epoch=41366,
        tle_line1=lines[0][1],
        tle_line2=lines[0][2],
    )


def test_line_ends_blank_lines_and_comments_do_not_matter(lines: Lines) -> None:
    plain = records("\n".join(three_le(lines)) + "\n")
    for text in (
        "\r\n".join(three_le(lines)),
        "\n\n".join(three_le(lines)),
        "\n# a comment\n".join(three_le(lines)),
        "   \t\n".join(three_le(lines)) + "   ",
    ):
        assert records(text) == plain


def test_names_are_kept_whatever_their_length(lines: Lines) -> None:
    _, a, b = lines[0]
    for name in ("TBA - TO BE ASSIGNED", "1 KUNS-PF", "2 BE OR NOT", "O" * 300, "0BJECT", "X"):
        assert names(records(f"{name}\n{a}\n{b}\n")) == [(5, name)]
        assert names(records(f"0 {name}\n{a}\n{b}\n")) == [(5, name)]
    assert names(records(f"0\n{a}\n{b}\n")) == [(5, None)]


def test_a_line_with_more_behind_a_blank_is_cut_at_69_columns(lines: Lines) -> None:
    _, a, b = lines[0]
    (es,) = records(f"{a}\n{b}     0.00      4320.0        360.00\n")
    assert isinstance(es, ElementSet)
    assert es.tle_line2 == b
    assert reasons(records(f"{a}\n{b}7 1.0\n"))[0][1] == "line 2 has 74 columns; 69 are accepted"


def test_a_missing_checksum_is_said(lines: Lines) -> None:
    _, a, b = lines[0]
    assert reasons(records(f"{a[:68]}\n{b}\n")) == [
        (1, "line 1 has 68 columns: the checksum in column 69 is missing")
    ]


def test_a_wrong_checksum_is_said_with_the_right_one(lines: Lines) -> None:
    _, a, b = lines[0]
    assert reasons(records(f"{a[:-1]}4\n{b}\n")) == [
        (1, "line 1 ends in checksum '4'; its columns give 3")
    ]


def test_the_numbers_of_both_lines_must_agree(lines: Lines) -> None:
    found = records(f"{lines[0][1]}\n{lines[1][2]}\n")
    assert reasons(found) == [
        (1, "catalogue number 00005 in line 1 and 06251 in line 2; they must agree")
    ]


def test_padded_and_zeroed_numbers_are_the_same_object(lines: Lines) -> None:
    _, a, b = lines[0]
    for form in ("    5", "00005"):
        assert names(records(f"{a[:2]}{form}{a[7:]}\n{b}\n")) == [(5, None)]


def test_an_alpha_5_number_is_decoded(lines: Lines) -> None:
    _, a, b = lines[0]
    text = f"{signed(a[:2] + 'T0001' + a[7:])}\n{signed(b[:2] + 'T0001' + b[7:])}\n"
    assert names(records(text)) == [(270001, None)]


@pytest.mark.parametrize("lost", range(9))
def test_a_lost_line_costs_its_own_set_alone(lines: Lines, lost: int) -> None:
    text = three_le(lines)
    del text[lost]
    found = records("\n".join(text) + "\n")
    whole: list[tuple[int, str | None]] = [(int(a[2:7]), name) for name, a, _ in lines]
    damaged = whole.pop(lost // 3)
    if lost % 3 == 0:  # only the name was lost
        whole.insert(lost // 3, (damaged[0], None))
        assert not reasons(found)
    else:
        assert [line for line, _ in reasons(found)] == [1 + 3 * (lost // 3)]
    assert names(found) == whole


@pytest.mark.parametrize("lost", range(6))
def test_a_lost_line_without_names_costs_its_own_set_alone(lines: Lines, lost: int) -> None:
    text = [line for _, a, b in lines for line in (a, b)]
    del text[lost]
    found = records("\n".join(text) + "\n")
    assert len(names(found)) == 2
    assert [line for line, _ in reasons(found)] == [1 + 2 * (lost // 2)]


@pytest.mark.parametrize("place", range(9))
@pytest.mark.parametrize(
    "stray",
    [
        "413667",
        "67 331.7664  19.3264 10.82419157413667",
        "X 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
        "2 00005  34.2682",
        "1 00005U 58002B   00179.78",
        "é" * 80,
        "x" * 10_000,
    ],
)
def test_a_stray_line_never_becomes_the_name_of_a_set(lines: Lines, place: int, stray: str) -> None:
    text = three_le(lines)
    text[place] = stray
    right = {(int(a[2:7]), name) for name, a, _ in lines}
    found = names(records("\n".join(text) + "\n"))
    at = place // 3
    others = [pair for i, pair in enumerate((int(a[2:7]), n) for n, a, _ in lines) if i != at]
    assert [pair for pair in found if pair in right] == others
    # Only where it stands in place of the very name may it pass for a name.
    assert set(found) - right <= {(int(lines[at][1][2:7]), n) for n in (None, stray)}
    assert set(found) <= right or place % 3 == 0


def test_a_piece_of_a_broken_line_is_no_name_where_sets_have_none(lines: Lines) -> None:
    text = [line for _, a, b in lines for line in (a, b)]
    text[3] = text[3][:60] + "\n" + text[3][60:]
    found = records("\n".join(text) + "\n")
    assert names(found) == [(5, None), (28057, None)]
    assert [line for line, _ in reasons(found)] == [3, 5]


def test_a_byte_that_is_not_ascii_rejects_its_set(lines: Lines) -> None:
    _, a, b = lines[0]
    assert "not ASCII in column 10" in reasons(records(f"{a}\n{b[:9]}é{b[10:]}\n"))[0][1]
    assert "printable ASCII" in reasons(records(f"0 CAFÉ\n{a}\n{b}\n"))[0][1]


def test_a_line_without_end_is_not_read_into_memory() -> None:
    class Endless(io.RawIOBase):
        left = 200_000_000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            count = min(len(buffer), self.left)
            self.left -= count
            buffer[:count] = b"1" * count
            return count

    (rejected,) = read(io.BufferedReader(Endless(), 65_536))
    assert isinstance(rejected, Rejected)
    assert len(rejected.reason) < 200


@pytest.mark.parametrize(
    ("line", "columns", "text", "word"),
    [
        (1, (18, 32), "01366.00000000", "2001 has no day 366"),
        (1, (18, 32), "01000.00000000", "2001 has no day 0"),
        (1, (18, 32), "57100.00000000", "1957-10-04"),
        (1, (62, 63), "6", "ephemeris_type=6"),
        (1, (53, 61), " 2809E-4", "columns"),
        (2, (8, 16), "180.0001", "inclination=180.0001"),
        (2, (8, 16), " -4.2682", "inclination=-4.2682"),
        (2, (17, 25), "360.0001", "ra_of_asc_node=360.0001"),
        (2, (17, 25), "34 .7242", "digits with blanks"),
        (2, (26, 33), "9859667", "perigee"),
        (2, (52, 63), "18.00000001", "mean_motion=18.00000001"),
        (2, (52, 63), " 0.00000000", "mean_motion=0.0"),
        (2, (2, 7), "00000", "must agree"),
    ],
)
def test_an_impossible_value_is_said(
    lines: Lines, line: int, columns: tuple[int, int], text: str, word: str
) -> None:
    pair = list(lines[0][1:])
    old = pair[line - 1]
    pair[line - 1] = signed(old[: columns[0]] + text + old[columns[1] :])
    with pytest.raises(BadRecord, match=word):
        read_set(*pair)


def test_ephemeris_type_4_is_another_theory(lines: Lines) -> None:
    _, a, b = lines[0]
    assert read_set(signed(a[:62] + "4" + a[63:]), b).mean_element_theory == "SGP4-XP"


def test_a_full_circle_is_zero(lines: Lines) -> None:
    _, a, b = lines[0]
    assert read_set(a, signed(b[:43] + "360.0000" + b[51:])).mean_anomaly == 0.0


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("98067A  ", "1998-067A"),
        ("57001A  ", "1957-001A"),
        ("56999ZZZ", "2056-999ZZZ"),
        ("00  1AB ", "2000-001AB"),
        ("        ", None),
        ("98067   ", None),
    ],
)
def test_the_designator_has_its_century(columns: str, expected: str | None) -> None:
    assert cospar_id(columns) == expected


def test_the_epoch_is_exact_at_the_last_digit_and_in_leap_years() -> None:
    assert tle_epoch("00", "366", "99999999") == datetime(2000, 12, 31, 23, 59, 59, 999136)
    assert tle_epoch("57", "  1", "00000001") == datetime(1957, 1, 1) + timedelta(microseconds=864)
    assert tle_epoch("56", "366", "00000000") == datetime(2056, 12, 31)


@given(
    number=st.one_of(st.integers(1, 99_999), st.integers(100_000, 339_999)),
    year=st.integers(57, 156),
    day=st.integers(1, 365),
    fraction=st.integers(0, 99_999_999),
    angles=st.tuples(*[st.integers(0, 3_599_999)] * 3),
    inclination=st.integers(0, 1_800_000),
    eccentricity=st.integers(0, 500_000),
    motion=st.integers(1_000_000, 1_500_000_000),
    drag=st.tuples(st.sampled_from(" -"), st.integers(10_000, 99_999), st.integers(0, 9)),
)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_elements_are_those_an_independent_reader_finds(
    number: int,
    year: int,
    day: int,
    fraction: int,
    angles: tuple[int, ...],
    inclination: int,
    eccentricity: int,
    motion: int,
    drag: tuple[str, int, int],
) -> None:
    letter = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    text = (
        f"{number:05}"
        if number < 100_000
        else f"{letter[number // 10_000 - 10]}{number % 10_000:04}"
    )
    if year == 57:
        day = max(day, 278)  # no epoch before 1957-10-04
    node, pericenter, anomaly = (f"{a / 10_000:8.4f}" for a in angles)
    line1 = signed(
        f"1 {text}U 98067A   {year % 100:02}{day:03}.{fraction:08}  .00001234  00000-0 "
        f"{drag[0]}{drag[1]:05}-{drag[2]} 0  999"
    )
    line2 = signed(
        f"2 {text} {inclination / 10_000:8.4f} {node} {eccentricity:07} {pericenter} {anomaly} "
        f"{motion / 1e8:11.8f}12345"
    )
    es = read_set(line1, line2)
    other = Satrec.twoline2rv(line1, line2)
    assert es.norad_id == other.satnum == number
    assert es.eccentricity == pytest.approx(other.ecco, abs=1e-12)
    assert es.bstar == pytest.approx(other.bstar, rel=1e-12)
    assert es.mean_motion == pytest.approx(other.no_kozai * 720.0 / math.pi, rel=1e-12)
    for mine, radians in (
        (es.inclination, other.inclo),
        (es.ra_of_asc_node, other.nodeo),
        (es.arg_of_pericenter, other.argpo),
        (es.mean_anomaly, other.mo),
    ):
        assert mine == pytest.approx(math.degrees(radians), abs=NANODEGREE)
    whole = datetime(1858, 11, 17) + timedelta(days=other.jdsatepoch - 2400000.5)
    epoch = whole + timedelta(days=other.jdsatepochF)
    assert abs((es.epoch - epoch).total_seconds()) < TEN_MICROSECONDS


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("path", "sets", "left_out"),
    [
        ("orbits/3le_2022-07-15.txt.gz", 24_132, 0),
        ("orbits/3le_2019-04.txt.gz", 17_892, 0),
        ("orbits/tle_multi/celestrak_groups_2026-05-26.tle.gz", 11_915, 0),
        ("orbits/boley2021/starlink.15JUL2021", 1_666, 0),
        # The three left out are inventions that test error codes; their checksums are wrong.
        ("orbits/sgp4ver/SGP4-VER.TLE", 30, 3),
    ],
)
def test_real_files_are_read_whole(test_data: Path, path: str, sets: int, left_out: int) -> None:
    if not (test_data / path).is_file():
        pytest.skip(f"no {path} among the real data")
    with (test_data / path).open("rb") as stream:
        kinds = Counter(type(record) for record in read_orbits(stream, name=path))
    assert kinds[ElementSet] == sets
    assert kinds[Rejected] == left_out
