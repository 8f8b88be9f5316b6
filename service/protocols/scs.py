"""Simple Cone Search 1.03 at a time and place: /scs/satellites."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, current_app, request
from lxml import etree
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import MJD_EPOCH
from satvo.schemas.resource import JobParameter
from satvo.service.cone_requests import (
    LONGEST_S,
    Cone,
    cone_fields,
    number_of,
    read_time,
    search,
    without_rows,
    written,
)
from satvo.service.config import Config
from satvo.service.formats import FORMATS, find_format
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.request_watch import request_record
from satvo.service.satellites import Satellites
from satvo.service.simple_cones import (
    CONE_INPUTS,
    NEEDED,
    SIZE_INPUTS,
    cone_capability,
    verbosity_of,
)
from satvo.service.software import software_version
from satvo.service.votable import Info

__all__ = ["PATH", "satellites_capability", "scs_blueprint"]

PATH = "/scs/satellites"

_DEFAULT_OBSERVER = "500"
_MOST_POPULATIONS = 20

_INPUTS = (
    *CONE_INPUTS,
    JobParameter(
        "TIME",
        "When, in UTC: ISO 8601, MJD or JD; or a range t1/t2 of up to "
        f"{LONGEST_S:.0f} s, which gives the satellites that cross the cone in it. The present "
        "where it is not given",
    ),
    JobParameter("EPOCH", "The same as TIME"),
    JobParameter(
        "OBSERVER",
        "Who looks: a name of satvo.observer or of an observatory, an MPC code, "
        "longitude,latitude,height (deg, deg, m), or ITRF x,y,z (m)",
        default=_DEFAULT_OBSERVER,
    ),
    JobParameter(
        "POPULATION",
        "A constellation of satvo.satellite, to search it alone, e.g. starlink; the only way to "
        "the simulated ones (sim-...)",
        is_repeatable=True,
    ),
    *SIZE_INPUTS,
)


def scs_blueprint(config: Config) -> Blueprint:
    """The address of the cone search."""
    blueprint = Blueprint("scs", __name__)

    @blueprint.route(PATH, methods=["GET", "POST"])
    @operation(
        "Satellites inside a cone at a time, as an observer sees them (Simple Cone Search 1.03)",
        parameters=_INPUTS,
        replies={200: Reply("The table", tuple(each.media_type for each in FORMATS))},
    )
    def cone() -> Response:
        parameters = read_parameters(request)
        format_, media_type = find_format(_wanted(parameters))
        satellites: Satellites = current_app.extensions["satvo.satellites"]
        now = datetime.now(UTC).replace(tzinfo=None)
        asked, infos = _cone(parameters, satellites, now)
        most = parameters.integer("MAXREC")
        most = min(config.default_maxrec if most is None else most, config.hard_maxrec)
        fields = cone_fields(asked.is_range, verbosity_of(parameters))
        request_record().query = request.query_string.decode("ascii", "replace")[:500]
        if asked.radius_deg == 0 or most == 0:
            found = without_rows(fields)
        else:
            found = search(asked, satellites, fields)
        whole = b"".join(written(found, format_, infos, most))
        return Response(whole, content_type=media_type)

    return blueprint


def _wanted(parameters: Parameters) -> str:
    # TABLEDATA, which every client of a protocol of 2008 reads.
    return parameters.single("RESPONSEFORMAT") or parameters.single("FORMAT") or "votable/td"


def _cone(parameters: Parameters, satellites: Satellites, now: datetime) -> tuple[Cone, list[Info]]:
    """What is asked for, and what the answer says of what was not."""
    ra, dec, radius = (number_of(parameters, name) for name in NEEDED)
    time, epoch = parameters.single("TIME"), parameters.single("EPOCH")
    if time and epoch:
        raise BadParameter("TIME and EPOCH are one thing; give one of them")
    name = "EPOCH" if epoch else "TIME"
    start, end = read_time(time or epoch, name, now)
    observer = (parameters.single("OBSERVER") or "").strip()
    populations = tuple(text for text in parameters.all("POPULATION") if text)
    if len(populations) > _MOST_POPULATIONS:
        raise BadParameter(f"POPULATION: at most {_MOST_POPULATIONS} are accepted")
    asked = Cone(
        ra, dec, radius, start, end, satellites.observer(observer or _DEFAULT_OBSERVER),
        populations or None,
    ).checked(NEEDED)  # fmt: skip
    moments = [(MJD_EPOCH + timedelta(days=mjd)).isoformat(timespec="milliseconds")
               for mjd in dict.fromkeys((start, end))]  # fmt: skip
    infos = [
        Info("server_software", f"satvo/{software_version()}"),
        Info("standardID", "ivo://ivoa.net/std/ConeSearch"),
        Info(
            "TIME",
            "/".join(moments),
            "UTC" if time or epoch else "UTC; the present, since no TIME was given",
        ),
        Info(
            "OBSERVER",
            asked.observer.name,
            "" if observer else "the centre of the Earth, since no OBSERVER was given",
        ),
    ]
    return asked, infos


def satellites_capability(config: Config) -> etree._Element:
    """What the cone search can do (SimpleDALRegExt 1.1); its addresses are below its own."""
    return cone_capability(config, _INPUTS, (("ra", "180"), ("dec", "0"), ("sr", "90")))
