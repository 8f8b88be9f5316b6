"""The OpenAPI 3.1 description of an application, made of its addresses and what they declare."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask
from satvo.schemas.resource import JobParameter
from satvo.service.bringing.schemas import IMAGE_SCHEMAS
from satvo.service.config import Config
from satvo.service.jobs.operations import JOB_SCHEMAS
from satvo.service.operations import Operation, Reply, operation_of
from satvo.service.software import software_version
from werkzeug.routing import Rule

__all__ = ["openapi_document"]

_TYPES: Mapping[str, Mapping[str, Any]] = {
    "boolean": {"type": "boolean"},
    "short": {"type": "integer", "format": "int32"},
    "int": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "float": {"type": "number", "format": "float"},
    "double": {"type": "number", "format": "double"},
}
"""JSON Schema of VOTable's types; all others are text."""

_NUMBERS: Mapping[str, Callable[[str], Any]] = {"integer": int, "number": float}

_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}

_IN_BODY = ("post", "put", "patch")

_ABOUT = (
    "Artificial satellites in the Virtual Observatory. Names of parameters may be in any case. "
    "Every address that takes GET takes HEAD and OPTIONS. Answers are sent as gzip to clients "
    "whose Accept-Encoding takes it. Rules of TAP 1.1, UWS 1.1 and VOSI 1.1 hold."
)


def openapi_document(
    app: Flask, config: Config, error_type: Callable[[str], str]
) -> dict[str, Any]:
    """The description of every address but those on the home's socket.

    Parameters
    ----------
    app : Flask
    config : Config
        Names the public address; that of a request is not looked at.
    error_type : callable
        From a path to the media type of its errors.

    References
    ----------
    OpenAPI Specification 3.1.1; its Schema Object is JSON Schema 2020-12.
    """
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/control/"):
            continue
        item = paths.setdefault(_template(rule), _path_item(rule))
        told = operation_of(app.view_functions[rule.endpoint])
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            item[method.lower()] = _operation(
                told, method.lower(), rule.endpoint, error_type(rule.rule)
            )
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "satvo",
            "version": software_version(),
            "description": _ABOUT,
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": config.url("").rstrip("/")}],
        "security": [{}, {"token": []}],
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": {
            "schemas": {**JOB_SCHEMAS, **IMAGE_SCHEMAS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Reading needs none; jobs made with one belong to it",
                }
            },
        },
    }


def _template(rule: Rule) -> str:
    """The path with its variables as OpenAPI writes them.

    Examples
    --------
    >>> _template(Rule("/tap/tables/<path:name>"))
    '/tap/tables/{name}'
    """
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _path_item(rule: Rule) -> dict[str, Any]:
    variables = re.findall(r"{(\w+)}", _template(rule))
    if not variables:
        return {}
    return {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in variables
        ]
    }


def _operation(told: Operation, method: str, endpoint: str, error_type: str) -> dict[str, Any]:
    replies = told.replies or {200: Reply("The answer", ("*/*",))}
    made: dict[str, Any] = {
        "summary": told.summary[:1].upper() + told.summary[1:],
        "operationId": re.sub(r"\W+", "_", f"{method}_{endpoint}"),
        "tags": [endpoint.partition(".")[0]],
        "responses": {
            **{str(status): _reply(reply) for status, reply in replies.items()},
            "default": _reply(
                Reply("An error: what was given and what is accepted", (error_type,))
            ),
        },
    }
    if told.right:
        made["security"] = [{"token": []}]
        made["description"] = f"Needs a token with the right {told.right}."
    if method in _IN_BODY:
        if told.parameters or told.takes_files:
            made["requestBody"] = {"content": _forms(told)}
    elif plain := [each for each in told.parameters if not each.is_file]:
        made["parameters"] = [_query_parameter(each) for each in plain]
    return made


def _reply(reply: Reply) -> dict[str, Any]:
    content: dict[str, Any] = {name: {} for name in reply.media_types}
    if reply.schema and "application/json" in content:
        content["application/json"] = {"schema": {"$ref": f"#/components/schemas/{reply.schema}"}}
    made: dict[str, Any] = {"description": reply.description}
    return {**made, "content": content} if content else made


def _query_parameter(parameter: JobParameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": _schema(parameter),
    }


def _forms(told: Operation) -> dict[str, Any]:
    """The ways in which a body may come: forms with parts only where there may be files."""
    plain = [each for each in told.parameters if not each.is_file]
    forms: dict[str, Any] = {
        kind: {"schema": {"$ref": f"#/components/schemas/{name}"} if name else dict(_FILE)}
        for kind, name in told.bodies.items()
    }
    if not (told.takes_files and told.bodies):
        forms["application/x-www-form-urlencoded"] = {"schema": _object(plain)}
    if told.takes_files:
        parts = _object(told.parameters)
        parts["additionalProperties"] = _FILE
        forms["multipart/form-data"] = {"schema": parts}
    return forms


def _object(parameters: Iterable[JobParameter]) -> dict[str, Any]:
    properties = {
        each.name: {**_schema(each), "description": each.description} for each in parameters
    }
    return {"type": "object", "properties": properties}


def _schema(parameter: JobParameter) -> dict[str, Any]:
    if parameter.is_file:
        return dict(_FILE)
    # Several numbers are one text, with blanks between (DALI 1.1, section 3.3).
    kind = "char" if parameter.arraysize else parameter.datatype
    schema: dict[str, Any] = dict(_TYPES.get(kind, {"type": "string"}))
    converted = _NUMBERS.get(schema["type"], str)
    if parameter.choices:
        schema["enum"] = [converted(choice) for choice in parameter.choices]
    if parameter.default is not None:
        schema["default"] = converted(parameter.default)
    if parameter.unit:
        schema["x-unit"] = parameter.unit
    if parameter.xtype:
        schema["x-xtype"] = parameter.xtype
    return {"type": "array", "items": schema} if parameter.is_repeatable else schema
