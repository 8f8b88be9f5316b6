"""What registry records say, from declarations, settings and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree
from satvo.resources.catalogue import published_tables, resources
from satvo.resources.orbits.resource import RESOURCE as ORBITS
from satvo.schemas.columns import column
from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import ALL_SKY, Coverage, JobDeclaration, JobParameter, Resource
from satvo.service.archive import Archive
from satvo.service.config import Config, read_config
from satvo.service.registry.holdings import EXTENT_S, Holdings, holdings
from satvo.service.registry.records import Record
from satvo.service.registry.resource_records import Extent, measured, resource_record
from satvo.service.registry.service_records import authority_record

Valid = Callable[[bytes], None]
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

# IVOA vocabularies voresource/content_type and voresource/content_level, as of 2026-11
CONTENT_TYPES = frozenset((
    "Other", "Archive", "Bibliography", "Catalog", "Journal", "Library", "Simulation", "Survey",
    "Transformation", "Education", "Outreach", "EPOResource", "Animation", "Artwork", "Background",
    "BasicData", "Historical", "Photographic", "Press", "Organisation", "Project", "Registry",
))  # fmt: skip
CONTENT_LEVELS = frozenset(("Research", "Amateur", "General"))

ONE_SET = (
    b"1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927\n"
    b"2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537\n"
)
"""Of the Wikipedia article on two-line elements: epoch 2008-09-20T12:25:40, MJD 54729.51782528."""


def tree(record: Record) -> etree._Element:
    return etree.fromstring(record.vor)


def orbits(changed: Coverage, **fields: Any) -> Resource:
    return replace(ORBITS, coverage=changed, **fields)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """One without a row."""
    present = datetime(2026, 11, 22, 1, 2, 3, 999_999)
    opened = Archive(Config(home=tmp_path), lambda: present, wait_s=0)
    yield opened
    opened.close()


@pytest.mark.parametrize("resource", resources(), ids=lambda resource: str(resource.path))
def test_each_declaration_uses_the_words_of_the_vocabularies(resource: Resource) -> None:
    assert set(resource.types) <= CONTENT_TYPES
    assert set(resource.content_levels) <= CONTENT_LEVELS
    assert all(date.microsecond == 0 for date in (resource.created, resource.updated))


def test_a_record_says_all_kinds_of_coverage(valid: Valid) -> None:
    coverage = Coverage(
        spatial="6/245 1129-1131 7/9",
        spectral=((2.72e-19, 4.14e-19), (1e-30, 12.0)),
        wavebands=("Optical", "Infrared"),
    )
    declared = orbits(coverage, rights="Yours", rights_uri="https://example.org/terms")
    record = resource_record(Config(), declared, Extent(59000, 59001), tap="TAP")
    valid(record.vor)
    valid(record.dc)
    found = tree(record)
    assert [
        (element.tag, element.text) for element in found.iterfind("coverage/*")
    ] == [
        ("spatial", "6/245 1129-1131 7/9"),
        ("temporal", "59000 59001"),
        ("spectral", "2.72e-19 4.14e-19"),
        ("spectral", "1e-30 12.0"),
        ("waveband", "Optical"),
        ("waveband", "Infrared"),
    ]  # fmt: skip
    rights = found.find("rights")
    assert rights is not None
    assert (rights.text, rights.get("rightsURI")) == ("Yours", "https://example.org/terms")


def test_a_resource_that_covers_nothing_says_nothing_of_it(valid: Valid) -> None:
    record = resource_record(Config(), orbits(Coverage()), Extent(), tap="TAP")
    valid(record.vor)
    assert tree(record).find("coverage") is None


def test_a_plugin_with_a_schema_and_jobs_of_its_own_has_a_valid_record(valid: Valid) -> None:
    table = sa.Table(
        "made",
        sa.MetaData(),
        column("n", sa.Integer(), "A number of something"),
        schema="plugin",
        comment="Made for a test",
        info={"title": "Made", "utype": ""},
    )
    kinds = ("char", "boolean", "int", "long", "float", "double")
    job = JobDeclaration(
        "make",
        "Makes",
        "Makes something.",
        "a:b",
        tuple(JobParameter(kind.upper(), "Of a kind", datatype=kind, unit="m") for kind in kinds),
    )
    declared = replace(ORBITS, path="plugin/a", tables=(table,), jobs=(job,), coverage=Coverage())
    record = resource_record(Config(), declared, Extent(), tap="TAP")
    valid(record.vor)
    found = tree(record)
    assert found.findtext("tableset/schema/name") == "plugin"
    assert found.findtext("tableset/schema/table/name") == "plugin.made"
    assert [e.text for e in found.iterfind("capability/interface/param/dataType")] == [
        "string", "boolean", "integer", "integer", "real", "real",
    ]  # fmt: skip
    assert found.findtext("capability/interface/param/unit") == "m"


def test_an_empty_archive_covers_no_time(archive: Archive, valid: Valid) -> None:
    extent = measured(ORBITS.coverage, archive.store.select)
    assert extent == Extent()
    record = resource_record(Config(), ORBITS, extent, tap="TAP")
    valid(record.vor)
    assert tree(record).findtext("coverage/spatial") == ALL_SKY
    assert tree(record).find("coverage/temporal") is None
    assert record.updated == ORBITS.updated


def test_one_row_covers_its_day_and_dates_the_record(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "one.tle"
    file.write_bytes(ONE_SET)
    with file.open("rb") as stream:
        archive.ingest(stream, name="one.tle")
    extent = measured(ORBITS.coverage, archive.store.select)
    assert extent == Extent(54729, 54730, datetime(2026, 11, 22, 1, 2, 3))
    record = resource_record(Config(), ORBITS, extent, tap="TAP")
    assert tree(record).findtext("coverage/temporal") == "54729 54730"
    assert tree(record).get("updated") == "2026-11-22T01:02:03Z"
    assert record.updated == datetime(2026, 11, 22, 1, 2, 3)


def held(archive: Archive, clock: Callable[[], float] = lambda: 0.0, **given: Any) -> Holdings:
    declared = given.pop("declared", resources())
    return holdings(Config(**given), lambda: archive, [], [], declared, published_tables(), clock)


def test_coverage_is_measured_again_after_a_while(archive: Archive, tmp_path: Path) -> None:
    now = 0.0
    registry = held(archive, lambda: now)

    def temporal() -> str | None:
        (found,) = (r for r in registry.records() if r.identifier.endswith("/orbits"))
        return tree(found).findtext("coverage/temporal")

    assert temporal() is None
    (tmp_path / "one.tle").write_bytes(ONE_SET)
    with (tmp_path / "one.tle").open("rb") as stream:
        archive.ingest(stream, name="one.tle")
    now = EXTENT_S - 1
    assert temporal() is None
    now = EXTENT_S
    assert temporal() == "54729 54730"


def test_records_are_built_once_while_nothing_changes(archive: Archive) -> None:
    now = 0.0
    registry = held(archive, lambda: now)
    before = registry.records()
    now = 10 * EXTENT_S
    after = registry.records()
    assert all(a is b for a, b in zip(before, after, strict=True))


def test_no_record_is_older_than_the_earliest(archive: Archive) -> None:
    registry = held(archive, records_updated="2027-03-04T05:06:07Z")
    assert all(record.updated >= registry.earliest for record in registry.records())
    # all records show the settings
    assert {record.updated for record in registry.records()} == {datetime(2027, 3, 4, 5, 6, 7)}


def test_a_withdrawn_resource_stays_as_a_deleted_record(archive: Archive) -> None:
    day = datetime(2027, 1, 2, 3, 4, 5)
    gone = replace(ORBITS, tables=(), examples=(), withdrawn=day)
    registry = held(archive, declared=(gone,))
    (record,) = (r for r in registry.records() if r.is_deleted)
    assert (record.identifier, record.updated) == ("ivo://satvo.invalid/orbits", day)
    (tap,) = (r for r in registry.records() if r.identifier.endswith("/tap"))
    assert tap.updated == day  # it no longer has those tables


@pytest.mark.parametrize("path", ["tap", "Registry", "ORBITS", "", "a b", "a//b", "/a", "a?b", "é"])
def test_a_path_that_is_taken_or_cannot_be_written_is_refused(archive: Archive, path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        held(archive, declared=(ORBITS, replace(ORBITS, path=path)))


def test_the_default_authority_is_said_to_be_unregistered(valid: Valid) -> None:
    record = authority_record(Config())
    valid(record.vor)
    found = tree(record)
    assert found.get("status") == "inactive"
    assert "not registered" in (found.findtext("title") or "")
    assert "not registered" in (found.findtext("content/description") or "")
    own = tree(authority_record(Config(authority="example.org", publisher="Example")))
    assert own.get("status") == "active"
    assert "not registered" not in etree.tostring(own).decode()
    assert own.findtext("managingOrg") == "Example"


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("AUTHORITY", "a"),
        ("AUTHORITY", "-ab"),
        ("AUTHORITY", "a b c"),
        ("AUTHORITY", "ivo://example.org"),
        ("AUTHORITY", "example.org/a"),
        ("AUTHORITY", "exämple"),
        ("PUBLISHER", "a\nb"),
        ("PUBLISHER", "a\x1bb"),
        ("CONTACT_NAME", "\ufffe"),
        ("CONTACT_EMAIL", "nobody"),
        ("CONTACT_EMAIL", "a@b"),
        ("CONTACT_EMAIL", "a b@example.org"),
        ("CONTACT_EMAIL", "a@b@example.org"),
        ("RECORDS_UPDATED", "yesterday"),
        ("RECORDS_UPDATED", "2026-02-30T00:00:00Z"),
        ("RECORDS_UPDATED", "2026-02-03"),
    ],
)
def test_a_setting_that_no_record_can_hold_is_refused(variable: str, text: str) -> None:
    with pytest.raises(BadParameter, match=f"SATVO_{variable}=") as raised:
        read_config({f"SATVO_{variable}": text})
    assert "; " in str(raised.value) or ": give" in str(raised.value)


def test_any_setting_that_is_taken_makes_valid_records(archive: Archive, valid: Valid) -> None:
    config = read_config(
        {
            "SATVO_AUTHORITY": "Example.ORG_1~!*'()+=",
            "SATVO_PUBLISHER": 'Müller & <Söhne> "x" ☃',
            "SATVO_CONTACT_NAME": "]]> é",
            "SATVO_CONTACT_EMAIL": "a+b<c>@x-1.example.org",
            "SATVO_RECORDS_UPDATED": "2026-11-22T10:11:12Z",
        }
    )
    registry = holdings(config, lambda: archive, [], [], resources(), published_tables())
    assert len(registry.records()) == 5 + len(resources())
    for record in registry.records():
        valid(record.vor)
        valid(record.dc)
        assert tree(record).findtext("curation/publisher") == config.publisher
        assert record.identifier.startswith("ivo://Example.ORG_1~!*'()+=")
