"""Orbit mean-elements messages in JSON, CSV, XML and KVN."""

from __future__ import annotations

import io
import json
import math
import tracemalloc
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from satvo.ingest.orbits import omm_csv, omm_json, omm_kvn, omm_xml
from satvo.ingest.orbits.formats import read_orbits
from satvo.ingest.orbits.omm import from_omm, without_unit
from satvo.ingest.orbits.records import BadRecord, OrbitFormat, Record, Rejected
from satvo.schemas.errors import BadParameter
from satvo.schemas.gp import ElementSet
from sgp4 import omm as sgp4_omm
from sgp4.api import Satrec

Fields = Mapping[str, str]

NANODEGREE = 1e-9  # deg


def records(module: OrbitFormat, text: str | bytes) -> list[Record]:
    return list(module.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def only(module: OrbitFormat, text: str | bytes) -> Record:
    (record,) = records(module, text)
    return record


def reason(module: OrbitFormat, text: str | bytes) -> str:
    record = only(module, text)
    assert isinstance(record, Rejected)
    return record.reason


def test_missing_metadata_is_what_celestrak_means(omm: tuple[Fields, ...]) -> None:
    es = from_omm(omm[0])
    assert (es.center_name, es.ref_frame, es.time_system) == ("EARTH", "TEME", "UTC")
    assert (es.mean_element_theory, es.originator, es.creation_date) == ("SGP4", None, None)


def test_space_track_adds_its_origin_its_type_and_its_lines(samples: dict[str, Any]) -> None:
    es = records(omm_json, samples["json-space-track"].data)[0]
    assert isinstance(es, ElementSet)
    assert es.originator == "18 SPCS"
    assert es.creation_date == datetime(2006, 6, 27, 6, 16, 14)
    assert es.object_type == "PAYLOAD"
    assert es.decay_date is None
    assert es.tle_line1 is not None
    assert es.tle_line1.startswith("1 00005U")


@pytest.mark.parametrize("spoil", [lambda a: a[:-1] + "9", lambda a: a[:60], lambda a: "", None])
def test_lines_that_do_not_fit_the_message_are_left_out(
    spoil: Callable[[str], str] | None,
    omm: tuple[Fields, ...],
    lines: tuple[tuple[str, str, str], ...],
) -> None:
    _, a, b = lines[1 if spoil is None else 0]
    both = {"TLE_LINE1": a if spoil is None else spoil(a), "TLE_LINE2": b}
    es = from_omm({**omm[0], **both})
    assert (es.tle_line1, es.tle_line2) == (None, None)
    assert es == from_omm(omm[0])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"EPOCH": ""}, "lacks EPOCH"),
        ({"BSTAR": None}, "lacks BSTAR"),
        ({"EPOCH": "2000-06-27"}, "EPOCH="),
        ({"MEAN_MOTION": "fast"}, "MEAN_MOTION="),
        ({"MEAN_MOTION": True}, "bool"),
        ({"INCLINATION": ["1"]}, "list"),
        ({"INCLINATION": "1e999"}, "inclination=inf"),
        ({"ELEMENT_SET_NO": "9.5"}, "whole number"),
        ({"REV_AT_EPOCH": "9" * 5000}, "whole number"),
        ({"NORAD_CAT_ID": "0"}, "norad_id=0"),
        ({"NORAD_CAT_ID": "1234567890"}, "up to nine digits"),
        ({"REF_FRAME": "GCRF"}, "TEME"),
        ({"TIME_SYSTEM": "TAI"}, "UTC"),
        ({"CENTER_NAME": "MARS"}, "EARTH"),
        ({"MEAN_ELEMENT_THEORY": "DSST"}, "SGP/SGP4"),
        ({"OBJECT_NAME": "CAFÉ"}, "ASCII"),
        ({"CREATION_DATE": "yesterday"}, "CREATION_DATE="),
    ],
)
def test_a_value_that_is_not_accepted_is_named(
    change: dict[str, Any], word: str, omm: tuple[Fields, ...]
) -> None:
    with pytest.raises(BadRecord, match=word):
        from_omm({**omm[0], **change})


