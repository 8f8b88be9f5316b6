"""Invariants of every orbit format, and how a file finds its own."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from satvo.ingest.orbits import formats as formats_module
from satvo.ingest.orbits.formats import formats, open_orbit_file, read_orbits, recognise
from satvo.ingest.orbits.records import Record, Rejected
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.errors import BadParameter, SatvoError, UnknownFormat
from satvo.schemas.gp import ElementSet

EPHEMERIDES = ("oem-kvn", "oem-xml", "cpf", "itc")
SATCAT_HEAD = (
    b"OBJECT_NAME,OBJECT_ID,NORAD_CAT_ID,OBJECT_TYPE,OPS_STATUS_CODE,OWNER,LAUNCH_DATE,LAUNCH_SITE,"
    b"DECAY_DATE,PERIOD,INCLINATION,APOGEE,PERIGEE,RCS,DATA_STATUS_CODE,ORBIT_CENTER,ORBIT_TYPE\r\n"
)


@dataclass(frozen=True)
class State:
    """One state of an ephemeris, which can be compared."""

    frame: str
    tai: int
    values: tuple[float, ...]


Piece = ElementSet | State


def told(records: Iterable[Record]) -> list[Any]:
    """The records of a file, segments of ephemerides state by state."""
    found: list[Any] = []
    for record in records:
        if isinstance(record, EphemerisSegment):
            for tai, values in zip(record.tai.tolist(), record.states.tolist(), strict=True):
                found.append(State(record.frame, tai, tuple(values)))
        else:
            found.append(record)
    return found


def read(data: bytes, format: str | None = None) -> list[Any]:
    return told(read_orbits(io.BytesIO(data), name="file", format=format))


def good(records: list[Any]) -> list[Any]:
    return [record for record in records if isinstance(record, Piece)]


def bare(es: Piece) -> Piece:
    """The set without what only one format or originator says."""
    if isinstance(es, State):
        return es
    return replace(
        es,
        object_name=None,
        originator=None,
        creation_date=None,
        tle_line1=None,
        tle_line2=None,
        object_type=None,
    )


def test_every_format_of_orbits_has_a_sample(samples: dict[str, Any]) -> None:
    assert {sample.format for sample in samples.values()} == set(formats()) - {
        "satcat-csv",
        "qsmag",
    }


def test_the_same_satellites_have_the_same_elements_in_every_format(
    sample: Any, samples: dict[str, Any]
) -> None:
    records = read(sample.data)
    assert not [record for record in records if isinstance(record, Rejected)]
    same = "oem-kvn" if sample.format in EPHEMERIDES else "3le"
    expected = [bare(es) for es in good(read(samples[same].data))]
    assert [bare(es) for es in good(records)] == expected
    assert len(expected) == 3


def test_only_one_format_claims_a_sample(sample: Any) -> None:
    for lead in (b"", b"\xef\xbb\xbf", b"\r\n\n"):
        claims = [name for name, f in formats().items() if f.matches(lead + sample.data)]
        if lead == b"\r\n\n" and sample.format.endswith("xml"):
            continue  # nothing may stand before an XML declaration (XML 1.0, section 2.8)
        assert claims == [sample.format]
        assert len(good(read(lead + sample.data))) == 3


def test_comments_before_the_first_set_are_no_hindrance(samples: dict[str, Any]) -> None:
    for name in ("tle", "3le", "csv", "kvn"):
        assert len(good(read(b"# from the archive\n\n" + samples[name].data))) == 3


def test_the_satellite_catalogue_is_claimed_by_its_format_alone() -> None:
    assert [name for name, f in formats().items() if f.matches(SATCAT_HEAD)] == ["satcat-csv"]


@pytest.mark.parametrize(
    "odd", ["[DTC] ONE", "{X}", "<X>", "CCSDS_OMM_VERS", "COMMENT", "EPOCH,MEAN_MOTION TEST", "1"]
)
def test_an_odd_first_name_does_not_mislead(
    odd: str, lines: tuple[tuple[str, str, str], ...]
) -> None:
    text = "".join(
        f"{name}\n{a}\n{b}\n" for name, (_, a, b) in zip([odd, "B", "C"], lines, strict=True)
    )
    assert recognise(text.encode()) is formats()["tle"]
    assert [es.object_name for es in good(read(text.encode()))] == [odd, "B", "C"]


def test_a_cut_file_gives_its_whole_sets_and_nothing_false(sample: Any) -> None:
    everything = good(read(sample.data))
    for cut in range(len(sample.data) + 1):
        whole = sample.whole_sets(cut)
        try:
            records = read(sample.data[:cut])
        except SatvoError:
            assert whole == 0, cut
            continue
        sets = good(records)
        assert sets == everything[: len(sets)], cut
        assert len(sets) >= whole, cut
        assert len(records) - len(sets) <= 1, cut
        if sample.format in EPHEMERIDES and whole < 3:
            assert len(records) > len(sets), cut


@pytest.mark.parametrize("byte", [b"X", b"\xff", b"\n", b'"', b"{", b"<", b"\0", b",", b""])
def test_damage_to_one_set_leaves_the_others_as_they_were(sample: Any, byte: bytes) -> None:
    first, _, last = good(read(sample.data))
    start = len(sample.before) + len(sample.sets[0])
    end = start + len(sample.sets[1])
    while sample.data[end - 1 : end] in (b"\n", b"\r"):
        end -= 1  # a lost line end belongs to both neighbours
    for place in range(start, end, 3):
        data = sample.data[:place] + byte + sample.data[place + 1 :]
        sets = good(read(data))
        assert sets[0] == first, place
        if sample.format.endswith("xml"):
            continue  # after ill-formed XML nothing may be read (XML 1.0, section 1.2)
        assert sets[-1] == last, place
        assert len(sets) in (2, 3), place


def test_a_false_byte_in_a_line_never_gives_a_false_element(samples: dict[str, Any]) -> None:
    sample = samples["tle"]
    everything = good(read(sample.data))
    for place in range(len(sample.data)):
        for byte in (b"X", b"0", b"\n", b" "):
            data = sample.data[:place] + byte + sample.data[place + 1 :]
            # The checksum takes 0, a blank and letters for the same.
            same = sample.data[place : place + 1] in (b"0", b" ", b".", b"U", b"B", b"E", b"A")
            for es in good(read(data, "tle")):
                assert same or es in everything, (place, byte)


@pytest.mark.parametrize("name", ["tle", "json", "csv", "xml", "kvn"])
def test_a_set_is_rejected_at_the_line_where_it_begins(name: str, samples: dict[str, Any]) -> None:
    sample = samples[name]
    spoilt = sample.sets[1].replace("58.0579", "258.058")
    if name == "tle":  # keep the checksum right: 258.0580 has digits of the same sum and one more
        spoilt = sample.sets[1].replace(" 58.0579", "258.0529")[:-2] + "1\n"
    text = sample.before + sample.sets[0] + spoilt + sample.sets[2] + sample.after
    records = read(text.encode())
    (rejected,) = [record for record in records if isinstance(record, Rejected)]
    assert rejected.line == 1 + (sample.before + sample.sets[0]).count("\n")
    assert "258.05" in rejected.reason
    assert "180" in rejected.reason
    assert len(records) == 3


def test_gzip_is_undone_whatever_the_format(sample: Any) -> None:
    assert read(gzip.compress(sample.data)) == read(sample.data)


def test_gzip_members_follow_one_another(samples: dict[str, Any]) -> None:
    data = b"".join(gzip.compress(text.encode()) for text in samples["tle"].sets)
    assert len(good(read(data + bytes(512)))) == 3


def test_a_cut_gzip_file_gives_what_came_before_and_one_reason(sample: Any) -> None:
    everything = good(read(sample.data))
    packed = gzip.compress(sample.data)
    for cut in range(0, len(packed), 7):
        try:
            records = read(packed[:cut])
        except BadParameter:  # too little to know the format or the columns
            continue
        sets = good(records)
        assert sets == everything[: len(sets)]
        assert isinstance(records[-1], Rejected)
        assert "gzip file is cut" in records[-1].reason


def test_a_corrupt_gzip_file_never_raises_anything_strange(sample: Any) -> None:
    packed = bytearray(gzip.compress(sample.data))
    for place in range(2, len(packed), 5):
        packed[place] ^= 0x55
        try:
            read(bytes(packed))
        except SatvoError:
            continue
        finally:
            packed[place] ^= 0x55


def test_a_gzip_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch, samples: dict[str, Any]) -> None:
    monkeypatch.setattr(formats_module, "_MOST_UNPACKED", 1_000_000)
    bomb = gzip.compress(samples["tle"].data + b"\n" * 5_000_000)
    records = read(bomb)
    assert len(good(records)) == 3
    assert isinstance(records[-1], Rejected)
    assert "more than 1000000 bytes" in records[-1].reason


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n \n",
        b"\x1f\x8b",
        gzip.compress(b"", mtime=0),
        b"no orbit\n",
        b"\x89PNG\r\n",
        b"<html/>",
    ],
)
def test_a_file_of_no_format_is_named_with_the_accepted_ones(data: bytes) -> None:
    with pytest.raises(UnknownFormat, match=r"file: .*omm-csv.*tle"):
        read_orbits(io.BytesIO(data), name="file")


def test_a_format_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownFormat, match=r"'oem'.*accepted are cpf, .*tle"):
        read_orbits(io.BytesIO(b"x"), name="file", format="oem")


@pytest.mark.parametrize("format", list(formats()))
def test_a_file_forced_on_any_format_raises_only_satvo_errors(format: str, sample: Any) -> None:
    try:
        sets = good(read(sample.data, format))
    except BadParameter:
        return
    assert len(sets) == (3 if format == sample.format else 0)


@pytest.mark.parametrize("format", list(formats()))
def test_bytes_of_every_kind_raise_only_satvo_errors(format: str) -> None:
    noise = bytes(range(256)) * 40 + b'{"' * 300 + b"[" * 300 + b"1 2 \n" * 30
    for data in (noise, noise[::-1], b"\n" + noise, b"x" * 3_000_000):
        try:
            assert good(read(data, format)) == []
        except BadParameter:
            continue


def test_an_opened_file_is_read_from_its_start(sample: Any) -> None:
    module, stream = open_orbit_file(io.BytesIO(sample.data), name="file")
    assert sample.format == module.NAME
    assert stream.read() == sample.data


def test_a_stream_that_gives_few_bytes_at_a_time_is_read(sample: Any) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 7, 7) if size != -1 else 7)

    assert told(read_orbits(Slow(sample.data), name="file")) == read(sample.data)
