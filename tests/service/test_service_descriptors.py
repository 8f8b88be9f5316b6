"""The services that VOTables tell of: which columns they take, and how the FIELDs are named."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from lxml import etree
from satvo.schemas.columns import Field
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.gp import GP
from satvo.schemas.obscore import OBSCORE
from satvo.service.formats import find_format
from satvo.service.service_descriptors import CUTOUTS, LINKS, describe_services
from satvo.service.votable import VOTableWriter

ADDRESS = "http://localhost/base"
DID = Field.of(OBSCORE.c.obs_publisher_did)
PROGENITOR = Field.of(DATAPRODUCT.c.progenitor_did)


def document_of(*fields: Field) -> etree._Element:
    writer = VOTableWriter("TABLEDATA")
    describe_services(writer, fields, ADDRESS)
    return etree.fromstring(writer.begin(tuple(fields), []) + writer.end())


def test_key_and_what_refers_to_it_are_known() -> None:
    assert DID.identifies == PROGENITOR.identifies == "ivoa.obscore.obs_publisher_did"
    assert Field.of(OBSCORE.c.obs_id).identifies == ""
    assert Field.of(GP.c.norad_id).identifies == "satvo.satellite.norad_id"


@pytest.mark.parametrize("form", ["votable", "votable/b", "votable/td", "votable/1.5"])
def test_descriptor_refers_to_the_column_by_its_id(
    form: str, valid: Callable[[bytes], None]
) -> None:
    writer = find_format(form)[0].writer()
    describe_services(writer, [DID], ADDRESS)
    head = writer.begin((DID,), [])
    rows = writer.rows(pa.record_batch([pa.array(["ivo://a/b"])], ["obs_publisher_did"]))
    body = head + rows + writer.end()
    if form != "votable/1.5":
        valid(body)
    root = etree.fromstring(body)
    assert [each.get("type") for each in root.iterfind("{*}RESOURCE")] == ["results", "meta"]
    service = root.find("{*}RESOURCE[@utype='adhoc:service']")
    assert service is not None
    told = {each.get("name"): each for each in service.iter("{*}PARAM")}
    assert told["standardID"].get("value") == "ivo://ivoa.net/std/DataLink#links-1.1"
    assert told["accessURL"].get("value") == f"{ADDRESS}/datalink/links"
    (field,) = root.iter("{*}FIELD")
    assert told["ID"].get("ref") == field.get("ID") == "obs_publisher_did"


def test_key_itself_comes_before_what_refers_to_it() -> None:
    root = document_of(PROGENITOR, DID)
    services = root.findall("{*}RESOURCE[@utype='adhoc:service']")
    refs = [each.find(".//{*}PARAM[@ref]").get("ref") for each in services]  # type: ignore[union-attr]
    assert refs == ["obs_publisher_did", "progenitor_did"]
    assert len({each.get("ID") for each in services}) == 2


@pytest.mark.parametrize("name", ["a b", "1st", "icrs", "Ω", "", "a:b"])
def test_name_that_is_no_id_gets_another(name: str) -> None:
    place = Field("ra", "double", coosys="ICRS")
    root = document_of(place, DID.named(name), DID.named("did"))
    ids = [each.get("ID") for each in root.iter() if each.get("ID")]
    assert len(ids) == len(set(ids))
    assert "satvo_column_2" in ids
    assert "did" in ids


def test_rows_that_look_like_the_mark_of_the_stream_do_no_harm() -> None:
    marked = Field("rows", "char", "*", description="\ue000rows\ue000")
    root = document_of(marked, DID)
    assert root.find(".//{*}DESCRIPTION").text == "\ue000rows\ue000"  # type: ignore[union-attr]
    assert root.find(".//{*}TABLEDATA") is not None


def test_table_without_such_a_column_tells_of_no_service() -> None:
    assert document_of(Field("n", "int")).find("{*}RESOURCE[@type='meta']") is None


def test_cut_outs_are_told_with_what_they_take() -> None:
    writer = VOTableWriter("TABLEDATA")
    describe_services(writer, [DID], ADDRESS, (LINKS, CUTOUTS))
    root = etree.fromstring(writer.begin((DID,), []) + writer.end())
    links, cutouts = root.findall("{*}RESOURCE[@utype='adhoc:service']")
    told = {each.get("name"): each for each in cutouts.iter("{*}PARAM")}
    assert told["standardID"].get("value") == "ivo://ivoa.net/std/SODA#sync-1.0"
    assert told["ID"].get("ref") == "obs_publisher_did"
    assert (told["CIRCLE"].get("xtype"), told["CIRCLE"].get("arraysize")) == ("circle", "3")
    assert links.get("ID") != cutouts.get("ID")


def test_writers_of_other_formats_tell_of_nothing() -> None:
    describe_services(find_format("csv")[0].writer(), [DID], ADDRESS)