@pytest.mark.parametrize(
    ("change", "attribute", "expected"),
    [
        ({"NORAD_CAT_ID": "T0001"}, "norad_id", 270_001),
        ({"NORAD_CAT_ID": 270_001}, "norad_id", 270_001),
        ({"OBJECT_ID": "UNKNOWN"}, "object_id", None),
        ({"OBJECT_NAME": "TBA - TO BE ASSIGNED"}, "object_name", "TBA - TO BE ASSIGNED"),
        ({"CENTER_NAME": "Earth"}, "center_name", "EARTH"),
        ({"MEAN_ELEMENT_THEORY": "SGP/SGP4"}, "mean_element_theory", "SGP4"),
        ({"EPHEMERIS_TYPE": "4"}, "mean_element_theory", "SGP4-XP"),
        ({"EPHEMERIS_TYPE": "4", "BSTAR": None, "BTERM": ".02"}, "bstar", 0.02),
        ({"MEAN_MOTION_DDOT": "", "AGOM": ".01"}, "mean_motion_ddot", 0.01),
        (
            {"EPOCH": "2000-179T18:50:19.733568Z"},
            "epoch",
            datetime(2000, 6, 27, 18, 50, 19, 733568),
        ),
        ({"MEAN_ANOMALY": "360.0"}, "mean_anomaly", 0.0),
        ({"DECAY_DATE": "2001-02-03"}, "decay_date", datetime(2001, 2, 3)),
    ],
)
def test_other_spellings_are_understood(
    change: dict[str, Any], attribute: str, expected: object, omm: tuple[Fields, ...]
) -> None:
    assert getattr(from_omm({**omm[0], **change}), attribute) == expected


def test_units_are_checked_and_names_in_brackets_are_kept() -> None:
    assert without_unit("MEAN_MOTION", "15.5 [REV/DAY]") == "15.5"
    assert without_unit("OBJECT_NAME", "STARLINK-11072 [DTC]") == "STARLINK-11072 [DTC]"
    with pytest.raises(BadRecord, match="'rad': deg"):
        without_unit("INCLINATION", "1.1 [rad]")
    with pytest.raises(BadRecord, match="'rad': deg"):
        without_unit("INCLINATION", "1.1", "rad")


def test_a_json_number_is_rounded_once(omm: tuple[Fields, ...]) -> None:
    text = json.dumps([omm[0]]).replace('".28098E-4"', "0.0000280979999999999999999999")
    es = only(omm_json, text)
    assert isinstance(es, ElementSet)
    assert es.bstar == 2.8098e-5


def test_one_json_object_is_a_file(omm: tuple[Fields, ...]) -> None:
    assert only(omm_json, json.dumps(omm[0], indent=2)) == from_omm(omm[0])


def test_an_empty_json_array_holds_nothing() -> None:
    assert omm_json.matches(b" [ ] ")
    assert records(omm_json, "[]") == []


@pytest.mark.parametrize(
    "bad", ["NaN", "Infinity", "-Infinity", "null", "[1]", "{}", "true", "1e999"]
)
def test_a_json_value_that_is_no_number_rejects_its_object(
    bad: str, omm: tuple[Fields, ...]
) -> None:
    spoilt = json.dumps(omm[0]).replace('"34.2682"', bad)
    first, second = records(omm_json, f"[{spoilt},\n{json.dumps(omm[1])}]")
    assert isinstance(first, Rejected)
    assert second == from_omm(omm[1])


def test_two_json_objects_run_into_one_are_not_mixed(omm: tuple[Fields, ...]) -> None:
    text = json.dumps(list(omm)).replace("}, {", ", ", 1)
    first, second = records(omm_json, text)
    assert isinstance(first, Rejected)
    assert "comes twice" in first.reason
    assert second == from_omm(omm[2])


def test_a_json_object_without_end_is_given_up(omm: tuple[Fields, ...]) -> None:
    huge = '{"OBJECT_NAME": "' + "x" * 3_000_000
    first, *rest = records(omm_json, f'[{json.dumps(omm[0])}, {huge}"}}, {json.dumps(omm[1])}]')
    assert first == from_omm(omm[0])
    assert isinstance(rest[0], Rejected)
    assert "over 1000000 characters" in rest[0].reason
    assert rest[1:] == [from_omm(omm[1])]


def test_deeply_nested_json_ends_the_file_in_one_rejection(omm: tuple[Fields, ...]) -> None:
    first, last = records(omm_json, f"[{json.dumps(omm[0])}," + '{"a":[' * 100_000)
    assert first == from_omm(omm[0])
    assert isinstance(last, Rejected)
    assert "nested" in last.reason


def test_bytes_that_are_not_utf_8_reject_their_own_json_object(omm: tuple[Fields, ...]) -> None:
    data = json.dumps(list(omm)).encode().replace(b"DELTA", b"D\xe9LTA")
    kinds = [type(record) for record in records(omm_json, data)]
    assert kinds == [ElementSet, Rejected, ElementSet]


