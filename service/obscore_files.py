"""Tables of images held elsewhere, with columns of ObsCore 1.1, as rows of ivoa.obscore."""

from __future__ import annotations

import re
from typing import Any, BinaryIO
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from satvo.ingest.images.many_outlines import outlines
from satvo.ingest.images.outlines import Outline
from satvo.schemas.errors import BadParameter
from satvo.schemas.obscore import DATAPRODUCT_TYPES, OBSCORE, OBSERVED
from satvo.schemas.sphere import separation_deg
from satvo.service.declared_tables import as_declared

__all__ = ["check_collection", "read_images"]

NEEDED = ("obs_id", "access_url")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_URL = r"^https?://[^\s/?#]+\S*$"
_DID = r"^ivo://[!-~]+$"

_MISSING: dict[str, Any] = {
    "dataproduct_type": "image",
    "calib_level": 2,
    "data_rights": "public",
    "data_source": OBSERVED,
}
"""What stands where a file does not say."""

_WORDS: dict[str, tuple[Any, ...]] = {
    "dataproduct_type": DATAPRODUCT_TYPES,
    "calib_level": (0, 1, 2, 3, 4),
    "data_rights": ("public", "secure", "proprietary"),
}
_RANGES = {
    "s_ra": (0.0, 360.0),
    "s_dec": (-90.0, 90.0),
    "s_fov": (0.0, 360.0),
    "t_min": (-678_576.0, 2_973_483.0),  # MJD of the years 1 and 9999
    "t_max": (-678_576.0, 2_973_483.0),
    "t_exptime": (0.0, 1e9),
    "em_min": (0.0, 1e6),
    "em_max": (0.0, 1e6),
}


def read_images(stream: BinaryIO, *, collection: str, authority: str) -> pa.Table:
    """The rows of a table of images, as ivoa.obscore takes them.

    Parameters
    ----------
    stream : BinaryIO
        A table in any of the formats of uploads, seekable. Columns that ObsCore does not have are
        left out; obs_id and access_url must be there.
    collection : str
        What the rows have as obs_collection.
    authority : str
        Of the identifiers that are made: ``ivo://<authority>/obscore/<collection>?<obs_id>``.

    Returns
    -------
    Table
        With the columns of ivoa.obscore. Without a word in the file, an observed, calibrated,
        public image. Outlines are counter-clockwise; s_ra and s_dec are the middle of the outline
        where they are missing, and s_fov is as large as the circle around them that holds it. What
        has a position and a diameter alone gets this circle for its outline.

    Raises
    ------
    BadParameter, LimitExceeded
        If the file cannot be read, or for the first row that is no data product, with the reason.
    """
    check_collection(collection)
    rows = as_declared(stream, OBSCORE, name=f"collection {collection}", needed=NEEDED)
    columns: dict[str, Any] = {name: rows.column(name) for name in rows.column_names}
    for name, value in _MISSING.items():
        columns[name] = pc.fill_null(columns[name], pa.scalar(value, columns[name].type))
    columns["obs_collection"] = pa.array([collection] * rows.num_rows, pa.string())
    columns["publisher_id"] = pa.array([f"ivo://{authority}"] * rows.num_rows, pa.string())
    columns["obs_publisher_did"] = _identifiers(columns, collection, authority)
    try:
        _check(pa.table(columns))
        columns |= _placed(columns)
    except BadParameter as err:
        raise BadParameter(f"collection {collection}: {err}") from err
    return pa.table(columns).select(rows.column_names).cast(rows.schema)


def check_collection(name: str) -> None:
    """See that a name can be that of a collection; raises `BadParameter` else."""
    if not _NAME.fullmatch(name):
        raise BadParameter(
            f"collection {name[:100]!r}: give a name of up to 64 letters, digits and . _ -, a "
            "letter or digit first"
        )


def _identifiers(columns: dict[str, Any], collection: str, authority: str) -> pa.Array:
    before = f"ivo://{authority}/obscore/{collection}?"
    given = columns["obs_publisher_did"].to_pylist()
    ids = columns["obs_id"].to_pylist()
    return pa.array(
        [did or (before + quote(name, safe="") if name else None)
         for did, name in zip(given, ids, strict=True)],
        pa.string(),
    )  # fmt: skip


