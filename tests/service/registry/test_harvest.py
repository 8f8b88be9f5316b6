"""Harvesting a thousand records by the code that serves the few of this service."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from satvo.schemas.errors import Unavailable
from satvo.service.config import Config
from satvo.service.faults import answer_faults, text_fault
from satvo.service.protocols.oai import oai_blueprint
from satvo.service.registry.harvest import HarvestFault, page_of, read_arguments
from satvo.service.registry.holdings import Holdings
from satvo.service.registry.records import About, Record, publish, resource_element
from satvo.service.registry.resumption import pack, unpack

CONFIG = Config(authority="example.org", public_url="https://example.org/sats")
FIRST = datetime(2026, 1, 1)
NOW = datetime(2026, 11, 22, 12, 0, 0)
RECORDS = 1000
OAI = {"oai": "http://www.openarchives.org/OAI/2.0/"}
HOSTILE = (
    "\0",
    "<script>",
    "a&b",
    "\ufffe",
    "\ud800",
    "é" * 3,
    "x" * 5000,
    "'\"",
    "%zz",
    " ",
    "]]>",
)


def made(number: int) -> Record:
    """A record changed an hour after the one before it."""
    updated = FIRST + timedelta(hours=number)
    about = About(
        "vs:CatalogResource", f"made/{number:04d}", f"Table {number}", "Made for a test.",
        ("artificial-satellites",), ("Catalog",), FIRST, updated,
    )  # fmt: skip
    return publish(resource_element(CONFIG, about), updated)


@pytest.fixture(scope="module")
def records() -> Sequence[Record]:
    """A thousand, in no order."""
    ordered = [made(number) for number in range(RECORDS)]
    return [ordered[(number * 617) % RECORDS] for number in range(RECORDS)]


@pytest.fixture(scope="module")
def client(records: Sequence[Record]) -> FlaskClient:
    return client_of(lambda: records)


def client_of(source: Callable[[], Sequence[Record]], size: int = 100) -> FlaskClient:
    app = Flask("harvested")
    held = Holdings(made(0), FIRST, source)
    app.register_blueprint(oai_blueprint(CONFIG, held, lambda: NOW, size))
    return app.test_client()


def asked(client: FlaskClient, **arguments: str) -> etree._Element:
    reply = client.get("/oai?" + urlencode(arguments, errors="surrogatepass"))
    assert (reply.status_code, reply.content_type) == (200, "text/xml; charset=utf-8")
    return etree.fromstring(reply.data)


def pages(client: FlaskClient, verb: str, **arguments: str) -> Iterator[etree._Element]:
    """The answers that a harvester gets from the first to the last."""
    answer = asked(client, verb=verb, **arguments)
    yield answer
    while token := answer.findtext(".//oai:resumptionToken", "", OAI):
        answer = asked(client, verb=verb, resumptionToken=token)
        yield answer


def identifiers(answers: Iterator[etree._Element]) -> list[str]:
    return [str(e.text) for a in answers for e in a.iterfind(".//oai:header/oai:identifier", OAI)]


def code(answer: etree._Element) -> str | None:
    error = answer.find("oai:error", OAI)
    return None if error is None else error.get("code")


@pytest.mark.parametrize("verb", ["ListIdentifiers", "ListRecords"])
@pytest.mark.parametrize("prefix", ["ivo_vor", "oai_dc"])
def test_a_harvest_gets_each_of_a_thousand_records_once_in_valid_answers(
    client: FlaskClient,
    records: Sequence[Record],
    valid: Callable[[bytes], None],
    verb: str,
    prefix: str,
) -> None:
    answers = list(pages(client, verb, metadataPrefix=prefix))
    assert identifiers(iter(answers)) == sorted(record.identifier for record in records)
    assert len(answers) == 10
    for number, answer in enumerate(answers):
        valid(etree.tostring(answer))
        token = answer.find(".//oai:resumptionToken", OAI)
        assert token is not None
        assert (token.get("cursor"), token.get("completeListSize")) == (str(number * 100), "1000")
        assert bool(token.text) == (number < 9)


@pytest.mark.parametrize("size", [1, 7, 999, 1000, 1001])
def test_pages_of_any_size_hold_the_list(records: Sequence[Record], size: int) -> None:
    kept = records[:30] if size < 10 else records
    client = client_of(lambda: kept, size)
    answers = list(pages(client, "ListIdentifiers", metadataPrefix="oai_dc"))
    assert identifiers(iter(answers)) == sorted(record.identifier for record in kept)
    assert len(answers) == -(-len(kept) // size)
    assert len(answers) > 1 or answers[0].find(".//oai:resumptionToken", OAI) is None


def test_a_list_between_dates_keeps_its_dates_over_the_pages(client: FlaskClient) -> None:
    found = identifiers(
        pages(
            client,
            "ListIdentifiers",
            metadataPrefix="ivo_vor",
            set="ivo_managed",
            **{"from": "2026-01-02T00:00:00Z", "until": "2026-01-11T15:00:00Z"},
        )
    )
    assert found == [f"ivo://example.org/made/{n:04d}" for n in range(24, 256)]


@pytest.mark.parametrize(
    ("start", "until", "numbers"),
    [
        ("2026-01-02", "2026-01-02", range(24, 48)),
        ("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", range(24, 25)),
        ("2026-01-02T00:00:01Z", "2026-01-02T01:59:59Z", range(25, 26)),
        (None, "2026-01-01", range(24)),
        ("2026-02-11", None, range(984, 1000)),
        ("0001-01-01", "9999-12-31", range(1000)),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", range(1000)),
    ],
)
def test_both_ends_of_an_interval_are_included(
    records: Sequence[Record], start: str | None, until: str | None, numbers: range
) -> None:
    given = {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": start, "until": until}
    arguments = read_arguments((k, v) for k, v in given.items() if v is not None)
    page = page_of(arguments, records, RECORDS)
    assert [r.identifier[-4:] for r in page.records] == [f"{n:04d}" for n in numbers]


def test_a_token_serves_again_and_in_another_process(
    client: FlaskClient, records: Sequence[Record]
) -> None:
    first = asked(client, verb="ListRecords", metadataPrefix="oai_dc")
    token = first.findtext(".//oai:resumptionToken", "", OAI)
    once = asked(client, verb="ListRecords", resumptionToken=token)
    again = asked(client_of(lambda: records), verb="ListRecords", resumptionToken=token)
    assert etree.tostring(once) == etree.tostring(again)


def test_what_comes_and_goes_during_a_harvest_hides_nothing_that_stays(
    records: Sequence[Record],
) -> None:
    now = sorted(records, key=lambda record: record.identifier)
    staying = {record.identifier for record in now[100:]}
    client = client_of(lambda: now)
    answers = pages(client, "ListIdentifiers", metadataPrefix="oai_dc")
    found = identifiers(iter([next(answers)]))
    now = [made(5000), *now[50:]]  # half of the first page is gone, and one came
    found += identifiers(answers)
    assert staying <= set(found)
    assert len(found) == len(set(found))


def test_the_place_of_a_token_must_be_there_still(records: Sequence[Record]) -> None:
    now = list(records)
    client = client_of(lambda: now)
    first = asked(client, verb="ListRecords", metadataPrefix="oai_dc")
    token = first.findtext(".//oai:resumptionToken", "", OAI)
    last = identifiers(iter([first]))[-1]
    now = [record for record in now if record.identifier != last]
    assert code(asked(client, verb="ListRecords", resumptionToken=token)) == "badResumptionToken"


def test_a_withdrawn_resource_is_told_as_deleted(valid: Callable[[bytes], None]) -> None:
    gone = replace(made(7), vor=b"", dc=b"")
    client = client_of(lambda: [made(1), gone])
    for arguments in (
        {"verb": "ListIdentifiers"},
        {"verb": "ListRecords"},
        {"verb": "GetRecord", "identifier": gone.identifier},
    ):
        answer = asked(client, metadataPrefix="ivo_vor", **arguments)
        valid(etree.tostring(answer))
        headers = answer.findall(".//oai:header", OAI)
        assert headers[-1].get("status") == "deleted"
        assert headers[-1].findtext("oai:datestamp", "", OAI) == "2026-01-01T07:00:00Z"
        assert len(answer.findall(".//oai:metadata", OAI)) == (
            1 if arguments["verb"] == "ListRecords" else 0
        )


def test_nothing_to_list_is_no_empty_list(valid: Callable[[bytes], None]) -> None:
    answer = asked(client_of(lambda: []), verb="ListRecords", metadataPrefix="ivo_vor")
    valid(etree.tostring(answer))
    assert code(answer) == "noRecordsMatch"


def test_without_the_archive_the_registry_still_says_who_it_is() -> None:
    def source() -> Sequence[Record]:
        raise Unavailable("the archive is being opened")

    client = client_of(source)
    answer_faults(client.application, lambda path: text_fault)
    assert code(asked(client, verb="Identify")) is None
    reply = client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc")
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")  # OAI-PMH 2.0, 3.1.2.2


def words(**changed: object) -> str:
    """A token with something wrong in it."""
    right = {
        "verb": "ListRecords",
        "metadataPrefix": "oai_dc",
        "after": "ivo://example.org/made/0099",
    }
    text = json.dumps({k: v for k, v in {**right, **changed}.items() if v is not None},
                      sort_keys=True, separators=(",", ":"))  # fmt: skip
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_the_tokens_below_are_wrong_in_one_thing_each(client: FlaskClient) -> None:
    assert code(asked(client, verb="ListRecords", resumptionToken=words())) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "junk",
        "A" * 100_000,
        words() + "A",
        words() + "=",
        words(verb="ListIdentifiers"),
        words(verb="Identify"),
        words(verb=None),
        words(metadataPrefix="marc"),
        words(metadataPrefix=None),
        words(after=None),
        words(after=""),
        words(after="ivo://example.org/made/9999"),
        words(after="ivo://example.org/made/0999"),
        words(after=99),
        words(after=["a"]),
        words(metadataPrefix=["oai_dc"]),
        words(**{"from": 2026}),
        words(set="other"),
        words(until="1999-01-01"),
        words(**{"from": "2026-13-01"}),
        words(**{"from": "2026-01-02", "until": "2026-01-01"}),
        words(resumptionToken=words()),
        words(page="3"),
        words(set="\ud800"),
        base64.urlsafe_b64encode(b"[" * 2000).decode().rstrip("="),
        base64.urlsafe_b64encode(b'["verb"]').decode().rstrip("="),
        base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="),
        *HOSTILE,
    ],
)
def test_a_token_that_was_not_given_is_refused(
    client: FlaskClient, valid: Callable[[bytes], None], token: str
) -> None:
    answer = asked(client, verb="ListRecords", resumptionToken=token)
    valid(etree.tostring(answer))
    assert code(answer) == "badResumptionToken"


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30), max_size=5))
def test_a_token_gives_back_what_it_was_made_of(given: dict[str, str]) -> None:
    assert unpack(pack(given)) == given


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ABab019-_=+/ \0é", max_size=40))
def test_no_other_text_is_a_token(text: str) -> None:
    opened = unpack(text)
    assert opened is None or pack(opened) == text


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["verb", "metadataPrefix", "from", "until", "set", "identifier", "resumptionToken"]
            )
            | st.text(max_size=4),
            st.sampled_from(
                ["ListRecords", "GetRecord", "ListMetadataFormats", "ivo_vor", "oai_dc",
                 "2026-01-01", "99", "T", "ivo_managed", "a:b:", "ivo://example.org/made/0001",
                 "ivo://a b", "ivo://x:y", "ivo://abc#f?", *HOSTILE]
            )
            | st.text(max_size=20),
        ),
        max_size=5,
    )
)  # fmt: skip
def test_any_request_gets_a_valid_answer(
    client: FlaskClient, valid: Callable[[bytes], None], given: list[tuple[str, str]]
) -> None:
    reply = client.get("/oai?" + urlencode(given, errors="surrogatepass"))
    assert reply.status_code == 200
    valid(reply.data)


@pytest.mark.parametrize("verb", ["GetRecord", "ListRecords"])
def test_a_fault_names_its_cause(verb: str) -> None:
    with pytest.raises(HarvestFault, match=f"{verb} needs"):
        read_arguments([("verb", verb)])
