"""Tables that come with a request to SIA: many searches at once, a row each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.service.image_requests import SEARCHED, conditions_of, either
from satvo.service.uploads import UploadedTable

__all__ = ["upload_condition"]

_MOST_ROWS = 200
_ALIASES = {"S_RA": "RA", "S_DEC": "DEC", "OBS_PUBLISHER_DID": "ID"}


def upload_condition(name: str, table: UploadedTable) -> str:
    """The images that match one row at least of an uploaded table.

    A column that is called like a parameter, in any case of letters, gives values of it; columns
    that match alone are used. ``ra`` and ``dec`` (or s_ra, s_dec) give a POS, with ``radius`` a
    circle, deg; ``obs_publisher_did`` gives an ID. What stands in one row must all hold; a null
    says nothing.

    Parameters
    ----------
    name : str
        Of the table, for messages.
    table : UploadedTable

    Raises
    ------
    BadParameter
        If it has no such column, or too many rows, or a value that is none.
    """
    if table.rows.num_rows > _MOST_ROWS:
        raise BadParameter(
            f"UPLOAD: {name} has {table.rows.num_rows} rows; at most {_MOST_ROWS} are accepted: "
            "a join in ADQL (/tap) takes more"
        )
    columns = _columns(table.fields)
    if not columns:
        raise BadParameter(
            f"UPLOAD: {name} has no column called ra and dec (deg), obs_publisher_did, or like a "
            f"parameter of SIA ({', '.join(SEARCHED)})"
        )
    terms = []
    for row in table.rows.to_pylist():
        values = {each: row[key] for each, key in columns.items() if row[key] is not None}
        if conditions := conditions_of(_of_row(values)):
            terms.append(" AND ".join(conditions))
    return either(terms) if terms else "1 = 0"


def _columns(fields: Sequence[Field]) -> dict[str, str]:
    """The stored name of each column that says something, by what it says."""
    found: dict[str, str] = {}
    for number, field in enumerate(fields, 1):
        name = _ALIASES.get(field.name.upper(), field.name.upper())
        if name in SEARCHED or name in ("RA", "DEC", "RADIUS"):
            found.setdefault(name, f"c{number}")
    if not {"RA", "DEC"} <= found.keys():
        for part in ("RA", "DEC", "RADIUS"):
            found.pop(part, None)
    return found


def _of_row(values: dict[str, object]) -> dict[str, list[str]]:
    """One row as values of parameters."""
    ra, dec, radius = (values.pop(part, None) for part in ("RA", "DEC", "RADIUS"))
    given = {name: [_written(value)] for name, value in values.items() if _written(value)}
    if ra is not None and dec is not None:
        circle = f"CIRCLE {_written(ra)} {_written(dec)} {_written(radius or 0.0)}"
        if "POS" in given:
            raise BadParameter("UPLOAD: a row has both POS and ra, dec; give one of them")
        given["POS"] = [circle]
    return given


def _written(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return re.sub(r"\s+", " ", str(value)).strip()