def test_a_long_json_file_takes_little_memory(omm: tuple[Fields, ...]) -> None:
    data = io.BytesIO(b"[" + b",\n".join([json.dumps(omm[0]).encode()] * 4000) + b"]")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        count = sum(isinstance(record, ElementSet) for record in omm_json.read(data))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 4000
    assert peak - before < 1_000_000


def test_csv_columns_may_stand_in_any_order_with_others_between(omm: tuple[Fields, ...]) -> None:
    names = [*reversed(list(omm[0])), "RCS_SIZE"]
    rows = [",".join(f'"{fields.get(name, "SMALL")}"' for name in names) for fields in omm]
    text = "\n".join([",".join(f'"{name}"' for name in names), *rows])
    assert records(omm_csv, text) == [from_omm(fields) for fields in omm]


def test_a_csv_file_without_a_needed_column_is_refused(samples: dict[str, Any]) -> None:
    data = samples["csv"].data.replace(b"BSTAR", b"B_STAR")
    with pytest.raises(BadParameter, match=r"file: omm-csv: the header lacks BSTAR; needed are"):
        list(read_orbits(io.BytesIO(data), name="file"))


def test_a_csv_column_that_comes_twice_is_refused(samples: dict[str, Any]) -> None:
    data = samples["csv"].data.replace(b"REV_AT_EPOCH", b"EPOCH")
    with pytest.raises(BadParameter, match="EPOCH twice"):
        records(omm_csv, data)


def test_a_lost_csv_quotation_mark_costs_one_row(samples: dict[str, Any]) -> None:
    data = samples["csv"].data.replace(b"DELTA", b'"DELTA')
    kinds = [type(record) for record in records(omm_csv, data)]
    assert kinds == [ElementSet, Rejected, ElementSet]


def test_a_csv_file_that_ends_without_line_end_may_be_cut(samples: dict[str, Any]) -> None:
    last = records(omm_csv, samples["csv"].data.rstrip())[-1]
    assert isinstance(last, Rejected)
    assert last.line == 4
    assert "line end" in last.reason


def test_xml_namespaces_and_a_single_message_are_understood(
    omm: tuple[Fields, ...], to_xml: Callable[[Fields], str]
) -> None:
    text = to_xml(omm[0])
    assert only(omm_xml, text) == from_omm(omm[0])
    default = text.replace("<omm ", '<omm xmlns="urn:ccsds:schema:ndmxml" ')
    assert only(omm_xml, default) == from_omm(omm[0])
    prefixed = text.replace("<omm ", '<n:omm xmlns:n="urn:ccsds:schema:ndmxml" ')
    prefixed = prefixed.replace("</omm>", "</n:omm>")
    assert omm_xml.matches(prefixed.encode())
    assert only(omm_xml, prefixed) == from_omm(omm[0])


def test_xml_user_defined_parameters_are_read(
    omm: tuple[Fields, ...],
    to_xml: Callable[[Fields], str],
    lines: tuple[tuple[str, str, str], ...],
) -> None:
    _, a, b = lines[0]
    added = (
        "<userDefinedParameters><COMMENT>x</COMMENT><COMMENT>y</COMMENT>"
        '<USER_DEFINED parameter="OBJECT_TYPE">DEBRIS</USER_DEFINED>'
        f'<USER_DEFINED parameter="TLE_LINE1">{a}</USER_DEFINED>'
        f'<USER_DEFINED parameter="TLE_LINE2">{b}</USER_DEFINED></userDefinedParameters></data>'
    )
    es = only(omm_xml, to_xml(omm[0]).replace("</data>", added))
    assert isinstance(es, ElementSet)
    assert (es.object_type, es.tle_line1, es.tle_line2) == ("DEBRIS", a, b)


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE omm>",
        '<!DOCTYPE omm SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE omm [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE omm [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]>',
    ],
)
def test_an_xml_document_type_is_refused(
    declaration: str, omm: tuple[Fields, ...], to_xml: Callable[[Fields], str]
) -> None:
    assert "DOCTYPE" in reason(omm_xml, f'<?xml version="1.0"?>{declaration}{to_xml(omm[0])}')


def test_an_undefined_xml_entity_is_not_resolved(
    omm: tuple[Fields, ...], to_xml: Callable[[Fields], str]
) -> None:
    assert "not well-formed" in reason(omm_xml, to_xml(omm[0]).replace("VANGUARD", "&e;"))


