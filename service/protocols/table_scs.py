"""Simple Cone Search 1.03 of every table with a position: /scs/<schema.table>."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa
from flask import Blueprint, Response, request
from lxml import etree
from satvo.schemas.resource import JobParameter
from satvo.service.archive_access import archive
from satvo.service.config import Config
from satvo.service.delivery import delivered
from satvo.service.formats import FORMATS, find_format
from satvo.service.identity import owner
from satvo.service.operations import Reply, operation
from satvo.service.parameters import read_parameters
from satvo.service.request_watch import request_record
from satvo.service.simple_cones import (
    CONE_INPUTS,
    SIZE_INPUTS,
    cone_capability,
    cone_of,
    verbosity_of,
)
from satvo.service.table_cones import cone_named, table_cones
from satvo.service.tap_request import TapRequest
from satvo.service.votable import Info

__all__ = ["blueprint", "table_cone_capabilities"]

_INPUTS: tuple[JobParameter, ...] = (*CONE_INPUTS, *SIZE_INPUTS)

blueprint = Blueprint("table_scs", __name__, url_prefix="/scs")


@blueprint.route("/<name>", methods=["GET", "POST"])
@operation(
    "Rows of a table inside a cone (Simple Cone Search 1.03)",
    parameters=_INPUTS,
    replies={200: Reply("The table", tuple(each.media_type for each in FORMATS))},
)
def cone(name: str) -> Response:
    """Rows of a table inside a cone (Simple Cone Search 1.03)."""
    holder, caller = archive(), owner()
    searched = cone_named(name, holder.visible(caller).tables)
    parameters = read_parameters(request)
    # TABLEDATA, which every client of a protocol of 2008 reads.
    wanted = parameters.single("RESPONSEFORMAT") or parameters.single("FORMAT") or "votable/td"
    form, media_type = find_format(wanted)
    query = searched.query(cone_of(parameters), verbosity_of(parameters))
    request_record().query = request.query_string.decode("ascii", "replace")[:500]
    interrupts: list[Callable[[], object]] = []
    answer = holder.answer(
        TapRequest(query, parameters.integer("MAXREC"), form, media_type),
        started=interrupts.append,
        owner=caller,
        told=[Info("standardID", "ivo://ivoa.net/std/ConeSearch")],
    )
    answer.fields = searched.fields(answer.fields)
    reply = delivered(answer, interrupts[-1])
    reply.vary.add("Authorization")
    return reply


def table_cone_capabilities(
    config: Config, tables: Iterable[sa.Table]
) -> tuple[tuple[str, sa.Table, etree._Element], ...]:
    """The cone search of each table that can have one: path, table, capability."""
    test = (("ra", "180"), ("dec", "0"), ("sr", "180"), ("verb", "1"), ("extras", "MAXREC=1"))
    return tuple(
        (f"/scs/{each.name}", each.table, cone_capability(config, _INPUTS, test))
        for each in table_cones(tables)
    )
