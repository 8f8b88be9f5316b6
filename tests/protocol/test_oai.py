"""The publishing registry at /oai, as harvesters and validators ask it."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from lxml import etree
from satvo.resources.catalogue import resources

FORM = "application/x-www-form-urlencoded"
AUTHORITY = "ivo://satvo.invalid"
OWN = {
    AUTHORITY: "vg:Authority",
    f"{AUTHORITY}/organisation": "vr:Organisation",
    f"{AUTHORITY}/registry": "vg:Registry",
    f"{AUTHORITY}/tap": "vs:CatalogService",
    f"{AUTHORITY}/objobs": "vs:DataService",
    f"{AUTHORITY}/orbits": "vs:CatalogResource",
    f"{AUTHORITY}/constellations": "vs:DataService",
    f"{AUTHORITY}/masks": "vs:DataService",
    f"{AUTHORITY}/scs/satellites": "vs:CatalogService",
    f"{AUTHORITY}/hips": "vs:DataService",
    f"{AUTHORITY}/sia2": "vs:CatalogService",
    f"{AUTHORITY}/datalink": "vs:DataService",
    f"{AUTHORITY}/soda": "vs:DataService",
    f"{AUTHORITY}/ephemeris": "vs:CatalogResource",
    f"{AUTHORITY}/passes": "vs:CatalogResource",
    f"{AUTHORITY}/pass_probability": "vs:CatalogResource",
    f"{AUTHORITY}/images": "vs:CatalogResource",
    f"{AUTHORITY}/trails": "vs:CatalogResource",
    **{
        f"{AUTHORITY}/scs/{table}": "vs:CatalogService"
        for table in (
            "ivoa.obscore", "ivoa.obsplan", "satvo.ephemeris", "satvo.passprob_pix", "satvo.trail",
            "satvo.transit",
        )
    },
}  # fmt: skip
NS = {
    "oai": "http://www.openarchives.org/OAI/2.0/",
    "ri": "http://www.ivoa.net/xml/RegistryInterface/v1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
}
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
EPOCHS = "SELECT MIN(epoch_mjd), MAX(epoch_mjd) FROM satvo.gp"
NEWER = (
    b"1 25544U 98067A   50001.50000000  .00000000  00000-0  00000-0 0  9991\n"
    b"2 25544  51.6400 247.4627 0006703 130.5360 325.0288 15.50000000    14\n"
)
"""Epoch 2050-01-01T12:00, MJD 69807.5: later than the demonstration's simulated sets, of today."""

Server = Any
Valid = Callable[[bytes], None]


def ask(server: Server, **arguments: str) -> etree._Element:
    reply = server.get("/oai?" + urlencode(arguments))
    assert (reply.status, reply.kind) == (200, "text/xml; charset=utf-8")
    return etree.fromstring(reply.body)


def record(server: Server, path: str) -> etree._Element:
    """The ri:Resource of a path below the authority."""
    answer = ask(
        server, verb="GetRecord", metadataPrefix="ivo_vor", identifier=f"{AUTHORITY}/{path}"
    )
    found = answer.find(".//ri:Resource", NS)
    assert found is not None
    return found


def plain(element: etree._Element) -> bytes:
    """An element without the layout and the declarations of where it stands."""
    clean = etree.fromstring(etree.tostring(element), etree.XMLParser(remove_blank_text=True))
    clean.tail = None
    etree.cleanup_namespaces(clean)
    return etree.tostring(clean, method="c14n", exclusive=True)


def undated(body: bytes) -> bytes:
    before, _, rest = body.partition(b"<oai:responseDate>")
    return before + rest.partition(b"</oai:responseDate>")[2]