def test_a_repeated_xml_element_is_refused(
    omm: tuple[Fields, ...], to_xml: Callable[[Fields], str]
) -> None:
    twice = to_xml(omm[0]).replace("<BSTAR>", "<BSTAR>0</BSTAR><BSTAR>")
    assert "BSTAR comes twice" in reason(omm_xml, twice)


def test_an_xml_unit_is_checked(omm: tuple[Fields, ...], to_xml: Callable[[Fields], str]) -> None:
    text = to_xml(omm[0])
    assert isinstance(
        only(omm_xml, text.replace("<INCLINATION>", '<INCLINATION units="deg">')), ElementSet
    )
    assert "'rad'" in reason(omm_xml, text.replace("<INCLINATION>", '<INCLINATION units="rad">'))


def test_an_xml_message_of_endless_elements_is_stopped(
    omm: tuple[Fields, ...], to_xml: Callable[[Fields], str]
) -> None:
    text = to_xml(omm[0]).replace("</data>", "<X>1</X>" * 10_001)
    assert "10000 elements" in reason(omm_xml, text)


def test_kvn_blanks_comments_units_and_user_parameters_are_understood(
    omm: tuple[Fields, ...], to_kvn: Callable[[Fields], str]
) -> None:
    text = to_kvn(omm[0]).replace(" = ", "\t=   ").replace("\n", "  \r\n")
    text += "COMMENT = no keyword\r\nUSER_DEFINED_OBJECT_TYPE = ROCKET BODY\r\n\r\n"
    es = only(omm_kvn, text)
    assert isinstance(es, ElementSet)
    assert es.object_type == "ROCKET BODY"
    assert es.bstar == 2.8098e-5


def test_a_kvn_message_that_may_be_cut_is_refused(
    omm: tuple[Fields, ...], to_kvn: Callable[[Fields], str]
) -> None:
    text = to_kvn(omm[0])
    assert "lacks MEAN_MOTION_DDOT" in reason(omm_kvn, text[: text.index("MEAN_MOTION_DDOT")])
    assert "line end" in reason(omm_kvn, text[:-1])


def test_a_lost_kvn_first_line_costs_its_own_message_alone(
    omm: tuple[Fields, ...], to_kvn: Callable[[Fields], str]
) -> None:
    whole = [to_kvn(fields) for fields in omm]
    headless = whole[1].partition("\n")[2]
    first, second, third = records(omm_kvn, whole[0] + headless + whole[2])
    assert (first, third) == (from_omm(omm[0]), from_omm(omm[2]))
    assert isinstance(second, Rejected)
    assert "CCSDS_OMM_VERS" in second.reason


def test_a_kvn_keyword_that_comes_twice_is_refused(
    omm: tuple[Fields, ...], to_kvn: Callable[[Fields], str]
) -> None:
    text = to_kvn(omm[0]).replace("BSTAR", "INCLINATION = 1\nBSTAR")
    assert "INCLINATION again" in reason(omm_kvn, text)


def test_the_elements_are_those_an_independent_reader_finds(samples: dict[str, Any]) -> None:
    fields = next(sgp4_omm.parse_xml(io.BytesIO(samples["xml"].data)))
    other = Satrec()
    sgp4_omm.initialize(other, fields)
    es = records(omm_xml, samples["xml"].data)[0]
    assert isinstance(es, ElementSet)
    assert es.norad_id == other.satnum
    assert es.inclination == pytest.approx(math.degrees(other.inclo), abs=NANODEGREE)
    assert es.mean_anomaly == pytest.approx(math.degrees(other.mo), abs=NANODEGREE)
    assert es.bstar == other.bstar


@pytest.mark.needs_data
@pytest.mark.parametrize("norad_id", [37_867, 40_001])
def test_a_real_object_is_the_same_in_kvn_and_xml(test_data: Path, norad_id: int) -> None:
    folder = test_data / "orbits" / "omm"
    if not folder.is_dir():
        pytest.skip("no orbits/omm among the real data")
    pair = []
    for suffix in ("omm", "xml"):
        with (folder / f"{norad_id}.{suffix}").open("rb") as stream:
            pair += list(read_orbits(stream, name=suffix))
    assert len(pair) == 2
    assert pair[0] == pair[1]
    assert isinstance(pair[0], ElementSet)
    assert pair[0].norad_id == norad_id
    assert pair[0].originator is None
