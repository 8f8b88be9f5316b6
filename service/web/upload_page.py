"""The page /upload, which sends files as a program does and shows what is said of them."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, current_app
from satvo.schemas.columns import Field
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.testcase import TESTTERM
from satvo.service.archive_access import archive
from satvo.service.config import Config
from satvo.service.operations import operation
from satvo.service.web.page import PAGE, keep_policy, page

__all__ = ["blueprint"]

blueprint = Blueprint("upload", __name__)
blueprint.after_request(keep_policy)

_MORE = (
    "obs_title", "target_name", "facility_name", "instrument_name", "t_min", "t_exptime",
    "site_lon", "site_lat", "site_height", "filter_name", "filter_url", "focal_length",
    "aperture", "optics", "zero_point", "zero_point_system", "gain", "read_noise", "saturation",
    "s_resolution", "rights_holder", "bib_reference",
)  # fmt: skip
"""What an image should say of itself, offered where it does not."""

_LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0")


@blueprint.get("/upload")
@operation("Bring images: a form that asks /api/images", replies=PAGE)
def upload() -> str:
    """The form for files and what is told of them; its script sends and shows."""
    config: Config = current_app.config["SATVO"]
    store = archive().store
    collections = store.select(sa.select(OBSCORE.c.obs_collection).distinct()).column(0)
    terms = store.select(
        sa.select(TESTTERM.c.term, TESTTERM.c.label, TESTTERM.c.theme).order_by(
            TESTTERM.c.theme, TESTTERM.c.term
        )
    ).to_pylist()
    columns = {**dict(OBSCORE.columns.items()), **dict(DATAPRODUCT.columns.items())}
    return page(
        "upload.html",
        fields=[Field.of(columns[name]) for name in _MORE],
        licences=_LICENCES,
        collections=sorted(collections.to_pylist()),
        terms=terms,
        most_bytes=config.image_bytes,
    )
