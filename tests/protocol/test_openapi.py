"""/openapi.json says what is there, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from satvo.resources.catalogue import resources
from satvo.resources.constellations.filed import filed_constellations
from satvo.schemas.state_database import open_state
from satvo.service.app import create_app
from satvo.service.config import Config
from satvo.service.formats import FORMATS
from satvo.service.tap_request import TAP_PARAMETERS

FORM = "application/x-www-form-urlencoded"
JOBS = [job for resource in resources() for job in resource.jobs]


@pytest.fixture(scope="module")
def document(server: Any) -> Any:
    reply = server.get("/openapi.json", Host="evil.example")
    assert reply.status == 200
    assert reply.kind == "application/json"
    return json.loads(reply.body)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application itself, for what it routes."""
    home = tmp_path_factory.mktemp("routes")
    open_state(home).dispose()
    app = create_app(Config(home=home))
    yield app
    app.extensions["satvo.jobs"].close()
    app.extensions["satvo.archive"].close()


def forms(document: Any, path: str) -> Any:
    """The properties of the forms that a POST takes, by media type."""
    content = document["paths"][path]["post"]["requestBody"]["content"]
    return {kind: each["schema"]["properties"] for kind, each in content.items()}


def test_the_document_is_valid(document: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    validate(document, cls=OpenAPIV31SpecValidator)


def test_it_has_every_routed_path_and_method_and_no_other(document: Any, app: Flask) -> None:
    routed: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        if not path.startswith("/control/"):
            routed.setdefault(path, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    described = {
        path: {name.upper() for name in item if name != "parameters"}
        for path, item in document["paths"].items()
    }
    assert described == routed


def test_every_path_answers_with_the_methods_it_has(server: Any, document: Any) -> None:
    for path, item in document["paths"].items():
        reply = server.request("OPTIONS", re.sub(r"{\w+}", "x", path))
        allowed = set(reply.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
        assert allowed == {name.upper() for name in item if name != "parameters"}, path


def test_every_operation_says_what_it_does(document: Any) -> None:
    for path, item in document["paths"].items():
        for name, each in item.items():
            if name != "parameters":
                assert re.match(r"[A-Z\"/]", each["summary"]), (path, name)
                assert {"default"} < set(each["responses"]), (path, name)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_parameter_of_a_job_is_there_as_declared(document: Any, job: Any) -> None:
    jobs = job.path or f"/jobs/{job.name}"
    for path in (jobs, f"{jobs}/{{job_id}}/parameters"):
        parts = forms(document, path)["multipart/form-data"]
        for each in job.parameters:
            schema = parts[each.name]
            assert ("contentMediaType" in schema) is each.is_file
            if not each.is_file:
                assert schema["description"] == each.description
                assert (schema.get("type") == "array") is each.is_repeatable
                schema = schema.get("items", schema)
                assert schema.get("enum", []) == list(each.choices)
                assert schema.get("x-unit", "") == each.unit
                number = {"double": float, "int": int, "long": int}.get(each.datatype, str)
                wanted = None if each.default is None else number(each.default)
                assert schema.get("default") == wanted
        known = {each.name for each in job.parameters} | {"PHASE", "RUNID"}
        assert set(parts) <= known


def test_the_choices_of_a_constellation_are_those_filed() -> None:
    job = next(job for job in JOBS if job.name == "constellation")
    assert job.parameters[0].choices == tuple(sorted(c.name for c in filed_constellations()))


def test_the_parameters_and_formats_of_tap_are_there(document: Any) -> None:
    sync = document["paths"]["/tap/sync"]
    named = {each["name"] for each in sync["get"]["parameters"]}
    assert named == {*TAP_PARAMETERS, "UPLOAD", "RUNID"}
    assert set(sync["get"]["responses"]["200"]["content"]) == {f.media_type for f in FORMATS}
    for path in ("/tap/sync", "/tap/async"):
        for form in forms(document, path).values():
            assert {*TAP_PARAMETERS, "UPLOAD", "RUNID"} <= set(form)
            assert form["MAXREC"]["type"] == "integer"
            assert form["LANG"]["default"] == "ADQL"


def test_addresses_are_those_of_the_settings(
    document: Any, server: Any, new_server: Callable[..., Any]
) -> None:
    assert "evil.example" not in json.dumps(document)
    public = new_server(SATVO_PUBLIC_URL="https://example.org/sats/").start()
    told = json.loads(public.get("/openapi.json").body)
    assert told["servers"] == [{"url": "https://example.org/sats"}]


def test_the_json_of_jobs_is_as_described(server: Any, document: Any) -> None:
    secret = server.command("token add", "--rights", "job", "openapi").stdout.split()[-1]
    token = {"Authorization": f"Bearer {secret}"}
    for query in ("SELECT TOP 1 norad_id FROM satvo.gp", "SELECT nothing FROM satvo.gp"):
        body = urlencode({"QUERY": query, "PHASE": "RUN", "RUNID": "r"}).encode()
        made = server.request("POST", "/tap/async", body, {"Content-Type": FORM, **token})
        job = urlsplit(made.headers["Location"]).path
        while server.get(f"{job}/phase", **token).text in ("QUEUED", "EXECUTING"):
            server.get(f"{job}?WAIT=10", **token)
        check(document, "Job", server.get(f"{job}?RESPONSEFORMAT=json", **token).body)
    check(document, "JobList", server.get("/tap/async?RESPONSEFORMAT=json", **token).body)


def check(document: Any, name: str, content: bytes) -> None:
    Draft202012Validator(document["components"]["schemas"][name]).validate(json.loads(content))


def test_errors_have_the_media_type_that_is_described(server: Any, document: Any) -> None:
    for path in ("/tap/async/{job_id}", "/tables/{name}", "/jobs/constellation/{job_id}"):
        kinds = document["paths"][path]["get"]["responses"]["default"]["content"]
        reply = server.get(path.replace("{job_id}", "x").replace("{name}", "x"))
        assert reply.status == 404
        assert reply.kind.partition(";")[0] in kinds


def test_the_first_page_leads_to_it(server: Any) -> None:
    assert 'href="/openapi.json"' in server.get("/").text
