"""Images that contributors bring over HTTP: kept whole, told what is in them, changed by few."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bringing import TOLD, Contributor, files_of, initiated, products
from jsonschema import Draft202012Validator
from made_up_images import IMAGES, image_bytes, integers, pixels, tan_image, without_wcs

FRAME = tan_image()
ENGINES = ("duckdb", "postgresql")
UNKNOWN = "ivo://satvo.invalid/images?0123456789abcdef"


@pytest.fixture(scope="module", params=ENGINES)
def site(
    request: pytest.FixtureRequest,
    empty_server: Callable[..., Any],
    address_of: Callable[[str], str],
) -> Iterator[Any]:
    """A server of each engine, without rows at first."""
    server = empty_server(SATVO_STORE=address_of(request.param), SATVO_IMAGE_QUOTA_BYTES="3000000")
    yield initiated(server).start()
    server.stop()


@pytest.fixture
def mine(site: Any) -> Iterator[Contributor]:
    with Contributor(site) as contributor:
        yield contributor


def frame(seed: int) -> bytes:
    """A frame that no other test brings."""
    return tan_image(seed=seed)


def row(site: Any, columns: str, product: str) -> list[str]:
    query = (
        f"SELECT {columns} FROM ivoa.obscore NATURAL JOIN satvo.dataproduct "
        f"WHERE product_id = '{product}'"
    )
    told: list[str] = site.sync(query, RESPONSEFORMAT="csv").text.splitlines()[1].split(",")
    return told


def test_what_came_is_told_and_kept_byte_by_byte(site: Any, mine: Contributor) -> None:
    answer = mine.bring(FRAME, "M 42.fits")
    assert answer.status_code == 201, answer.text
    (told,) = answer.json()["files"]
    checksum = hashlib.sha256(FRAME).hexdigest()
    assert told["file"] == "M 42.fits"
    assert (told["status"], told["checksum"]) == ("new", checksum)
    assert told["product_id"] == checksum[:16]
    assert told["contributor"] == mine.name
    assert told["s_region"].startswith("POLYGON")
    assert told["access_url"] == f"{site.url}/files/{checksum[:16]}.fits"
    assert answer.headers["Location"] == f"{site.url}/api/images/{checksum[:16]}"
    assert {each["kind"] for each in told["messages"]} >= {"found"}
    assert (site.home / "images" / checksum[:2] / f"{checksum}.fits").read_bytes() == FRAME
    known = mine.get(answer.headers["Location"], timeout=60).json()
    assert known["obs_publisher_did"] == told["obs_publisher_did"]
    assert row(site, "contributor, licence", checksum[:16]) == [mine.name, "CC0-1.0"]


def test_the_same_again_is_unchanged(site: Any, mine: Contributor) -> None:
    content = frame(10)
    assert mine.bring(content).status_code == 201
    before = files_of(site.home)
    again = mine.bring(content, licence="another")
    assert again.status_code == 200
    (told,) = again.json()["files"]
    assert (told["status"], told["licence"]) == ("unchanged", "CC0-1.0")
    assert files_of(site.home) == before


def test_validating_tells_the_same_and_keeps_nothing(site: Any, mine: Contributor) -> None:
    content, before, known = frame(11), files_of(site.home), products(site)
    looked = mine.bring(content, VALIDATE="true")
    assert looked.status_code == 200
    (told,) = looked.json()["files"]
    assert told["status"] == "valid"
    assert told["preview"]
    assert files_of(site.home) == before
    assert products(site) == known
    (kept,) = mine.bring(content).json()["files"]
    assert kept["s_region"] == told["s_region"]
    assert kept["missing"] == told["missing"]


def test_a_body_may_be_the_file(site: Any, mine: Contributor) -> None:
    content = frame(12)
    answer = mine.ask(
        "POST", params={**TOLD, "FILE_NAME": "raw.fits", "gain": "1.5"}, data=content,
        headers={"Content-Type": "image/fits"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert row(site, "file_name", answer.json()["files"][0]["product_id"]) == ["raw.fits"]


def test_a_body_of_unknown_length_is_taken(mine: Contributor) -> None:
    content = frame(13)
    pieces = (content[i : i + 1000] for i in range(0, len(content), 1000))
    answer = mine.ask(
        "POST", params=TOLD, data=pieces, headers={"Content-Type": "application/fits"}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["files"][0]["checksum"] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", IMAGES)
def test_each_kind_of_file_is_taken(mine: Contributor, name: str) -> None:
    content = IMAGES[name]()
    answer = mine.bring(content, name)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["files"][0]["size_bytes"] == len(content)


def test_what_is_missing_is_named_and_can_be_told_with_the_file_or_later(
    site: Any, mine: Contributor
) -> None:
    content = image_bytes(pixels(seed=14))
    answer = mine.bring(content, gain="2.5", t_exptime="30", site_lon="-70.7", site_lat="-30.2")
    (told,) = answer.json()["files"]
    assert not {"gain", "duration"} & set(told["missing"])
    assert {"site", "read_noise", "wcs"} <= set(told["missing"])
    product = told["product_id"]
    before = row(site, "ingest_date", product)
    changed = mine.ask(
        "PATCH", f"/{product}", json={"read_noise": 6, "site_height": 2722.0, "obs_title": "Mine"}
    )
    assert changed.status_code == 200, changed.text
    missing = changed.json()["missing"].split("#")
    assert not {"read_noise", "site", "gain"} & set(missing)
    assert "wcs" in missing
    assert row(site, "read_noise, obs_title, contributor", product) == ["6", "Mine", mine.name]
    assert row(site, "ingest_date", product) > before
    assert row(site, "checksum", product) == [hashlib.sha256(content).hexdigest()]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"gain": 3.0}, "gain: known already"),
        ({"s_ra": 10.0}, "s_ra cannot be told"),
        ({"contributor": "me"}, "contributor cannot be told"),
        ({"checksum": "0"}, "checksum"),
        ({"read_noise": "much"}, "read_noise"),
        ({"nonsense": 1}, "nonsense"),
        ({"progenitor_did": UNKNOWN}, "no data product"),
        ({}, "give a JSON object or a form"),
        ([1], "give a JSON object or a form"),
        ({"licence": ""}, "licence"),
    ],
)
def test_what_cannot_be_told_later_is_refused(
    site: Any, mine: Contributor, told: Any, words: str
) -> None:
    product = mine.bring(image_bytes(pixels(seed=15)), gain="2").json()["files"][0]["product_id"]
    with Contributor(site, "write,operate") as operator:
        answer = operator.ask("PATCH", f"/{product}", json=told)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["error"]


def test_a_frame_comes_with_its_mask_its_pair_and_as_a_test_case(
    site: Any, mine: Contributor
) -> None:
    if not site.number("SELECT COUNT(*) AS n FROM satvo.testterm"):
        pytest.fail("the archive has no terms")
    term = site.sync("SELECT TOP 1 term FROM satvo.testterm", RESPONSEFORMAT="csv").text.split()[1]
    files = [
        ("truthmask", ("mask.fits", image_bytes((pixels(seed=16) > 200).astype("u1")))),
        ("pair", ("without.fits", tan_image(seed=16, trail=False))),
        ("file", ("with.fits", frame(16))),
    ]
    answer = mine.bring(
        files, case_id=f"case {mine.name}", case_title="A trail", case_relevance="It is one",
        case_terms=term,
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    told = {each["file"]: each for each in answer.json()["files"]}
    with_trail, mask = told["with.fits"], told["mask.fits"]
    assert mask["progenitor_did"] == with_trail["obs_publisher_did"]
    assert mask["obs_id"] == with_trail["obs_id"]
    assert (mask["role"], with_trail["role"]) == ("truthmask", "frame")
    case = site.sync(
        "SELECT obs_publisher_did, pair_did, mask_did, terms FROM satvo.testcase "
        f"WHERE case_id = '{answer.json()['case_id']}'",
        RESPONSEFORMAT="csv",
    ).text.splitlines()[1]
    names = ("with.fits", "without.fits", "mask.fits")
    assert case.split(",") == [*(told[each]["obs_publisher_did"] for each in names), term]


@pytest.mark.parametrize("rest", [b"", b"SIMPLE  =", without_wcs()[:2000], b"\xff\xd8\xff\xe0JFIF"])
def test_all_files_of_a_request_are_kept_or_none(site: Any, mine: Contributor, rest: bytes) -> None:
    before, known = files_of(site.home), products(site)
    parts = [("file", ("good.fits", frame(17))), ("mask", ("bad.fits", rest))]
    answer = mine.bring(parts)
    assert answer.status_code == 400
    good, bad = answer.json()["files"]
    assert (good["status"], bad["status"]) == ("valid", "refused")
    assert bad["reason"].startswith("bad.fits")
    assert "nothing of the request is kept" in answer.json()["error"]
    assert files_of(site.home) == before
    assert products(site) == known


@pytest.mark.parametrize(
    ("parts", "told", "words"),
    [
        ([("file", ("a.fits", FRAME))], {"licence": ""}, "licence"),
        ([("file", ("a.fits", FRAME))], {"obs_collection": ""}, "obs_collection"),
        ([("file", ("a.fits", FRAME))], {"gain": "many"}, "gain=many"),
        ([("file", ("a.fits", FRAME))], {"nonsense": "1"}, "nonsense"),
        ([("file", ("a.fits", FRAME))], {"progenitor_did": UNKNOWN}, "no data product"),
        ([("file", ("a.fits", FRAME))], {"case_title": "x"}, "relevance is needed"),
        (
            [("file", ("a.fits", FRAME))],
            {"case_title": "x", "case_relevance": "y", "case_terms": "nonsense"},
            "terms=nonsense",
        ),
        ([("pair", ("a.fits", FRAME))], {}, "a pair needs its frame"),
        (
            [("file", ("a.fits", FRAME)), ("file", ("b.fits", FRAME)), ("mask", ("c", FRAME))],
            {},
            "2 frames and a mask",
        ),
        ([("mask", ("a.fits", FRAME)), ("mask", ("b.fits", FRAME))], {}, "2 parts called mask"),
    ],
)
def test_what_is_told_wrongly_is_refused(
    site: Any, mine: Contributor, parts: Any, told: dict[str, str], words: str
) -> None:
    before = files_of(site.home)
    answer = mine.bring(parts, **told)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["error"]
    assert files_of(site.home) == before


@pytest.mark.parametrize(("rights", "status"), [(None, 401), ("read,job", 403)])
def test_who_may_not_write_brings_and_changes_nothing(
    site: Any, mine: Contributor, rights: str | None, status: int
) -> None:
    product = mine.bring(frame(18)).json()["files"][0]["product_id"]
    with Contributor(site, rights) as other:
        assert other.bring(frame(19)).status_code == status
        assert other.ask("DELETE", f"/{product}").status_code == status
        assert other.ask("PATCH", f"/{product}", json={"optics": "x"}).status_code == status
        assert other.ask("GET", f"/{product}").status_code == 200
    assert hashlib.sha256(frame(19)).hexdigest() not in products(site)


def test_only_who_brought_it_or_an_operator_removes_it(site: Any, mine: Contributor) -> None:
    first, second = (mine.bring(frame(n)).json()["files"][0]["product_id"] for n in (20, 21))
    with Contributor(site) as other:
        refused = other.ask("DELETE", f"/{first}")
        assert refused.status_code == 403
        assert mine.name in refused.json()["error"]
    assert mine.ask("DELETE", f"/{first}").status_code == 204
    assert mine.ask("DELETE", f"/{first}").status_code == 404
    with Contributor(site, "write,operate") as operator:
        assert operator.ask("DELETE", f"/{second}").status_code == 204
    assert mine.ask("GET", f"/{second}").status_code == 404
    for seed in (20, 21):
        checksum = hashlib.sha256(frame(seed)).hexdigest()
        assert not [each for each in files_of(site.home) if checksum in each]


def test_a_quota_is_of_one_contributor(site: Any) -> None:
    with Contributor(site) as greedy, Contributor(site) as modest:
        large = tan_image(shape=(500, 700), seed=22)  # 1.4 MB
        assert greedy.bring(large).status_code == 201
        assert greedy.bring(tan_image(shape=(500, 700), seed=23)).status_code == 201
        refused = greedy.bring(tan_image(shape=(500, 700), seed=24))
        assert refused.status_code == 400
        assert "at most 3000000 are possible" in refused.json()["error"]
        assert modest.bring(frame(25)).status_code == 201
        assert greedy.ask("DELETE", f"/{hashlib.sha256(large).hexdigest()[:16]}").status_code == 204
        assert greedy.bring(tan_image(shape=(500, 700), seed=24)).status_code == 201


def test_eight_at_once_lose_nothing(site: Any) -> None:
    contents = [frame(100 + n) for n in range(8)]
    with Contributor(site) as mine, ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda content: mine.bring(content).status_code, contents))
        assert statuses == [201] * 8
    known = products(site)
    for content in contents:
        checksum = hashlib.sha256(content).hexdigest()
        assert checksum in known
        stored = site.home / "images" / checksum[:2] / f"{checksum}.fits"
        assert stored.read_bytes() == content


def test_eight_times_the_same_at_once_are_one(site: Any) -> None:
    content = frame(120)
    with Contributor(site) as mine, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: mine.bring(content), range(8)))
    assert sorted(each.status_code for each in answers) == [200] * 7 + [201]
    checksum = hashlib.sha256(content).hexdigest()
    query = f"SELECT COUNT(*) AS n FROM satvo.dataproduct WHERE checksum = '{checksum}'"
    assert site.number(query) == 1
    assert len([each for each in files_of(site.home) if checksum in each]) == 3


def test_a_registered_image_is_in_every_protocol_within_a_second(
    site: Any, mine: Contributor
) -> None:
    content = tan_image(seed=130, ra=210.0, dec=54.0)
    answer = mine.bring(content)
    begun = time.monotonic()
    (told,) = answer.json()["files"]
    product, did = told["product_id"], told["obs_publisher_did"]
    assert row(site, "obs_publisher_did", product) == [did]
    found = site.get("/sia2/query?POS=CIRCLE+210+54+0.01&RESPONSEFORMAT=csv")
    assert did in found.text
    links = site.get(told["links_url"].removeprefix(site.url))
    assert told["access_url"] in links.text
    assert site.get(f"/files/{product}.fits").body == content
    assert site.get(f"/previews/{product}.png").body.startswith(b"\x89PNG")
    assert product in site.get(f"/archive/{product}").text
    assert time.monotonic() - begun < 1.0


def test_answers_are_as_the_description_says(site: Any, mine: Contributor) -> None:
    document = json.loads(site.get("/openapi.json").body)
    schemas = document["components"]["schemas"]
    brought = document["paths"]["/api/images"]["post"]
    kinds = brought["requestBody"]["content"]
    assert "application/x-www-form-urlencoded" not in kinds
    assert {"multipart/form-data", "image/fits"} <= set(kinds)
    parts = kinds["multipart/form-data"]["schema"]["properties"]
    assert parts["GAIN"]["type"] == "number"
    answers = [mine.bring(frame(140)), mine.bring(frame(140)), mine.bring(b"no FITS")]
    for answer in answers:
        Draft202012Validator(schemas["ImageReports"]).validate(answer.json())
    product = answers[0].json()["files"][0]["product_id"]
    Draft202012Validator(schemas["Image"]).validate(mine.ask("GET", f"/{product}").json())


def test_integers_stay_integers(site: Any, mine: Contributor) -> None:
    content = integers()
    told = mine.bring(content).json()["files"][0]
    path = site.home / "images" / told["checksum"][:2] / f"{told['checksum']}.fits"
    assert path.read_bytes() == content
