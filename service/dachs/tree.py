"""The folder that `satvo export rd` writes: there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from satvo.schemas.errors import BadParameter
from satvo.service.dachs.grants import FIRST_LINE

__all__ = ["DESCRIPTOR", "GRANTS", "write_tree"]

DESCRIPTOR = "q.rd"
"""What DaCHS calls the main descriptor of a folder by custom."""

GRANTS = "grants.sql"


def write_tree(folder: Path, descriptors: Mapping[str, bytes], grants: str) -> None:
    """Write the descriptors, each in a folder of its schema's name, and the rights beside them.

    It is written beside and renamed. An earlier export of that name is replaced: its readers find
    the old one, for a moment none, then the new one.

    Raises
    ------
    BadParameter
        If the folder holds anything but an earlier export.
    """
    folder = Path(os.path.abspath(folder))  # a name such as . could not be renamed
    if folder.exists() and not _is_export(folder):
        raise BadParameter(
            f"{folder} holds something else than an earlier export; "
            "name another folder by --output, or remove what is there"
        )
    part, old = (folder.with_name(f".{folder.name}.{word}") for word in ("part", "old"))
    for left in (part, old):  # of a command that was killed
        shutil.rmtree(left, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        for schema, text in descriptors.items():
            (part / schema).mkdir()
            (part / schema / DESCRIPTOR).write_bytes(text)
        (part / GRANTS).write_text(grants, "utf-8")
        if folder.exists():
            folder.rename(old)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _is_export(folder: Path) -> bool:
    """Whether a folder is empty, or holds what this module writes and nothing else."""
    if not folder.is_dir():
        return False
    found = [file.relative_to(folder) for file in folder.rglob("*") if not file.is_dir()]
    if any(
        file.name != DESCRIPTOR or len(file.parts) != 2 for file in found if file != Path(GRANTS)
    ):
        return False
    if Path(GRANTS) not in found:
        return not any(folder.iterdir())
    return (folder / GRANTS).read_text("utf-8", "replace").startswith(FIRST_LINE)
