"""TIMESYS and COOSYS, and the FIELDs that refer to them."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import pytest
from astropy.io.votable import parse
from lxml import etree
from satvo.schemas.columns import Field
from satvo.schemas.gp import GP

STILTS = Path("/usr/bin/stilts")
SPACE = "{http://www.ivoa.net/xml/VOTable/v1.3}"
FIELDS = (
    Field("epoch", "char", "*", "timestamp", timesys="UTC GEOCENTER"),
    Field("epoch_mjd", "double", unit="d", timesys="UTC GEOCENTER"),
    Field("t_jd", "double", unit="d", timesys="UTC TOPOCENTER JD-origin"),
    Field("ra", "double", unit="deg", ucd="pos.eq.ra", coosys="ICRS TOPOCENTER"),
    Field("dec", "double", unit="deg", ucd="pos.eq.dec", coosys="ICRS TOPOCENTER"),
    Field("az", "double", unit="deg", ucd="pos.az.azi", coosys="AZ_EL TOPOCENTER"),
    Field("plain", "int"),
)
ROWS: dict[str, list[Any]] = {field.name: [] for field in FIELDS}


def systems(document: bytes) -> dict[str, dict[str, str]]:
    """The attributes of each system by its ID, with its tag."""
    resource = etree.fromstring(document).find(f"{SPACE}RESOURCE")
    found = resource.iterfind(f"{SPACE}*")
    tagged = [(each.tag.removeprefix(SPACE), dict(each.attrib)) for each in found]
    assert [tag for tag, _ in tagged] == sorted(
        (tag for tag, _ in tagged),
        key=lambda tag: ["INFO", "TIMESYS", "COOSYS", "TABLE"].index(tag),
    )
    return {about.pop("ID"): {"": tag, **about} for tag, about in tagged if "ID" in about}


def references(document: bytes) -> dict[str, str | None]:
    fields = etree.fromstring(document).iter(f"{SPACE}FIELD")
    return {field.get("name"): field.get("ref") for field in fields}


def test_each_system_stands_once_and_its_fields_refer_to_it(table: Any) -> None:
    document = table(FIELDS, ROWS)("votable")
    assert systems(document) == {
        "utc_geocenter": {"": "TIMESYS", "timescale": "UTC", "refposition": "GEOCENTER"},
        "utc_geocenter_mjd_origin": {
            "": "TIMESYS",
            "timescale": "UTC",
            "refposition": "GEOCENTER",
            "timeorigin": "MJD-origin",
        },
        "utc_topocenter_jd_origin": {
            "": "TIMESYS",
            "timescale": "UTC",
            "refposition": "TOPOCENTER",
            "timeorigin": "JD-origin",
        },
        "icrs": {"": "COOSYS", "system": "ICRS"},
    }
    assert references(document) == {
        "epoch": "utc_geocenter",
        "epoch_mjd": "utc_geocenter_mjd_origin",
        "t_jd": "utc_topocenter_jd_origin",
        "ra": "icrs",
        "dec": "icrs",
        "az": None,  # 1.4 has no word for the frame
        "plain": None,
    }


def test_version_1_5_says_the_position_and_every_frame(table: Any) -> None:
    document = table(FIELDS, ROWS)("votable/1.5")
    found = systems(document)
    assert found["icrs_topocenter"] == {
        "": "COOSYS",
        "system": "ICRS",
        "refposition": "TOPOCENTER",
    }
    assert found["az_el_topocenter"]["system"] == "AZ_EL"
    assert references(document)["az"] == "az_el_topocenter"


@pytest.mark.parametrize("form", ["votable/td", "votable/1.5"])
def test_astropy_finds_the_systems(table: Any, form: str) -> None:
    votable = parse(io.BytesIO(table(FIELDS, ROWS)(form)), verify="exception")
    assert {each.timescale for each in votable.iter_timesys()} == {"UTC"}
    assert "ICRS" in {each.system for each in votable.iter_coosys()}


def test_epochs_of_element_sets_say_their_time_scale(table: Any) -> None:
    fields = [Field.of(GP.columns[name]) for name in ("epoch", "epoch_mjd", "norad_id")]
    document = table(fields, {"epoch": [], "epoch_mjd": [], "norad_id": []})("votable")
    assert references(document) == {
        "epoch": "utc_geocenter",
        "epoch_mjd": "utc_geocenter_mjd_origin",
        "norad_id": None,
    }


@pytest.mark.skipif(not STILTS.exists(), reason="needs the Debian package stilts")
@pytest.mark.parametrize("form", ["votable/td", "votable/b2"])
def test_votlint_has_nothing_to_say(table: Any, tmp_path: Path, form: str) -> None:
    path = tmp_path / "answer.vot"
    path.write_bytes(table(FIELDS, ROWS)(form))
    command = [STILTS, "votlint", "ucd=true", "unit=true", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == ""
