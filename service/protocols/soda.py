"""SODA 1.0: parts of data products, at once at /soda/sync and as jobs at /soda/async."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from flask import Blueprint, Response, redirect, request, send_file
from lxml import etree
from satvo.resources.images.cutouts.asked import CutOut, read_cut_outs
from satvo.resources.images.cutouts.build import find_products
from satvo.resources.images.cutouts.cutout import MOST_BYTES_AT_ONCE, Product, cut_out, cut_picture
from satvo.resources.images.cutouts.job import is_with_masks, picture_wanted
from satvo.resources.images.cutouts.parameters import CUTOUT_PARAMETERS, FILTERS, FORMATS
from satvo.schemas.errors import BadParameter
from satvo.service.archive_access import archive
from satvo.service.config import Config
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.turns import Turns
from satvo.service.voresource import NAMESPACES, add_interface, add_parameter
from werkzeug.wrappers import Response as AnyResponse

__all__ = ["PATH", "soda_blueprint", "soda_capabilities"]

PATH = "/soda"

_PLACES = ("CIRCLE", "POLYGON", "POS", "PIXEL")
_CUT = Turns("cut-outs", wait_s=20.0)
_MOST_WAITING = 64


def soda_blueprint(config: Config) -> Blueprint:
    """The address of cut-outs at once; that of jobs is a job list."""
    blueprint = Blueprint("soda", __name__)

    @blueprint.route(f"{PATH}/sync", methods=["GET", "POST"])
    @operation(
        "A part of a data product, its pixels as they are stored (SODA 1.0); one value of each "
        f"parameter, and at most {MOST_BYTES_AT_ONCE >> 20} MiB",
        parameters=CUTOUT_PARAMETERS,
        replies={
            200: Reply("The part", FORMATS),
            204: Reply("Nothing of the product is in the part"),
            303: Reply("Where the product is, if no part is asked for"),
        },
    )
    def sync() -> AnyResponse:
        parameters = read_parameters(request)
        asked = _asked(parameters)
        with_masks = is_with_masks(parameters.single("MASK"))
        as_picture = picture_wanted(parameters.single("RESPONSEFORMAT"))
        holder = archive()
        dids = [did.strip() for did in parameters.all("ID") if did.strip()]
        (product,) = find_products(holder.store, dids[:1], holder.images.path)
        if asked.is_whole and not with_masks and not as_picture:
            return redirect(config.url(holder.images.row(product.did)["access_url"]), 303)
        with _CUT.turn(max(2, config.threads // 32), _MOST_WAITING):
            return _answer(product, asked, with_masks=with_masks, as_picture=as_picture)

    return blueprint


def _asked(parameters: Parameters) -> CutOut:
    """The part that is asked for; one value of each parameter (SODA 1.0, section 3.2)."""
    for name in ("ID", *FILTERS):
        if name != "POL" and len(parameters.all(name)) > 1:
            raise BadParameter(
                f"MultiValuedParamNotSupported: {name} is given {len(parameters.all(name))} times; "
                "give it once here, or ask /soda/async"
            )
    if len(places := [name for name in _PLACES if parameters.all(name)]) > 1:
        raise BadParameter(f"{' and '.join(places)} are given; give one of them")
    (asked,) = read_cut_outs({name: parameters.all(name) for name in FILTERS})
    return asked


def _answer(product: Product, asked: CutOut, *, with_masks: bool, as_picture: bool) -> Response:
    folder = Path(tempfile.mkdtemp(prefix="satvo-cutout-"))
    try:
        part = folder / "part.fits"
        if not cut_out(product, part, asked, most_bytes=MOST_BYTES_AT_ONCE, with_masks=with_masks):
            nothing = Response(status=204)
            nothing.headers.pop("Content-Type")
            return nothing
        if as_picture:
            cut_picture(part, part := folder / "part.png")
        stream = part.open("rb")  # it stays readable when its name is gone
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    stem = Path(product.file_name.replace("\\", "/")).name.partition(".")[0] or "image"
    answer = send_file(
        stream,
        mimetype=FORMATS[as_picture],
        as_attachment=not as_picture,
        download_name=f"{stem}_cutout.{'png' if as_picture else 'fits'}",
    )
    answer.content_length = stream.seek(0, 2)
    stream.seek(0)
    return answer


def soda_capabilities() -> list[etree._Element]:
    """What can be cut out (SODA 1.0, section 2.1); addresses are below the service's."""
    found = []
    for name in ("sync", "async"):
        root = etree.Element(
            "capability",
            standardID=f"ivo://ivoa.net/std/SODA#{name}-1.0",
            nsmap={prefix: NAMESPACES[prefix] for prefix in ("vs", "xsi")},
        )
        interface = add_interface(root, f"/{name}", use="full", version="1.0")
        etree.SubElement(interface, "queryType").text = "GET" if name == "sync" else "POST"
        if name == "sync":
            for media_type in FORMATS:
                etree.SubElement(interface, "resultType").text = media_type
                break  # the schema has one
        for parameter in CUTOUT_PARAMETERS:
            add_parameter(interface, parameter, std=str(parameter.name in _STANDARD).lower())
        found.append(root)
    return found


_STANDARD = ("ID", "CIRCLE", "POLYGON", "POS", "BAND", "TIME", "POL", "RESPONSEFORMAT")
