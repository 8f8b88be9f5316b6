"""What a request with images says, in its parts, fields and JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Request
from satvo.schemas.errors import BadParameter
from satvo.service.bringing.metadata import shown_name
from satvo.service.bringing.requests import ImageRequest, receive_images
from satvo.service.config import Config
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.test import EnvironBuilder

ONE = [("file", "a.fits", b"AAA")]
TOLD = {"licence": "CC0-1.0", "obs_collection": "mine"}


def came(
    tmp_path: Path,
    fields: dict[str, Any] | None = None,
    files: list[tuple[str, str, bytes]] = ONE,
    query: dict[str, str] | None = None,
) -> ImageRequest:
    """What a form with parts brings."""
    builder = EnvironBuilder(method="POST", data=fields or {}, query_string=query or {})
    for part, name, content in files:
        builder.files.add_file(part, io.BytesIO(content), name)
    return receive_images(Request(builder.get_environ()), tmp_path, Config())


def raw(tmp_path: Path, kind: str, **query: str) -> ImageRequest:
    builder = EnvironBuilder(
        method="POST", input_stream=io.BytesIO(b"RAW"), content_type=kind, content_length=3,
        query_string=query,
    )  # fmt: skip
    return receive_images(Request(builder.get_environ()), tmp_path, Config())


def test_fields_hold_for_every_file(tmp_path: Path) -> None:
    files = [("file", "a.fits", b"A"), ("file", "b.fits", b"BB")]
    asked = came(tmp_path, {**TOLD, "GAIN": "1.5", "optics": ""}, files)
    assert [(each.name, each.path.read_bytes()) for each in asked.files] == [
        ("a.fits", b"A"), ("b.fits", b"BB"),
    ]  # fmt: skip
    assert all(each.told == {**TOLD, "gain": "1.5"} for each in asked.files)
    assert not asked.validate
    assert not asked.case


def test_a_body_is_a_file_and_the_query_tells_of_it(tmp_path: Path) -> None:
    asked = raw(tmp_path, "image/fits", FILE_NAME="../x.fits", VALIDATE="1", **TOLD)
    (file,) = asked.files
    assert (file.name, file.part, file.path.read_bytes()) == ("x.fits", "file", b"RAW")
    assert file.told == TOLD
    assert asked.validate


def test_json_tells_of_all_and_of_each_file_by_its_name_or_part(tmp_path: Path) -> None:
    told = {
        **TOLD, "gain": 1.5,
        "files": {"a.fits": {"gain": 2, "T_EXPTIME": 30.0}, "truthmask": {"obs_title": "truth"}},
        "case": {"title": "A trail", "terms": ["leo"]},
    }  # fmt: skip
    files = [("truthmask", "m.fits", b"M"), ("file", "a.fits", b"A"), ("pair", "p.fits", b"P")]
    asked = came(tmp_path, {"metadata": json.dumps(told)}, files)
    assert [(each.part, each.role) for each in asked.files] == [
        ("file", "frame"), ("truthmask", "truthmask"), ("pair", "frame"),
    ]  # fmt: skip
    assert asked.files[0].told == {**TOLD, "gain": 2, "t_exptime": 30.0}
    assert asked.files[1].told == {**TOLD, "gain": 1.5, "obs_title": "truth"}
    assert asked.case == {"title": "A trail", "terms": ["leo"]}


def test_metadata_may_be_a_file_of_the_form(tmp_path: Path) -> None:
    files = [*ONE, ("metadata", "about.json", json.dumps(TOLD).encode())]
    assert came(tmp_path, files=files).files[0].told == TOLD


def test_a_case_stands_in_fields_too(tmp_path: Path) -> None:
    given = {**TOLD, "case_id": "c1", "case_title": "A trail", "CASE_TERMS": "leo,bright"}
    asked = came(tmp_path, given)
    assert asked.case == {"case_id": "c1", "title": "A trail", "terms": "leo,bright"}


def test_a_role_may_be_told_of_a_file(tmp_path: Path) -> None:
    assert came(tmp_path, {**TOLD, "role": "mask"}).files[0].role == "mask"


@pytest.mark.parametrize(
    ("fields", "files", "words"),
    [
        ({}, [("metadata", "m.json", b"{}")], "no file; give one in a part called file"),
        ({}, [("x", "a.fits", b"A")], "x: no name of a part"),
        ({"metadata": "{"}, ONE, "metadata: no JSON"),
        ({"metadata": "[1]"}, ONE, "metadata: a JSON object"),
        ({"metadata": '{"gain": NaN}'}, ONE, "NaN is no number of JSON"),
        ({"metadata": "[" * 100_000}, ONE, "metadata: no JSON"),
        ({"metadata": '{"gain": 1}', "gain": "2"}, ONE, "gain: given in metadata and beside it"),
        ({"metadata": '{"files": {"b.fits": {}}}'}, ONE, "b.fits: the request has no such file"),
        ({"gain": "1", "GAIN": "2"}, ONE, "gain is given twice"),
        ({"licence": "a", "license": "b"}, ONE, "licence is told twice"),
        ({"contributor": "me"}, ONE, "contributor cannot be told"),
        ({"s_region": "CIRCLE 0 0 1"}, ONE, "s_region cannot be told"),
        ({"VALIDATE": "maybe"}, ONE, "VALIDATE=maybe: true or false"),
        ({"role": "villain"}, ONE, "villain: no name of a part"),
        ({}, ONE * 51, "51 files; at most 50"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    tmp_path: Path, fields: dict[str, str], files: list[tuple[str, str, bytes]], words: str
) -> None:
    with pytest.raises(BadParameter, match=words):
        came(tmp_path, fields, files)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/html", "image/jpeg"])
def test_another_type_of_body_is_refused_with_what_is_accepted(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="multipart/form-data") as refused:
        raw(tmp_path, kind, **TOLD)
    assert kind in str(refused.value.description)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", [b"", b"--b\r\n", b"--b\r\nContent-Disposition: x\r\n\r\n", b"xx"])
def test_a_form_without_an_end_is_refused(tmp_path: Path, body: bytes) -> None:
    builder = EnvironBuilder(
        method="POST", input_stream=io.BytesIO(body), content_length=len(body),
        content_type="multipart/form-data; boundary=b",
    )  # fmt: skip
    with pytest.raises(BadParameter):
        receive_images(Request(builder.get_environ()), tmp_path, Config())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a.fits", "a.fits"), ("../../x.fits", "x.fits"), ("/etc/passwd", "passwd"),
        ("C:\\data\\x.fits", "x.fits"), ("a\0b.fits", "ab.fits"), ("..", ""), ("", ""),
        ("\u202estif.exe", "stif.exe"), ("Sternspur ü 星.fits", "Sternspur ü 星.fits"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
    ],
)  # fmt: skip
def test_a_name_is_shown_without_path_and_without_tricks(given: str, shown: str) -> None:
    assert shown_name(given) == shown


@pytest.mark.parametrize("given", ["x" * 10_000 + ".fits", ".fits" * 10_000, "." * 10_000 + "f"])
def test_a_long_name_is_cut(given: str) -> None:
    assert 0 < len(shown_name(given)) <= 200
    assert shown_name(given).endswith("f" if given.startswith("..") else ".fits")
