"""UWS 1.1: a job list over HTTP, for TAP's /async and for every compute job."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, send_file
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.moments import read_moment
from satvo.schemas.resource import JobDeclaration, JobParameter
from satvo.service.client_address import client_address
from satvo.service.config import Config
from satvo.service.identity import identity, own_or_refused, required
from satvo.service.jobs import documents
from satvo.service.jobs.book import PHASES, Job
from satvo.service.jobs.office import Office
from satvo.service.jobs.operations import job_operation
from satvo.service.operations import described
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.request_watch import request_record
from satvo.service.votable import error_document
from werkzeug.wrappers import Response as AnyResponse

__all__ = ["JobList", "compute_list", "uws_blueprint"]

MAX_WAIT_S = 60
"""A client that asks to wait longer gets the unchanged job and asks again."""


@dataclass(frozen=True, slots=True)
class JobList:
    """One job list.

    Attributes
    ----------
    kind : str
        Name of its jobs in the book.
    path : str
        Where it is, e.g. ``/tap/async``.
    title : str
    parameters : tuple of JobParameter
        What is described of those that its jobs take.
    accept : callable
        From the parameters of a request to those of the job, by name; raises `BadParameter`.
    execution_duration, longest_duration : callable
        Default and most seconds that a job may run, from the configuration.
    """

    kind: str
    path: str
    title: str
    parameters: tuple[JobParameter, ...]
    accept: Callable[[Parameters], dict[str, str]]
    execution_duration: Callable[[Config], int]
    longest_duration: Callable[[Config], int]


def compute_list(job: JobDeclaration) -> JobList:
    """The job list of a compute job that a resource declares."""
    known = {parameter.name: parameter for parameter in job.parameters}

    def accept(parameters: Parameters) -> dict[str, str]:
        given = {name: _value(parameters, about) for name, about in known.items()}
        if "REGISTER" in known:
            given["REGISTER"] = _register(given["REGISTER"])
        return {name: value for name, value in given.items() if value is not None}

    return JobList(
        kind=job.name,
        path=job.path or f"/jobs/{job.name}",
        title=job.title,
        parameters=job.parameters,
        accept=accept,
        execution_duration=lambda config: config.async_seconds,
        longest_duration=lambda config: config.longest_job_seconds,
    )


def _value(parameters: Parameters, about: JobParameter) -> str | None:
    """The value of a parameter; those of a repeated one with semicolons between."""
    if not about.is_repeatable:
        return parameters.single(about.name)
    return ";".join(parameters.all(about.name)) or None


def _register(text: str | None) -> str | None:
    """Whether results are to be registered, for which the caller must have the right."""
    if text is None or text.lower() in ("false", "0"):
        return text and "false"
    if text.lower() not in ("true", "1"):
        raise BadParameter(f"REGISTER={text[:40]}: give true or false")
    required("write")
    return "true"


def uws_blueprint(jobs: JobList, config: Config) -> Blueprint:
    """The endpoints of a job list (UWS 1.1, section 2.2)."""
    blueprint = Blueprint(f"uws_{jobs.kind}", __name__, url_prefix=jobs.path)
    view = _JobViews(jobs, config)

    def add(rule: str, name: str, run: Callable[..., AnyResponse], methods: list[str]) -> None:
        told = job_operation(name, jobs.title, jobs.parameters)
        blueprint.add_url_rule(rule, name, described(run, told), methods=methods)

    add("", "list", view.list, methods=["GET"])
    add("", "create", view.create, methods=["POST"])
    add("/<job_id>", "job", view.job, methods=["GET"])
    add("/<job_id>", "act", view.act, methods=["POST"])
    add("/<job_id>", "delete", view.delete, methods=["DELETE"])
    for name, show in view.shown.items():
        add(f"/<job_id>/{name}", name, show, methods=["GET"])
    for name, change in view.changed.items():
        add(f"/<job_id>/{name}", f"set_{name}", change, methods=["POST"])
    add("/<job_id>/results/<result_id>", "result", view.result, methods=["GET"])
    return blueprint


class _JobViews:
    def __init__(self, jobs: JobList, config: Config) -> None:
        self._jobs = jobs
        self._config = config
        self.shown: dict[str, Callable[..., AnyResponse]] = {
            "phase": lambda job_id: _text(self._own(job_id).phase),
            "executionduration": lambda job_id: _text(str(self._own(job_id).execution_duration)),
            "destruction": lambda job_id: _text(documents.time_text(self._own(job_id).destruction)),
            "quote": self._quote,
            "owner": lambda job_id: _text(self._own(job_id).owner),
            "parameters": lambda job_id: _xml(documents.parameters_document(self._own(job_id))),
            "results": self._results,
            "error": self._error,
        }
        self.changed: dict[str, Callable[..., AnyResponse]] = {
            "phase": self._set_phase,
            "executionduration": self._set_duration,
            "destruction": self._set_destruction,
            "parameters": self._set_parameters,
        }

    # The list

    def list(self) -> Response:
        """The caller's jobs; an anonymous caller has none that could be listed."""
        parameters = read_parameters(request)
        phases = parameters.all("PHASE")
        for phase in phases:
            if phase not in PHASES:
                raise BadParameter(f"PHASE={phase}: not a phase; give one of {', '.join(PHASES)}")
        after = parameters.single("AFTER")
        last = parameters.integer("LAST")
        if last == 0:
            raise BadParameter("LAST=0: give a number of jobs from 1 on")
        owner = identity()
        found: list[Job] = []
        moment = None if after is None else _moment("AFTER", after)
        if owner is not None:
            found = self._office.book.listed(
                self._jobs.kind, owner.token_id, phases=phases, after=moment, last=last
            )
        if _wants_json():
            return _json(documents.list_json(found, self._url()))
        return _xml(documents.list_document(found, self._url()))

    def create(self) -> AnyResponse:
        """A new job; 303 to it."""
        parameters = read_parameters(request)
        phase = parameters.single("PHASE")
        if phase not in (None, "RUN"):
            raise BadParameter(f"PHASE={phase}: a new job takes PHASE=RUN or none")
        run_id = parameters.single("RUNID")
        if run_id is not None and len(run_id) > 64:
            raise BadParameter("RUNID is longer than 64 characters")
        request_record().run_id = run_id
        accepted = self._jobs.accept(parameters)
        token = identity()
        owner = None if token is None else token.token_id
        address = client_address(request.environ, self._config.proxies) or None
        office = self._office
        job = office.submit(
            self._jobs.kind,
            accepted.items(),
            owner=owner,
            address=address,
            keep=lambda job_id: office.store_uploads(job_id, request),
            run_id=run_id,
            execution_duration=self._jobs.execution_duration(self._config),
            run=phase == "RUN",
        )
        return redirect(self._url(job), 303)

    # One job

    def job(self, job_id: str) -> Response:
        """The job; with WAIT, when its phase has changed or the time is over."""
        job = self._own(job_id)
        parameters = read_parameters(request)
        wait = parameters.single("WAIT")
        if wait is not None:
            job = self._waited(job, _seconds(wait), parameters.single("PHASE"))
        if _wants_json():
            return _json(documents.job_json(job, self._url(job)))
        return _xml(documents.job_document(job, self._url(job)))

    def act(self, job_id: str) -> AnyResponse:
        """ACTION=DELETE, for clients that cannot send DELETE."""
        if read_parameters(request).single("ACTION") != "DELETE":
            raise BadParameter(
                "a job takes ACTION=DELETE; parameters are posted to its /parameters, "
                "PHASE to its /phase"
            )
        return self.delete(job_id)

    def delete(self, job_id: str) -> AnyResponse:
        """The job and all that belongs to it is destroyed; 303 to the list."""
        self._office.destroy(self._own(job_id))
        return redirect(self._url(), 303)

    def result(self, job_id: str, result_id: str) -> AnyResponse:
        """One result."""
        job = self._own(job_id)
        for result in job.results:
            if result.id == result_id:
                path = self._office.folders.result(job, result)
                return send_file(path.resolve(), mimetype=result.media_type, etag=False)
        raise NotFound(f"job {job_id} has no result {result_id[:40]}")

    def _quote(self, job_id: str) -> AnyResponse:
        """Nothing: when a job will be done is not known (UWS 1.1, section 2.1.5)."""
        self._own(job_id)
        return _text("")

    def _results(self, job_id: str) -> AnyResponse:
        job = self._own(job_id)
        return _xml(documents.results_document(job, self._url(job)))

    def _error(self, job_id: str) -> AnyResponse:
        job = self._own(job_id)
        if job.error is None:
            raise NotFound(f"job {job_id} has no error; its phase is {job.phase}")
        return Response(error_document(job.error.message), mimetype="application/x-votable+xml")

    # Changes

    def _set_phase(self, job_id: str) -> AnyResponse:
        job = self._own(job_id)
        phase = read_parameters(request).single("PHASE")
        if phase == "RUN":
            self._office.book.run(job)
        elif phase == "ABORT":
            self._office.book.abort(job)
        else:
            raise BadParameter(f"PHASE={phase}: give RUN or ABORT")
        return redirect(self._url(job), 303)

    def _set_duration(self, job_id: str) -> AnyResponse:
        job = self._own(job_id)
        seconds = read_parameters(request).integer("EXECUTIONDURATION")
        if seconds is None:
            raise BadParameter("give EXECUTIONDURATION in s")
        longest = self._jobs.longest_duration(self._config)
        # 0 asks for no limit (UWS 1.1, section 2.1.7); the service may grant less than is asked
        granted = min(seconds or longest, longest)
        return redirect(self._url(self._office.book.change(job, execution_duration=granted)), 303)

    def _set_destruction(self, job_id: str) -> AnyResponse:
        job = self._own(job_id)
        text = read_parameters(request).single("DESTRUCTION")
        if text is None:
            raise BadParameter("give DESTRUCTION as a time in UTC, e.g. 2027-01-31T00:00:00Z")
        latest = job.created + timedelta(days=self._config.longest_job_days)
        granted = min(_moment("DESTRUCTION", text), latest)
        return redirect(self._url(self._office.book.change(job, destruction=granted)), 303)

    def _set_parameters(self, job_id: str) -> AnyResponse:
        job = self._own(job_id)
        given = self._jobs.accept(read_parameters(request))
        self._office.store_uploads(job_id, request)
        merged = {**dict(job.parameters), **given}
        self._office.book.change(job, parameters=[list(pair) for pair in merged.items()])
        return redirect(self._url(job), 303)

    # Inside

    @property
    def _office(self) -> Office:
        office: Office = current_app.extensions["satvo.jobs"]
        return office

    def _own(self, job_id: str) -> Job:
        """The job, if the caller may see it."""
        job = self._office.book.get(self._jobs.kind, job_id)
        own_or_refused(job.owner)
        return job

    def _waited(self, job: Job, seconds: float, phase: str | None) -> Job:
        waiters = self._office.waiters
        if not waiters.acquire(blocking=False):
            return job  # too many wait already; the client asks again
        try:
            return self._office.book.wait(job, seconds, phase=phase)
        finally:
            waiters.release()

    def _url(self, job: Job | None = None) -> str:
        below = self._jobs.path if job is None else f"{self._jobs.path}/{job.job_id}"
        return self._config.url(below)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = float("nan")
    if seconds != seconds:
        raise BadParameter(f"WAIT={text[:40]}: give seconds, or -1 to wait as long as possible")
    return MAX_WAIT_S if seconds < 0 else min(seconds, MAX_WAIT_S)


def _moment(name: str, text: str) -> datetime:
    try:
        return read_moment(text)
    except ValueError as err:
        raise BadParameter(
            f"{name}={text[:40]}: not a time; give ISO 8601 in UTC, e.g. 2027-01-31T00:00:00Z"
        ) from err


def _wants_json() -> bool:
    asked = read_parameters(request).single("RESPONSEFORMAT")
    if asked is not None:
        return asked.lower() in ("json", "application/json")
    best = request.accept_mimetypes.best_match(["text/xml", "application/xml", "application/json"])
    return best == "application/json"


def _text(text: str | None) -> Response:
    return Response(text or "", mimetype="text/plain")


def _xml(content: bytes) -> Response:
    return Response(content, mimetype="text/xml")


def _json(content: dict[str, Any]) -> Response:
    return Response(json.dumps(content), mimetype="application/json")