def _check(rows: pa.Table) -> None:
    for name in (*NEEDED, "calib_level", "data_source"):
        _refuse(rows, name, pc.is_null(rows.column(name)), "is missing")
    for name in NEEDED:
        _refuse(rows, name, pc.equal(pc.utf8_trim_whitespace(rows.column(name)), ""), "is empty")
    for name, pattern, why in (
        ("access_url", _URL, "is no absolute address; give http://... or https://..."),
        ("obs_publisher_did", _DID, "is no identifier; give ivo://..., or none to have one made"),
    ):
        _refuse(rows, name, pc.invert(pc.match_substring_regex(rows.column(name), pattern)), why)
    _check_unique(rows)
    for name, accepted in _WORDS.items():
        values = rows.column(name)
        odd = pc.invert(pc.is_in(values, pa.array(accepted, values.type)))
        _refuse(rows, name, odd, f"is none of {', '.join(map(str, accepted))}")
    for name, (low, high) in _RANGES.items():
        values = rows.column(name)
        inside = pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))
        _refuse(rows, name, pc.invert(inside), f"is not from {low:g} to {high:g}")
    for low_end, high_end in (("t_min", "t_max"), ("em_min", "em_max")):
        backwards = pc.less(rows.column(high_end), rows.column(low_end))
        _refuse(rows, high_end, backwards, f"is less than {low_end}")


def _check_unique(rows: pa.Table) -> None:
    first: dict[str, int] = {}
    for row, did in enumerate(rows.column("obs_publisher_did").to_pylist(), 1):
        if first.setdefault(did, row) != row:
            raise BadParameter(
                f"row {row}: obs_publisher_did {did[:100]!r} is that of row {first[did]} too; give "
                "one to each product of an observation"
            )


def _refuse(rows: pa.Table, column: str, odd: pa.ChunkedArray, why: str) -> None:
    """Raise for the first row that is odd; a null is not."""
    row = pc.index(odd, True).as_py()
    if row >= 0:
        value = rows.column(column)[row].as_py()
        shown = "" if value is None else f" {value!r:.100}"
        raise BadParameter(f"row {row + 1}: {column}{shown} {why}")


def _placed(columns: dict[str, Any]) -> dict[str, pa.Array]:
    """Outline, position and diameter of each row, from what the file has of them."""
    ra, dec, fov = (columns[name].to_pylist() for name in ("s_ra", "s_dec", "s_fov"))
    texts = columns["s_region"].to_pylist()
    for row, text in enumerate(texts):
        if text is None and None not in (ra[row], dec[row], fov[row]) and fov[row] > 0:
            texts[row] = f"CIRCLE ICRS {ra[row]} {dec[row]} {min(fov[row] / 2, 180.0)}"
    found = outlines(texts)
    apart = _apart_deg(ra, dec, found)
    for row, outline in enumerate(found):
        if outline is None:
            continue
        texts[row] = outline.region
        if np.isnan(apart[row]):
            ra[row], dec[row], apart[row] = outline.lon_deg, outline.lat_deg, 0.0
        needed = min(outline.diameter_deg + 2 * float(apart[row]), 360.0)
        fov[row] = max(fov[row] or 0.0, needed)
    placed: dict[str, list[Any]] = {"s_ra": ra, "s_dec": dec, "s_fov": fov, "s_region": texts}
    return {name: pa.array(values, columns[name].type) for name, values in placed.items()}


def _apart_deg(
    ra: list[float | None], dec: list[float | None], found: list[Outline | None]
) -> npt.NDArray[np.float64]:
    """How far the positions are from the middles of the outlines, deg; NaN without either."""
    middles = [(np.nan, np.nan) if each is None else (each.lon_deg, each.lat_deg) for each in found]
    lon, lat = np.array(middles, dtype=np.float64).reshape(-1, 2).T
    return np.array(
        separation_deg(np.array(ra, dtype=np.float64), np.array(dec, dtype=np.float64), lon, lat)
    )
