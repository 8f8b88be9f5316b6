"""The web application: blueprints, errors, CORS, and nothing else."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, current_app, request
from satvo.resources.catalogue import published_tables, resources
from satvo.schemas.resource import JobDeclaration
from satvo.schemas.state_database import open_state
from satvo.service.archive import Archive
from satvo.service.archive_access import ArchiveAccess
from satvo.service.browsers import open_to_browsers
from satvo.service.compression import pack_answer
from satvo.service.config import Config
from satvo.service.control import control_blueprint
from satvo.service.faults import (
    Fault,
    answer_faults,
    cone_fault,
    dali_fault,
    json_fault,
    soda_fault,
    text_fault,
)
from satvo.service.image_surveys import ImageSurveys
from satvo.service.image_tiles import ImageTiles
from satvo.service.jobs.office import Office
from satvo.service.jobs.process import ProcessLimits, process_work
from satvo.service.jobs.registration import Registrar
from satvo.service.jobs.runner import Running
from satvo.service.jobs.tap_work import tap_work
from satvo.service.metrics import Metrics, Sources
from satvo.service.operations import Operation
from satvo.service.probability_maps import ProbabilityMaps
from satvo.service.protocols import (
    images_api,
    objobs,
    operation,
    schemas,
    table_scs,
    tap,
    user_tables,
)
from satvo.service.protocols.datalink import PATH as DATALINK_PATH
from satvo.service.protocols.datalink import datalink_blueprint, datalink_capability
from satvo.service.protocols.files import files_blueprint
from satvo.service.protocols.hips import PATH as HIPS_PATH
from satvo.service.protocols.hips import hips_blueprint, hips_capability
from satvo.service.protocols.oai import oai_blueprint
from satvo.service.protocols.openapi import openapi_blueprint
from satvo.service.protocols.passes import passes_blueprint
from satvo.service.protocols.scs import PATH as CONE_PATH
from satvo.service.protocols.scs import satellites_capability, scs_blueprint
from satvo.service.protocols.sia1 import PATH as SIA1_PATH
from satvo.service.protocols.sia1 import blueprint as sia1_blueprint
from satvo.service.protocols.sia1 import sia1_capability
from satvo.service.protocols.sia2 import PATH as SIA2_PATH
from satvo.service.protocols.sia2 import blueprint as sia2_blueprint
from satvo.service.protocols.sia2 import sia2_capability
from satvo.service.protocols.skybot import skybot_blueprint
from satvo.service.protocols.soda import PATH as SODA_PATH
from satvo.service.protocols.soda import soda_blueprint, soda_capabilities
from satvo.service.protocols.table_scs import table_cone_capabilities
from satvo.service.protocols.uws import compute_list, uws_blueprint
from satvo.service.protocols.vosi import vosi_blueprint
from satvo.service.receiving import sweep_incoming
from satvo.service.registry.holdings import holdings
from satvo.service.registry.service_records import harvest_capability
from satvo.service.request_watch import RequestWatch
from satvo.service.satellites import Satellites
from satvo.service.slow_clients import Spooler
from satvo.service.tokens import TokenBook
from satvo.service.web import (
    archive_pages,
    constellation_pages,
    map_pages,
    mask_pages,
    pages,
    simulate_pages,
    upload_page,
)

__all__ = ["create_app"]

T = TypeVar("T")

_TOLD_TO_PAGES = "Retry-After, WWW-Authenticate, X-Request-ID, X-VO-Query-Status"
"""Headers that a browser would keep from a page of another origin."""

_BARE_BOUNDARY = re.compile(r"multipart/form-data;\s*boundary=([^\s\";,]{1,70})", re.IGNORECASE)


def create_app(config: Config) -> Flask:
    """Make the application and begin to open its archive.

    Parameters
    ----------
    config : Config
        Names the home, which must exist.
    """
    here = Path(__file__).resolve().parent
    # An editable namespace package has no real path of its own, so Flask is told where it lives.
    app = Flask(
        "satvo.service",
        instance_path=str(config.home.resolve()),
        root_path=str(here),
        template_folder="web/templates",
        static_folder="web/static",
        static_url_path="/static",
    )
    static: Any = app.view_functions["static"]
    static.operation = Operation("A file of the pages")
    # Flask would answer //tap with a redirection to the address that the Host header names.
    app.url_map.merge_slashes = False
    app.config["SATVO"] = config
    app.config["SATVO_STARTED"] = datetime.now(UTC).replace(tzinfo=None)
    app.config["MAX_CONTENT_LENGTH"] = config.request_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = config.request_bytes
    app.config["MAX_FORM_PARTS"] = 100
    metrics = Metrics()
    watch = RequestWatch(metrics)
    watch.watch(app)  # before all other hooks
    app.extensions["satvo.metrics"] = metrics
    app.extensions["satvo.requests"] = watch
    app.before_request(_prepare_multipart)
    access = ArchiveAccess(config)
    app.extensions["satvo.archive"] = access
    app.extensions["satvo.spooler"] = Spooler(workers=4, limit_bytes=config.spool_mb << 20)
    _add_jobs(app, config, access)
    metrics.look_at(_sources(app, access))
    app.register_blueprint(tap.blueprint)
    app.register_blueprint(user_tables.blueprint)
    app.register_blueprint(objobs.blueprint)
    app.register_blueprint(vosi_blueprint("/objobs", objobs.capabilities(), with_tables=False))
    app.register_blueprint(vosi_blueprint("/tap", tap.capabilities(config), with_tables=True))
    _add_registry(app, config, access)
    app.extensions["satvo.satellites"] = Satellites(access.get)
    app.register_blueprint(passes_blueprint(config))
    _add_cones(app, config)
    _add_products(app, config)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(constellation_pages.blueprint)
    app.extensions["satvo.probability_maps"] = ProbabilityMaps(access.get)
    app.register_blueprint(map_pages.blueprint)
    app.register_blueprint(archive_pages.blueprint)
    app.extensions["satvo.image_surveys"] = ImageSurveys(access.get)
    app.extensions["satvo.image_tiles"] = ImageTiles(access.get)
    app.register_blueprint(hips_blueprint(config))
    _add_bringing(app, config)
    app.register_blueprint(operation.blueprint)
    app.register_blueprint(control_blueprint(config))
    app.register_blueprint(openapi_blueprint(config, lambda path: _form_of_errors(path)[1]))
    answer_faults(app, lambda path: _form_of_errors(path)[0])
    app.after_request(open_to_browsers)
    app.after_request(pack_answer)
    return app


def _add_cones(app: Flask, config: Config) -> None:
    """The cone searches: of satellites at a time, and of tables."""
    app.register_blueprint(scs_blueprint(config))
    able = [satellites_capability(config)]
    app.register_blueprint(vosi_blueprint(CONE_PATH, able, with_tables=False))
    app.register_blueprint(table_scs.blueprint)
    for path, _, capability in table_cone_capabilities(config, published_tables()):
        app.register_blueprint(vosi_blueprint(path, [capability], with_tables=False))
    app.register_blueprint(skybot_blueprint(config))


def _add_products(app: Flask, config: Config) -> None:
    """What finds and serves data products: searches, files, their links, and parts of them."""
    app.register_blueprint(sia1_blueprint)
    app.register_blueprint(vosi_blueprint(SIA1_PATH, [sia1_capability(config)], with_tables=False))
    app.register_blueprint(sia2_blueprint)
    app.register_blueprint(vosi_blueprint(SIA2_PATH, [sia2_capability()], with_tables=False))
    app.register_blueprint(files_blueprint())
    app.register_blueprint(datalink_blueprint(config))
    app.register_blueprint(
        vosi_blueprint(DATALINK_PATH, [datalink_capability()], with_tables=False)
    )
    app.register_blueprint(soda_blueprint(config))
    app.register_blueprint(vosi_blueprint(SODA_PATH, soda_capabilities(), with_tables=False))


def _add_registry(app: Flask, config: Config, access: ArchiveAccess) -> None:
    """The publishing registry, whose records tell of everything else."""
    held = holdings(
        config,
        access.get,
        tap.capabilities(config),
        objobs.capabilities(),
        resources(),
        published_tables(),
        cones=((CONE_PATH, satellites_capability(config)),),
        table_cones=table_cone_capabilities(config, published_tables()),
        hips=((HIPS_PATH, hips_capability()),),
        links=((DATALINK_PATH, (datalink_capability(),)), (SODA_PATH, soda_capabilities())),
        sia=((SIA2_PATH, sia2_capability()), (SIA1_PATH, sia1_capability(config))),
    )
    app.register_blueprint(oai_blueprint(config, held))
    app.register_blueprint(vosi_blueprint("/oai", [harvest_capability()], with_tables=False))


def _add_bringing(app: Flask, config: Config) -> None:
    """What takes images and makes them, after what killed requests left is gone."""
    sweep_incoming(config.home)
    app.register_blueprint(images_api.blueprint)
    app.register_blueprint(upload_page.blueprint)
    app.register_blueprint(simulate_pages.blueprint)
    app.register_blueprint(mask_pages.blueprint)
    app.register_blueprint(schemas.blueprint)


def _add_jobs(app: Flask, config: Config, access: ArchiveAccess) -> None:
    """The job lists, and what carries their jobs out."""

    def clock() -> datetime:
        return datetime.now(UTC).replace(tzinfo=None)

    engine = open_state(config.home, config.store)
    app.extensions["satvo.state"] = engine
    limits = ProcessLimits(memory_bytes=config.job_memory_mb << 20, threads=config.job_threads)
    declared = [job for resource in resources() for job in resource.jobs]
    works = {job.name: process_work(job.run, limits, _prepare_job(job, access)) for job in declared}
    app.extensions["satvo.tokens"] = TokenBook(engine, clock)
    registrar = Registrar(access.get, {job.name: job for job in declared if job.register}, clock)
    app.extensions["satvo.jobs"] = Office(
        config,
        engine,
        clock,
        {"tap": tap_work(access.get), **works},
        registrar,
        app.extensions["satvo.metrics"].job,
    )
    for jobs in (tap.ASYNC, *map(compute_list, declared)):
        app.register_blueprint(uws_blueprint(jobs, config))


def _prepare_job(job: JobDeclaration, access: ArchiveAccess) -> Callable[[Running], object]:
    """What gives a job the files that it needs from the archive."""

    def call(running: Running) -> None:
        if job.prepare:
            module, _, name = job.prepare.partition(":")
            function = getattr(importlib.import_module(module), name)
            archive = access.get()
            files = (archive.images.path,) if job.needs_files else ()
            parameters = dict(running.job.parameters)
            function(archive.store, parameters, running.uploads, running.folder, *files)

    return call


def _sources(app: Flask, access: ArchiveAccess) -> Sources:
    """What the numbers are looked up from."""
    office: Office = app.extensions["satvo.jobs"]
    spooler: Spooler = app.extensions["satvo.spooler"]

    def opened(ask: Callable[[Archive], T]) -> Callable[[], T | None]:
        return lambda: None if (archive := access.now()) is None else ask(archive)

    return Sources(
        load=opened(lambda archive: archive.store.load()),
        rows=opened(lambda archive: archive.row_counts()),
        jobs=office.book.census,
        spool_bytes=lambda: spooler.held_bytes,
    )


def _prepare_multipart() -> None:
    """Read the forms of all clients, and let those with tables be larger."""
    declared = request.environ.get("CONTENT_TYPE", "")
    # astroquery's boundaries have equals signs and no quotes (RFC 2046, section 5.1.1, wants them)
    if found := _BARE_BOUNDARY.fullmatch(declared):
        request.environ["CONTENT_TYPE"] = f'multipart/form-data; boundary="{found[1]}"'
    if request.mimetype == "multipart/form-data" and (
        request.path.startswith(("/tap/", "/jobs/", "/sia2/")) or request.path == "/mask"
    ):
        config: Config = current_app.config["SATVO"]
        request.max_content_length = config.upload_bytes


def _form_of_errors(path: str) -> tuple[Fault, str]:
    """How an error below a path is told, and the media type of that."""
    if f"{path}/".startswith(("/tap/", "/objobs/", "/sia2/", "/sia1/")):
        return dali_fault, "application/x-votable+xml"
    if f"{path}/".startswith(("/scs/", "/skybot/")):
        return cone_fault, "application/x-votable+xml"
    if path.startswith("/datalink/"):
        return dali_fault, "application/x-votable+xml"
    if path.startswith("/soda/"):
        return soda_fault, "text/plain"
    if path.startswith("/api/"):
        return json_fault, "application/json"
    return text_fault, "text/plain"