@pytest.mark.parametrize(
    "query",
    [
        "verb=Identify",
        "verb=ListSets",
        "verb=ListMetadataFormats",
        f"verb=ListMetadataFormats&identifier={AUTHORITY}/tap",
        *(f"verb={verb}&metadataPrefix={prefix}"
          for verb in ("ListIdentifiers", "ListRecords") for prefix in ("ivo_vor", "oai_dc")),
        *(f"verb=GetRecord&metadataPrefix={prefix}&identifier={identifier}"
          for identifier in OWN for prefix in ("ivo_vor", "oai_dc")),
    ],
)  # fmt: skip
def test_each_answer_is_valid_and_repeats_its_request(
    server: Server, valid: Valid, query: str
) -> None:
    reply = server.get(f"/oai?{query}")
    assert (reply.status, reply.kind) == (200, "text/xml; charset=utf-8")
    valid(reply.body)
    answer = etree.fromstring(reply.body)
    assert answer.find("oai:error", NS) is None
    repeated = answer.find("oai:request", NS)
    assert repeated is not None
    assert repeated.text == f"{server.url}/oai"
    assert dict(repeated.attrib) == dict(part.split("=") for part in query.split("&"))


def test_a_planted_fault_in_a_record_is_caught(server: Server, valid: Valid) -> None:
    body = server.get("/oai?verb=ListRecords&metadataPrefix=ivo_vor").body
    for right, wrong in (
        (b"<full>false", b"<full>no"),
        (b'xsi:type="vg:Harvest"', b'xsi:type="vg:Reap"'),
        (b"<temporal>", b"<temporal>MJD "),
        (b"<managingOrg", b"<organ/><managingOrg"),
        (b'status="inactive"', b'status="unregistered"'),
    ):
        assert right in body
        with pytest.raises(etree.DocumentInvalid):
            valid(body.replace(right, wrong))


def test_identify_tells_of_the_registry_by_its_own_record(server: Server) -> None:
    answer = ask(server, verb="Identify")
    told = {e.tag.partition("}")[2]: e.text for e in answer.iterfind("oai:Identify/*", NS)}
    told.pop("description")
    assert told == {
        "repositoryName": "Publishing registry of Unnamed operator of satvo",
        "baseURL": f"{server.url}/oai",
        "protocolVersion": "2.0",
        "adminEmail": "nobody@satvo.invalid",
        "earliestDatestamp": "2026-11-22T00:00:00Z",
        "deletedRecord": "transient",
        "granularity": "YYYY-MM-DDThh:mm:ssZ",
        "compression": "gzip",
    }
    packed = server.get("/oai?verb=Identify", **{"Accept-Encoding": "gzip"})
    assert undated(gzip.decompress(packed.body)) == undated(server.get("/oai?verb=Identify").body)
    (own,) = answer.iterfind(".//oai:description/ri:Resource", NS)
    assert own.get(TYPE) == "vg:Registry"
    assert plain(own) == plain(record(server, "registry"))
    assert own.findtext("full") == "false"
    assert [e.text for e in own.iterfind("managedAuthority")] == ["satvo.invalid"]
    harvest = own.find("capability[@standardID='ivo://ivoa.net/std/Registry']")
    assert harvest is not None
    assert harvest.findtext("interface/accessURL") == f"{server.url}/oai"


def test_every_record_is_listed_with_its_type_and_gives_itself_alone(server: Server) -> None:
    listed = ask(server, verb="ListRecords", metadataPrefix="ivo_vor", set="ivo_managed")
    found = {}
    for each in listed.iterfind(".//oai:record", NS):
        identifier = each.findtext("oai:header/oai:identifier", "", NS)
        resource = each.find("oai:metadata/ri:Resource", NS)
        assert resource is not None
        assert resource.findtext("identifier") == identifier
        assert resource.get("updated") == each.findtext("oai:header/oai:datestamp", "", NS)
        assert [e.text for e in each.iterfind("oai:header/oai:setSpec", NS)] == ["ivo_managed"]
        found[identifier] = resource.get(TYPE)
        alone = ask(server, verb="GetRecord", metadataPrefix="ivo_vor", identifier=identifier)
        (one,) = alone.iterfind(".//oai:record", NS)
        assert plain(one) == plain(each)
    assert found == OWN
    assert {f"{AUTHORITY}/{resource.path}" for resource in resources()} <= set(found)


def test_an_identifier_is_known_in_any_case(server: Server) -> None:
    answer = ask(
        server, verb="GetRecord", metadataPrefix="oai_dc", identifier="ivo://SATVO.Invalid/Orbits"
    )
    assert answer.findtext(".//dc:identifier", "", NS) == f"{AUTHORITY}/orbits"


