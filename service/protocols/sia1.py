"""Simple Image Access 1.0, for clients that know no later one: /sia1."""

from __future__ import annotations

import math

import pyarrow as pa
from flask import Blueprint, Response, request
from lxml import etree
from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import JobParameter
from satvo.service.archive_access import archive
from satvo.service.cone_requests import Found, written
from satvo.service.config import Config
from satvo.service.formats import FORMATS, find_format
from satvo.service.image_answers import ImageSearch, answer_images
from satvo.service.image_regions import REGION, meets, number
from satvo.service.image_requests import DATASOURCE, chosen_source, text_of
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.request_watch import request_record
from satvo.service.service_descriptors import CUTOUTS, LINKS
from satvo.service.sia1_columns import GRAPHIC, SELECT, image_rows, sia1_fields
from satvo.service.voresource import NAMESPACES, XSI_TYPE, add_interface, add_parameter
from satvo.service.votable import Info, metadata_document

__all__ = ["PATH", "blueprint", "sia1_capability"]

PATH = "/sia1"

blueprint = Blueprint("sia1", __name__)

_STANDARD = "ivo://ivoa.net/std/SIA"
_INTERSECT = ("COVERS", "ENCLOSED", "CENTER", "OVERLAPS")
_FITS = ("image/fits", "application/fits")

_INPUTS = (
    JobParameter("POS", "Right ascension and declination of the middle of the region, ICRS, with "
                 "a comma between", unit="deg"),
    JobParameter("SIZE", "Width and height of the region with a comma between, or one number for "
                 "both; 0 gives the images that contain POS", unit="deg"),
    JobParameter("FORMAT", "Media types with commas between, or ALL; GRAPHIC gives pictures "
                 "(previews, which have no coordinates), METADATA the columns alone",
                 default="ALL"),
    JobParameter("INTERSECT", "COVERS: images that hold the region; ENCLOSED: that lie in it; "
                 "CENTER: that hold its middle; OVERLAPS: that have a point in common",
                 default="OVERLAPS", choices=_INTERSECT),
    JobParameter("VERB", "How many columns: 0 those that must be there, 1 to 3 all",
                 datatype="int", default="1"),
    DATASOURCE,
    JobParameter("MAXREC", "Rows at most; 0 gives the columns", datatype="long"),
    JobParameter("RESPONSEFORMAT", "As for TAP", default="votable/td"),
)  # fmt: skip


@blueprint.route(PATH, methods=["GET", "POST"])
@operation(
    "Images of a region (SIA 1.0)",
    parameters=_INPUTS,
    replies={200: Reply("The table", tuple(each.media_type for each in FORMATS))},
)
def query() -> Response:
    """Images of a region (SIA 1.0)."""
    parameters = read_parameters(request)
    request_record().query = request.query_string.decode("ascii", "replace")[:500]
    if (parameters.single("FORMAT") or "").strip().upper() == "METADATA":
        return Response(_metadata(), content_type="text/xml")
    wanted = parameters.single("RESPONSEFORMAT")
    format_, media_type = find_format(wanted or "votable/td")
    config = archive().config
    fields = sia1_fields(_verbosity(parameters))
    most = parameters.integer("MAXREC")
    most = min(config.default_maxrec if most is None else most, config.hard_maxrec)
    formats = _formats(parameters)
    found, told = _found(parameters, most, formats)
    graphic = formats is not None and not {*formats} & {*_FITS}
    rows = image_rows(found, graphic=graphic).select([field.name for field in fields])
    address = config.url("").rstrip("/")
    whole = b"".join(
        written(
            Found(fields, rows), format_, told, most, address=address, services=(LINKS, CUTOUTS)
        )
    )
    # Older clients look for text/xml, which SIA 1.0, section 4.2, has.
    return Response(whole, content_type=media_type if wanted else "text/xml")


def _found(
    parameters: Parameters, most: int, formats: list[str] | None
) -> tuple[pa.Table, list[Info]]:
    """The rows of `SELECT`, one more than asked for where there are more; and what is told."""
    conditions = [_region(parameters)]
    if formats is not None:
        words = ", ".join(map(text_of, formats))
        shown = " OR f.preview_url IS NOT NULL" if "image/png" in formats else ""
        conditions.append(f"(LOWER(access_format) IN ({words}){shown})")
    search = ImageSearch(tuple(conditions), chosen_source(parameters), most, SELECT)
    answer = answer_images(
        archive(), search, *find_format("votable/td"), [Info("standardID", _STANDARD)]
    )
    names = [field.name for field in answer.fields]
    batches = list(answer.batches()) if most else []
    answer.close()
    nothing = pa.schema([(name, pa.null()) for name in names]).empty_table()
    found = pa.Table.from_batches(batches).rename_columns(names) if batches else nothing
    return found.slice(0, most + 1), answer.infos


