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
from satvo.service.software import software_version
from satvo.service.voresource import NAMESPACES, XSI_TYPE, add_interface
from satvo.service.votable import Info

__all__ = ["PATH", "cone_capability", "scs_blueprint"]

PATH = "/scs/satellites"

_DEFAULT_OBSERVER = "500"
_MOST_POPULATIONS = 20

_INPUTS = (
    JobParameter("RA", "Right ascension of the centre, ICRS", datatype="double", unit="deg"),
    JobParameter("DEC", "Declination of the centre, ICRS", datatype="double", unit="deg"),
    JobParameter(
        "SR", "Radius of the cone; 0 gives the columns without a row", datatype="double", unit="deg"
    ),
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
    JobParameter("VERB", "How many columns: 1 few, 2 most, 3 all", datatype="int", default="2"),
    JobParameter("MAXREC", "Rows at most; 0 gives the columns without a row", datatype="int"),
    JobParameter("RESPONSEFORMAT", "As for TAP", default="votable/td"),
)
_UCDS = {
    "RA": "pos.eq.ra", "DEC": "pos.eq.dec", "SR": "phys.angSize.radius", "TIME": "time.epoch",
    "EPOCH": "time.epoch", "OBSERVER": "meta.id;instr.obsty", "VERB": "meta.number",
    "MAXREC": "meta.number",
}  # fmt: skip
_NEEDED = ("RA", "DEC", "SR")


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
        fields = cone_fields(asked.is_range, _verbosity(parameters))
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
    ra, dec, radius = (number_of(parameters, name) for name in _NEEDED)
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
    ).checked(_NEEDED)  # fmt: skip
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


def _verbosity(parameters: Parameters) -> int:
    verbosity = parameters.integer("VERB")
    if verbosity not in (None, 1, 2, 3):
        raise BadParameter(f"VERB={verbosity}: 1, 2 or 3 is accepted")
    return verbosity or 2


def cone_capability(config: Config) -> etree._Element:
    """What the cone search can do (SimpleDALRegExt 1.1); its addresses are below its own."""
    root = etree.Element(
        "capability",
        {XSI_TYPE: "cs:ConeSearch", "standardID": "ivo://ivoa.net/std/ConeSearch"},
        nsmap={prefix: NAMESPACES[prefix] for prefix in ("cs", "vs", "xsi")},
    )
    interface = add_interface(root, "?", use="base")
    etree.SubElement(interface, "queryType").text = "GET"
    etree.SubElement(interface, "resultType").text = "application/x-votable+xml"
    for each in _INPUTS:
        use = "required" if each.name in _NEEDED else "optional"
        about = etree.SubElement(interface, "param", std=str(each.name in _NEEDED).lower(), use=use)
        etree.SubElement(about, "name").text = each.name
        etree.SubElement(about, "description").text = each.description
        if each.unit:
            etree.SubElement(about, "unit").text = each.unit
        if each.name in _UCDS:
            etree.SubElement(about, "ucd").text = _UCDS[each.name]
        kind = {"double": "real", "int": "integer", "char": "string"}[each.datatype]
        etree.SubElement(about, "dataType").text = kind
    etree.SubElement(root, "maxSR").text = "180"
    etree.SubElement(root, "maxRecords").text = str(config.hard_maxrec)
    etree.SubElement(root, "verbosity").text = "true"
    test = etree.SubElement(root, "testQuery")
    for name, value in (("ra", "180"), ("dec", "0"), ("sr", "90")):
        etree.SubElement(test, name).text = value
    return root