def test_a_resource_names_what_serves_it_and_what_it_covers(server: Server) -> None:
    orbits = record(server, "orbits")
    related = orbits.find("content/relationship/relatedResource")
    assert related is not None
    assert orbits.findtext("content/relationship/relationshipType") == "IsServedBy"
    assert related.get("ivo-id") == f"{AUTHORITY}/tap"
    assert related.text == record(server, "tap").findtext("title")
    (aux,) = orbits.iterfind("capability")
    assert aux.get("standardID") == "ivo://ivoa.net/std/TAP#aux"
    assert aux.findtext("interface/accessURL") == server.tap
    assert orbits.findtext("coverage/spatial") == "0/0-11"
    first, last = map(float, server.sync(EPOCHS, FORMAT="csv").text.split()[1].split(","))
    assert orbits.findtext("coverage/temporal") == f"{math.floor(first)} {math.ceil(last)}"
    assert [e.text for e in orbits.iterfind("tableset/schema/table/name")] == [
        "satvo.satellite",
        "satvo.gp",
    ]


def test_dublin_core_says_the_same_in_its_words(server: Server) -> None:
    orbits = record(server, "orbits")
    answer = ask(
        server, verb="GetRecord", metadataPrefix="oai_dc", identifier=f"{AUTHORITY}/orbits"
    )
    for word, path in (
        ("title", "title"),
        ("identifier", "identifier"),
        ("creator", "curation/creator/name"),
        ("publisher", "curation/publisher"),
        ("date", "curation/date"),
        ("subject", "content/subject"),
        ("description", "content/description"),
        ("type", "content/type"),
        ("source", "content/referenceURL"),
        ("rights", "rights"),
    ):
        told = [e.text for e in answer.iterfind(f".//dc:{word}", NS)]
        assert told == [e.text for e in orbits.iterfind(path)]
        assert told, word


def test_the_record_of_tap_says_what_tap_says(server: Server) -> None:
    tap = record(server, "tap")
    capabilities = etree.fromstring(server.get("/tap/capabilities").body)
    assert [plain(e) for e in tap.iterfind("capability")] == [plain(e) for e in capabilities]
    assert not capabilities.xpath("//capability[contains(@standardID, 'Registry')]")
    tables = etree.fromstring(
        server.request("GET", "/tap/tables", headers={"User-Agent": "satvo-tests"}).body
    )
    for rows in list(tables.iter("nrows")):  # they change without the description
        parent = rows.getparent()
        assert parent is not None
        parent.remove(rows)
    assert [plain(e) for e in tap.iterfind("tableset/schema")] == [plain(e) for e in tables]


def test_the_record_of_a_resource_without_tables_has_its_job_lists(server: Server) -> None:
    (capability,) = record(server, "constellations").iterfind("capability")
    url = capability.findtext("interface/accessURL") or ""
    assert url == f"{server.url}/jobs/constellation"
    assert server.get(url.removeprefix(server.url)).status == 200
    names = [e.text for e in capability.iterfind("interface/param/name")]
    assert names == ["CONSTELLATION", "DEFINITION", "EPOCH", "SEED", "REGISTER"]