def _region(parameters: Parameters) -> str:
    """ADQL for what POS, SIZE and INTERSECT say."""
    lon, lat = _numbers(parameters, "POS", (2,))
    size = _numbers(parameters, "SIZE", (1, 2))
    width, height = size[0], size[-1]
    if not (0.0 <= lon <= 360.0 and -90.0 <= lat <= 90.0):
        raise BadParameter(f"POS={lon:g},{lat:g}: 0 to 360 and -90 to 90 deg are accepted")
    if not (0.0 <= width <= 360.0 and 0.0 <= height <= 360.0):
        raise BadParameter(f"SIZE={width:g},{height:g}: 0 to 360 deg is accepted")
    how = (parameters.single("INTERSECT") or "OVERLAPS").strip().upper()
    if how not in _INTERSECT:
        raise BadParameter(f"INTERSECT={ascii(how)[:40]}: {', '.join(_INTERSECT)} are accepted")
    middle = f"POINT({lon!r}, {lat!r})"
    if how == "CENTER" or width == 0.0 or height == 0.0:
        return "1 = 0" if how == "ENCLOSED" else f"CONTAINS({middle}, {REGION}) = 1"
    if width >= 180.0 or height >= 180.0:
        if how == "COVERS":
            return "1 = 0"
        south, north = max(lat - height / 2, -90.0), min(lat + height / 2, 90.0)
        return meets(f"RANGE 0 360 {south!r} {north!r}", "SIZE")
    box = f"BOX({lon!r}, {lat!r}, {width!r}, {height!r})"
    if how == "COVERS":
        return f"CONTAINS({box}, {REGION}) = 1"
    if how == "ENCLOSED":
        return f"CONTAINS({REGION}, {box}) = 1"
    return f"INTERSECTS({REGION}, {box}) = 1"


def _numbers(parameters: Parameters, name: str, counts: tuple[int, ...]) -> list[float]:
    text = (parameters.single(name) or "").strip()
    told = f"{name}={ascii(text)[:60]}"
    if not text:
        raise BadParameter(f"{name} is missing; give degrees, ICRS, e.g. POS=83.8,-5.4&SIZE=1")
    words = text.split(",")
    values = [number(word.strip(), told) for word in words[:3]]
    if len(words) not in counts or not all(map(math.isfinite, values)):
        told_counts = " or ".join(map(str, counts))
        raise BadParameter(f"{told}: {told_counts} finite numbers with a comma between, deg")
    return values


def _formats(parameters: Parameters) -> list[str] | None:
    """The media types that are asked for; None for all."""
    text = (parameters.single("FORMAT") or "ALL").strip()
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    if len(words) > 20 or len(text) > 500 or not text.isprintable():
        raise BadParameter(f"FORMAT={ascii(text)[:60]}: at most 20 media types are accepted")
    if "all" in words or not words:
        return None
    formats: list[str] = []
    for word in words:
        # GRAPHIC-<list> names the pictures that a client likes best (SIA 1.0, section 4.1.1).
        formats += GRAPHIC if word.startswith("graphic") else _FITS if word in _FITS else [word]
    return list(dict.fromkeys(formats))


def _verbosity(parameters: Parameters) -> int:
    verbosity = parameters.integer("VERB")
    if verbosity not in (None, 0, 1, 2, 3):
        raise BadParameter(f"VERB={verbosity}: 0, 1, 2 or 3 is accepted")
    return 1 if verbosity is None else verbosity


def _metadata() -> bytes:
    """The parameters and columns without a row (SIA 1.0, section 6.1)."""
    infos = [Info("QUERY_STATUS", "OK"), Info("standardID", _STANDARD)]
    root = etree.fromstring(metadata_document(sia1_fields(3), infos))
    table = next(root.iter("{*}TABLE"))
    space = table.tag.removesuffix("TABLE")
    for each in _INPUTS:
        param = etree.Element(f"{space}PARAM", name=f"INPUT:{each.name}", datatype=each.datatype)
        if each.datatype == "char":
            param.set("arraysize", "*")
        param.set("value", each.default or "")
        if each.unit:
            param.set("unit", each.unit)
        etree.SubElement(param, f"{space}DESCRIPTION").text = each.description
        table.addprevious(param)
    etree.SubElement(etree.SubElement(table, f"{space}DATA"), f"{space}TABLEDATA")
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def sia1_capability(config: Config) -> etree._Element:
    """What SIA 1.0 can do here (SimpleDALRegExt 1.1); its address is its own path."""
    nsmap = {prefix: NAMESPACES[prefix] for prefix in ("sia", "vs", "xsi")}
    root = etree.Element(
        "capability", {XSI_TYPE: "sia:SimpleImageAccess", "standardID": _STANDARD}, nsmap=nsmap
    )
    interface = add_interface(root, "?", use="base")
    etree.SubElement(interface, "queryType").text = "GET"
    etree.SubElement(interface, "resultType").text = "text/xml"
    for each in _INPUTS:
        use = "required" if each.name in ("POS", "SIZE") else "optional"
        add_parameter(interface, each, use=use)
    etree.SubElement(root, "imageServiceType").text = "Pointed"
    for name, long, lat in (("maxQueryRegionSize", 360, 180), ("maxImageExtent", 360, 180)):
        size = etree.SubElement(root, name)
        etree.SubElement(size, "long").text = str(long)
        etree.SubElement(size, "lat").text = str(lat)
    etree.SubElement(root, "maxRecords").text = str(config.hard_maxrec)
    test = etree.SubElement(root, "testQuery")
    for tag, (long, lat) in {"pos": (180, 0), "size": (360, 180)}.items():
        part = etree.SubElement(test, tag)
        etree.SubElement(part, "long").text = str(long)
        etree.SubElement(part, "lat").text = str(lat)
    return root
