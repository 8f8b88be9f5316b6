"""The JSON of /api/images, as JSON Schema, from the columns of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from satvo.schemas.columns import Field
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.obscore import OBSCORE

__all__ = ["IMAGE_SCHEMAS"]

_NUMBERS = {"short": "integer", "int": "integer", "long": "integer"}


def _property(about: Field) -> dict[str, Any]:
    if about.datatype == "char":
        return {"type": "string", "description": about.description}
    kind = _NUMBERS.get(about.datatype, "number")
    unit = {"x-unit": about.unit} if about.unit else {}
    return {"type": kind, "description": about.description, **unit}


_COLUMNS = {
    str(column.name): _property(Field.of(column))
    for table in (OBSCORE, DATAPRODUCT)
    for column in table.columns
}
_ADDRESSES = {
    "page_url": {"type": "string", "description": "Its page for people"},
    "links_url": {"type": "string", "description": "What belongs to it, by DataLink"},
}
_SAID = {
    "file": {"type": "string", "description": "What its sender calls the file"},
    "status": {"type": "string", "enum": ["new", "unchanged", "valid", "refused"]},
    "reason": {"type": "string", "description": "Why it is refused"},
    "missing": {
        "type": "array",
        "items": {"type": "string"},
        "description": "What neither the file nor its contributor told",
    },
    "messages": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["kind", "text"],
            "properties": {
                "kind": {"type": "string", "enum": ["found", "missing", "doubtful"]},
                "text": {"type": "string"},
            },
        },
    },
    "preview": {
        "type": ["string", "null"],
        "contentEncoding": "base64",
        "contentMediaType": "image/png",
    },
}

IMAGE_SCHEMAS: Mapping[str, object] = {
    "Image": {
        "type": "object",
        "required": ["obs_publisher_did"],
        "additionalProperties": False,
        "properties": {**_COLUMNS, **_ADDRESSES},
    },
    "ImageReports": {
        "type": "object",
        "required": ["files"],
        "additionalProperties": False,
        "properties": {
            "error": {"type": "string", "description": "Why nothing is kept"},
            "case_id": {"type": "string", "description": "The test case that was made"},
            "files": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["file", "role", "status"],
                    "additionalProperties": False,
                    "properties": {**_COLUMNS, **_ADDRESSES, **_SAID},
                },
            },
        },
    },
}
"""A file of the archive, and what is said of those that a request brought. Columns without a value
are left out; addresses are whole; before a file is registered they are those that it will have."""