BAD = [
    ("", "badVerb"),
    ("verb=", "badVerb"),
    ("verb=identify", "badVerb"),
    ("Verb=Identify", "badVerb"),
    ("verb=Identify&verb=Identify", "badVerb"),
    ("verb=Identify&verb=ListSets", "badVerb"),
    ("verb=%00", "badVerb"),
    ("verb=Identify&metadataPrefix=oai_dc", "badArgument"),
    ("verb=Identify&%00=%ff", "badArgument"),
    ("verb=ListSets&set=ivo_managed", "badArgument"),
    ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
    ("verb=ListMetadataFormats&identifier=ivo://satvo.invalid/none", "idDoesNotExist"),
    ("verb=ListMetadataFormats&identifier=", "badArgument"),
    ("verb=ListMetadataFormats&metadataPrefix=oai_dc", "badArgument"),
    ("verb=GetRecord", "badArgument"),
    ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
    (f"verb=GetRecord&identifier={AUTHORITY}", "badArgument"),
    (f"verb=GetRecord&identifier={AUTHORITY}&metadataPrefix=", "badArgument"),
    (f"verb=GetRecord&identifier={AUTHORITY}&metadataPrefix=marc", "cannotDisseminateFormat"),
    (f"verb=GetRecord&identifier={AUTHORITY}&metadataPrefix=IVO_VOR", "cannotDisseminateFormat"),
    (f"verb=GetRecord&identifier={AUTHORITY}&metadataPrefix=%3Cx%3E", "cannotDisseminateFormat"),
    (f"verb=GetRecord&identifier={AUTHORITY}/&metadataPrefix=oai_dc", "idDoesNotExist"),
    ("verb=GetRecord&identifier=invalid%22id&metadataPrefix=oai_dc", "idDoesNotExist"),
    ("verb=GetRecord&identifier=a%00%1f%ff%EF%BF%BE&metadataPrefix=oai_dc", "idDoesNotExist"),
    (f"verb=GetRecord&identifier={AUTHORITY}&identifier={AUTHORITY}&metadataPrefix=oai_dc",
     "badArgument"),
    (f"verb=GetRecord&identifier={AUTHORITY}&metadataPrefix=oai_dc&set=ivo_managed", "badArgument"),
    ("verb=ListRecords", "badArgument"),
    ("verb=ListRecords&metadataprefix=oai_dc", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&until=junk", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-29", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=0000-01-01", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-1-1", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-22T00:00:00", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-22T00:00Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-22T00:00:00.0Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-22T00:00:00%2B00:00", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2016-12-31T23:59:60Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-22T24:00:00Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=%D9%A2026-11-22", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=-2026-11-22", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-22%0A", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-22&until=2026-11-22T00:00:00Z",
     "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-23&until=2026-11-22", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&until=2026-11-21", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&until=2026-11-21T23:59:59Z", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=9999-12-31", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=ivo_standards", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=a:b", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=:", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=marc&set=%00", "cannotDisseminateFormat"),
    ("verb=ListRecords&resumptionToken=junk", "badResumptionToken"),
    ("verb=ListRecords&resumptionToken=", "badResumptionToken"),
    ("verb=ListRecords&resumptionToken=junk&metadataPrefix=oai_dc", "badArgument"),
    ("verb=ListRecords&resumptionToken=junk&until=2026-11-22", "badArgument"),
    ("verb=ListIdentifiers&resumptionToken=junk&from=junk", "badArgument"),
    ("verb=GetRecord&resumptionToken=junk", "badArgument"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "code"), BAD, ids=[query for query, _ in BAD])
def test_what_is_wrong_is_told_by_its_code(
    server: Server, valid: Valid, query: str, code: str
) -> None:
    reply = server.get(f"/oai?{query}")
    assert (reply.status, reply.kind) == (200, "text/xml; charset=utf-8")
    valid(reply.body)
    answer = etree.fromstring(reply.body)
    (error,) = answer.iterfind("oai:error", NS)
    assert error.get("code") == code
    assert error.text
    repeated = answer.find("oai:request", NS)
    assert repeated is not None
    assert ("verb" in repeated.attrib) == (code not in ("badVerb", "badArgument"))


@pytest.mark.parametrize("granularity", [10, 20])
def test_a_harvest_since_a_datestamp_gets_what_changed_then(
    server: Server, granularity: int
) -> None:
    stamp = record(server, "orbits").get("updated") or ""
    since = stamp[:10] if granularity == 10 else stamp
    arguments = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", "from": since}
    answer = ask(server, **arguments, until=since)
    assert f"{AUTHORITY}/orbits" in [
        e.text for e in answer.iterfind(".//oai:header/oai:identifier", NS)
    ]
    stamps = [e.text or "" for e in answer.iterfind(".//oai:header/oai:datestamp", NS)]
    assert all(found[:granularity] == since for found in stamps)


def test_post_answers_as_get_does(server: Server) -> None:
    query = "verb=ListRecords&metadataPrefix=ivo_vor&from=2026-11-22"
    got = server.get(f"/oai?{query}")
    posted = server.request("POST", "/oai", query.encode(), {"Content-Type": FORM})
    assert (posted.status, posted.kind) == (got.status, got.kind)
    assert undated(posted.body) == undated(got.body)
    twice = server.request("POST", f"/oai?{query}", query.encode(), {"Content-Type": FORM})
    assert b'code="badVerb"' in twice.body


def test_a_form_with_a_file_is_no_request(server: Server, valid: Valid) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="verb"\r\n\r\nIdentify\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nb\r\n--x--\r\n'
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    reply = server.request("POST", "/oai", body, kind)
    valid(reply.body)
    assert b'code="badArgument"' in reply.body


def test_a_form_whose_parts_cannot_be_told_apart_is_no_request(server: Server) -> None:
    kind = {"Content-Type": "multipart/form-data"}
    reply = server.request("POST", "/oai", b"--x\r\n\r\n\r\n--x--", kind)
    assert reply.status == 200
    assert b'code="badArgument"' in reply.body


def test_head_has_no_body_and_other_methods_are_refused(server: Server) -> None:
    got = server.get("/oai?verb=Identify")
    head = server.request("HEAD", "/oai?verb=Identify")
    assert (head.status, head.kind, head.body) == (200, got.kind, b"")
    for method in ("PUT", "DELETE"):
        assert server.request(method, "/oai?verb=Identify").status == 405


def test_addresses_never_come_from_the_request(server: Server) -> None:
    reply = server.get("/oai?verb=Identify", Host="evil.example")
    assert b"evil" not in reply.body


def test_answers_are_the_same_over_a_restart_and_change_with_the_archive(
    new_server: Callable[..., Server], valid: Valid
) -> None:
    queries = [
        "/oai?verb=Identify",
        "/oai?verb=ListRecords&metadataPrefix=ivo_vor",
        "/oai?verb=ListRecords&metadataPrefix=oai_dc",
    ]
    server = new_server().start()
    before = [undated(server.get(query).body) for query in queries]
    assert [undated(server.get(query).body) for query in queries] == before
    stamp = record(server, "orbits").get("updated") or ""
    server.stop()
    server.start()
    assert [undated(server.get(query).body) for query in queries] == before
    server.stop()
    file = server.home / "newer.tle"
    file.write_bytes(NEWER)
    assert server.command("ingest", file).returncode == 0
    server.start()
    changed = record(server, "orbits")
    assert (changed.findtext("coverage/temporal") or "").endswith(" 69808")
    assert (changed.get("updated") or "") > stamp
    assert undated(server.get(queries[0]).body) == before[0]
    valid(server.get(queries[1]).body)


def test_records_are_as_the_operator_sets_them(
    new_server: Callable[..., Server], valid: Valid
) -> None:
    server = new_server(
        SATVO_AUTHORITY="example.org",
        SATVO_PUBLISHER="Example & Søns",
        SATVO_CONTACT_NAME="The desk",
        SATVO_CONTACT_EMAIL="desk@example.org",
        SATVO_PUBLIC_URL="https://example.org/sats/",
        SATVO_RECORDS_UPDATED="2026-11-22T03:04:05Z",
    ).start()
    reply = server.get("/oai?verb=ListRecords&metadataPrefix=ivo_vor")
    valid(reply.body)
    assert "satvo.invalid" not in reply.text
    assert "127.0.0.1" not in reply.text
    found = etree.fromstring(reply.body)
    for resource in found.iterfind(".//ri:Resource", NS):
        assert resource.get("status") == "active"
        assert (resource.findtext("identifier") or "").startswith("ivo://example.org")
        assert resource.findtext("curation/publisher") == "Example & Søns"
        assert resource.findtext("curation/contact/name") == "The desk"
        assert (resource.get("updated") or "") >= "2026-11-22T03:04:05Z"
    assert ask(server, verb="Identify").findtext(".//oai:adminEmail", "", NS) == "desk@example.org"


def test_the_first_page_leads_to_the_registry(server: Server) -> None:
    page = server.get("/").text
    assert f"<code>{server.url}/oai</code>" in page
    assert quote("/oai?verb=Identify", safe="/?=") in page
