"""Results of jobs that are tables, in the format that the client wants."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pyarrow.feather as feather
from satvo.service.formats import find_format
from satvo.service.table_files import table_pieces

__all__ = ["written"]


def written(result: dict[str, Any], folder: Path, wanted: str) -> dict[str, str]:
    """A result of a job as a client gets it.

    Parameters
    ----------
    result : dict
        id, file and media_type; a table says ``fields`` instead of media_type, which is
        ``module:name`` of what describes its columns, and its file is Arrow.
    folder : Path
        Where the file is; one in the wanted format takes its place.
    wanted : str
        RESPONSEFORMAT.

    Raises
    ------
    BadParameter
        If there is no such format.
    """
    if "fields" not in result:
        return result
    form, media_type = find_format(wanted)
    module, _, name = result["fields"].partition(":")
    fields = getattr(importlib.import_module(module), name)
    source = folder / result["file"]
    table = feather.read_table(source, memory_map=False)
    target = folder / f"{result['id']}{form.suffix}"
    with target.open("wb") as stream:
        for piece in table_pieces(form, fields, table):
            stream.write(piece)
    if source != target:
        source.unlink()
    return {"id": result["id"], "file": target.name, "media_type": media_type}
