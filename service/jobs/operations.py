"""What the addresses of a job list do (UWS 1.1, section 2.2), for /openapi.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from satvo.schemas.resource import JobParameter
from satvo.service.jobs.book import PHASES
from satvo.service.operations import Operation, Reply

__all__ = ["JOB_SCHEMAS", "job_operation"]

_FORMAT = JobParameter(
    "RESPONSEFORMAT", "json, or XML where it is not given; Accept: application/json does it too"
)
_RUN = JobParameter("PHASE", "RUN to start the job at once", choices=("RUN",))
_RUNID = JobParameter("RUNID", "A name of the client's own, 64 characters at most")
_JSON_TOO = ("text/xml", "application/json")
_SEEN = {200: Reply("The job", _JSON_TOO, "Job")}
_LISTED = {200: Reply("The caller's jobs", _JSON_TOO, "JobList")}
_TEXT = {200: Reply("The value", ("text/plain",))}
_XML = {200: Reply("A UWS document", ("text/xml",))}
_TO_JOB = {303: Reply("Location is the job")}
_TO_LIST = {303: Reply("Location is the job list")}


def _given(name: str, description: str, **more: object) -> tuple[JobParameter, ...]:
    return (JobParameter(name, description, **more),)  # type: ignore[arg-type]


_OPERATIONS: Mapping[str, Operation] = {
    "list": Operation(
        "the jobs of the token that is sent",
        (
            JobParameter("PHASE", "Only jobs in it", choices=PHASES, is_repeatable=True),
            JobParameter("AFTER", "Only jobs made after it, UTC", xtype="timestamp"),
            JobParameter("LAST", "Only so many, the newest", datatype="int"),
            _FORMAT,
        ),
        _LISTED,
    ),
    "create": Operation("make a job", (_RUN, _RUNID), _TO_JOB),
    "job": Operation(
        "a job",
        (
            JobParameter(
                "WAIT", "How long to wait for another phase; -1 as long as possible",
                datatype="double", unit="s",
            ),
            JobParameter("PHASE", "Wait only while the job is in it", choices=PHASES),
            _FORMAT,
        ),
        _SEEN,
    ),
    "act": Operation(
        "remove a job",
        _given("ACTION", "For clients that cannot send DELETE", choices=("DELETE",)),
        _TO_LIST,
    ),
    "delete": Operation("remove a job", (), _TO_LIST),
    "phase": Operation("its phase", (), _TEXT),
    "executionduration": Operation("how long it may run, s", (), _TEXT),
    "destruction": Operation("when it will be removed, UTC", (), _TEXT),
    "quote": Operation("when it will be done: not known, so empty", (), _TEXT),
    "owner": Operation("the token that it belongs to", (), _TEXT),
    "parameters": Operation("its parameters", (), _XML),
    "results": Operation("its results", (), _XML),
    "error": Operation(
        "why it failed", (), {200: Reply("The message", ("application/x-votable+xml",))}
    ),
    "set_phase": Operation(
        "start or end a job", _given("PHASE", "What to do", choices=("RUN", "ABORT")), _TO_JOB
    ),
    "set_executionduration": Operation(
        "set how long it may run",
        _given("EXECUTIONDURATION", "0 asks for as long as possible", datatype="int", unit="s"),
        _TO_JOB,
    ),
    "set_destruction": Operation(
        "set when it will be removed",
        _given("DESTRUCTION", "ISO 8601 in UTC", xtype="timestamp"),
        _TO_JOB,
    ),
    "set_parameters": Operation("give a pending job parameters", (), _TO_JOB),
    "result": Operation("one result", (), {200: Reply("In the format of the result", ("*/*",))}),
}  # fmt: skip

_TAKE_PARAMETERS = ("create", "set_parameters")


def job_operation(name: str, title: str, parameters: tuple[JobParameter, ...]) -> Operation:
    """What one address of a job list does.

    Parameters
    ----------
    name : str
        Of the endpoint, e.g. ``create``.
    title : str
        Of the job list.
    parameters : tuple of JobParameter
        Which its jobs take.
    """
    told = _OPERATIONS[name]
    summary = f"{told.summary} ({title})"
    if name not in _TAKE_PARAMETERS:
        return replace(told, summary=summary)
    return replace(
        told, summary=summary, parameters=(*parameters, *told.parameters), takes_files=True
    )


_TIME = {"type": ["string", "null"], "description": "ISO 8601, UTC"}
_TEXT_OR_NULL = {"type": ["string", "null"]}

JOB_SCHEMAS: Mapping[str, object] = {
    "Job": {
        "type": "object",
        "required": ["jobId", "phase", "creationTime", "parameters", "results"],
        "additionalProperties": False,
        "properties": {
            "jobId": {"type": "string"},
            "runId": _TEXT_OR_NULL,
            "ownerId": _TEXT_OR_NULL,
            "phase": {"type": "string", "enum": list(PHASES)},
            "quote": {"type": "null"},
            "creationTime": _TIME,
            "startTime": _TIME,
            "endTime": _TIME,
            "executionDuration": {"type": "integer", "x-unit": "s"},
            "destruction": _TIME,
            "parameters": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"id": {"type": "string"}, "value": {"type": "string"}},
                },
            },
            "results": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string"},
                        "href": {"type": "string"},
                        "mime-type": {"type": "string"},
                        "size": {"type": "integer", "x-unit": "byte"},
                    },
                },
            },
            "errorSummary": {
                "type": ["object", "null"],
                "properties": {"type": {"type": "string"}, "message": {"type": "string"}},
            },
            "progress": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        },
    },
    "JobList": {
        "type": "object",
        "required": ["jobs"],
        "properties": {
            "jobs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "href", "phase"],
                    "additionalProperties": False,
                    "properties": {
                        "id": {"type": "string"},
                        "href": {"type": "string"},
                        "phase": {"type": "string", "enum": list(PHASES)},
                        "runId": _TEXT_OR_NULL,
                        "ownerId": _TEXT_OR_NULL,
                        "creationTime": _TIME,
                    },
                },
            }
        },
    },
}
"""The JSON of a job and of a list, as JSON Schema."""
