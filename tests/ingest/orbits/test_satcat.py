"""The satellite catalogues of CelesTrak and Space-Track."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime

import pytest
from satvo.ingest.orbits import satcat_csv
from satvo.ingest.orbits.formats import read_orbits
from satvo.ingest.orbits.records import Record, Rejected
from satvo.schemas.errors import BadParameter
from satvo.schemas.satellite import CatalogueEntry

CELESTRAK = """\
OBJECT_NAME,OBJECT_ID,NORAD_CAT_ID,OBJECT_TYPE,OPS_STATUS_CODE,OWNER,LAUNCH_DATE,LAUNCH_SITE,\
DECAY_DATE,PERIOD,INCLINATION,APOGEE,PERIGEE,RCS,DATA_STATUS_CODE,ORBIT_CENTER,ORBIT_TYPE
SL-1 R/B,1957-001A,1,R/B,D,CIS,1957-10-04,TYMSC,1957-12-01,96.19,65.10,938,214,20.4200,,EA,IMP
VANGUARD 1,1958-002B,5,PAY,,US,1958-03-17,AFETR,,132.55,34.25,3822,649,0.1220,,EA,ORB
LUNA 1,1959-012A,112,PAY,,CIS,1959-01-02,TYMSC,,450.00,9.00,1.3,0.98,,NEA,SS,ORB
COSMOS 2251 DEB,1993-036A,270001,DEB,?,CIS,1993-06-16,PKMTR,,100.7,74.03,799,765,,,EA,ORB
PIRS,2001-041A,26928,PAY,D,CIS,2001-09-14,TYMSC,,91.6,51.64,390,385,,,25544,DOC
TBA - TO BE ASSIGNED,,T0002,UNK,,TBD,,,,,,,,,NIE,EA,ORB
"""
SPACE_TRACK = '''\
"INTLDES","NORAD_CAT_ID","OBJECT_TYPE","SATNAME","COUNTRY","LAUNCH","SITE","DECAY","PERIOD",\
"INCLINATION","APOGEE","PERIGEE","COMMENT","COMMENTCODE","RCSVALUE","RCS_SIZE","FILE",\
"LAUNCH_YEAR","LAUNCH_NUM","LAUNCH_PIECE","CURRENT","OBJECT_NAME","OBJECT_ID","OBJECT_NUMBER"
"1958-002B","5","PAYLOAD","VANGUARD 1","US","1958-03-17","AFETR","","132.55","34.25","3822","649",\
"","","0","MEDIUM","1","1958","2","B","Y","VANGUARD 1","1958-002B","5"
"1957-001A","1","ROCKET BODY","SL-1 R/B","CIS","1957-10-04","TTMTR","1957-12-01","96.19","65.1",\
"938","214","","","0","LARGE","1","1957","1","A","N","SL-1 R/B","1957-001A","1"
"2020-001X","45999","TBA","OBJECT ""X""","US","2020-01-07","AFETR","","","","","",\
"","","0","","1","2020","1","X","Y","OBJECT ""X""","2020-001X","45999"
'''


def records(text: str) -> list[Record]:
    return list(read_orbits(io.BytesIO(text.encode()), name="satcat.csv"))


def test_the_catalogue_of_celestrak_is_read() -> None:
    rocket, vanguard, luna, debris, docked, unknown = records(CELESTRAK)
    assert rocket == CatalogueEntry(
        norad_id=1,
        object_id="1957-001A",
        object_name="SL-1 R/B",
        object_type="ROCKET BODY",
        ops_status="D",
        owner="CIS",
        launch_date=datetime(1957, 10, 4),
        decay_date=datetime(1957, 12, 1),
        period=96.19,
        inclination=65.1,
        apogee=938.0,
        perigee=214.0,
        rcs=20.42,
    )
    assert isinstance(vanguard, CatalogueEntry)
    assert vanguard.object_type == "PAYLOAD"
    assert vanguard.ops_status is None
    assert vanguard.decay_date is None
    # An orbit about the Sun has no height above the Earth.
    assert luna == CatalogueEntry(
        norad_id=112,
        object_id="1959-012A",
        object_name="LUNA 1",
        object_type="PAYLOAD",
        owner="CIS",
        launch_date=datetime(1959, 1, 2),
    )
    assert isinstance(debris, CatalogueEntry)
    assert (debris.norad_id, debris.object_type, debris.ops_status) == (270_001, "DEBRIS", None)
    assert isinstance(docked, CatalogueEntry)
    assert docked.apogee == 390.0
    assert unknown == CatalogueEntry(
        norad_id=270_002,
        object_name="TBA - TO BE ASSIGNED",
        object_type="UNKNOWN",
        owner="TBD",
    )


def test_the_catalogue_of_space_track_is_read() -> None:
    vanguard, superseded, unknown = records(SPACE_TRACK)
    theirs = records(CELESTRAK)[1]
    assert isinstance(theirs, CatalogueEntry)
    assert vanguard == replace(theirs, rcs=None)
    assert isinstance(superseded, Rejected)
    assert "CURRENT=N" in superseded.reason
    assert isinstance(unknown, CatalogueEntry)
    assert (unknown.object_name, unknown.object_type) == ('OBJECT "X"', "UNKNOWN")


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (",5,PAY", ",81234,PAY", "analyst number"),
        (",5,PAY", ",0,PAY", "NORAD_CAT_ID=0"),
        (",5,PAY", ",five,PAY", "alpha-5"),
        (",132.55,", ",-1,", "PERIOD=-1"),
        (",34.25,", ",181,", "INCLINATION=181"),
        (",34.25,", ",1e999,", "INCLINATION=1e999"),
        (",132.55,", ",1e999,", "PERIOD=1e999"),
        ("1958-03-17", "1958-03-32", "LAUNCH_DATE="),
        ("VANGUARD 1", "VANGUARD É", "ASCII"),
        (",ORB\nLUNA", "\nLUNA", "16 cells"),
    ],
)
def test_a_bad_row_is_left_out_with_its_reason(old: str, new: str, word: str) -> None:
    found = records(CELESTRAK.replace(old, new, 1))
    (rejected,) = [record for record in found if isinstance(record, Rejected)]
    assert rejected.line == 3
    assert word in rejected.reason
    assert len(found) == 6


def test_a_cut_catalogue_gives_its_whole_rows_and_nothing_false() -> None:
    for text in (CELESTRAK, SPACE_TRACK):
        everything = [r for r in records(text) if isinstance(r, CatalogueEntry)]
        body = text.index("\n") + 1
        for cut in range(body, len(text)):
            found = [r for r in records(text[:cut]) if isinstance(r, CatalogueEntry)]
            assert found == everything[: len(found)]
            assert len(found) >= min(text.count("\n", body, cut) - 1, len(everything) - 1)


def test_a_catalogue_without_numbers_is_refused() -> None:
    text = CELESTRAK.replace("NORAD_CAT_ID", "NUMBER")
    with pytest.raises(BadParameter, match="lacks NORAD_CAT_ID"):
        list(satcat_csv.read(io.BytesIO(text.encode())))
