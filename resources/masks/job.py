"""TrailMask as a job: masks, catalogues and what else is asked for, of images one by one.

Images of the archive were looked at by a confined child when they came, what is uploaded is before
it is read here; this process has the limits of a job.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from satvo.resources.images.work_files import uploaded_part
from satvo.resources.masks.asked import read_asked
from satvo.resources.masks.build import REQUEST, images_uploaded

__all__ = ["look_at", "run"]

_LOADED = ("satvo.resources.masks.reading", "satvo.ingest.images.ready")
_LOOKED_AT = 0.05
_MOST_TRANSITS = 10_000
_MEMORY_BYTES = 3 << 30


def run(
    parameters: Mapping[str, str],
    folder: Path,
    uploads: Path,
    progress: Callable[[float], object],
) -> list[dict[str, str]]:
    """Mask the images that are asked for.

    Parameters
    ----------
    parameters : mapping
        Those of `satvo.resources.masks.parameters`.
    folder : Path
        Has what `satvo.resources.masks.build.prepare_masking` wrote; gets the files.
    uploads : Path
        May hold images and PRIOR.
    progress : callable
        Told the fraction done.

    Returns
    -------
    list of dict
        What OUTPUTS names, and ``preview``, of more than one image each with its number behind,
        ``mask_0000``; and ``summary``. An image of several that cannot be masked has none; the
        summary tells why.

    Raises
    ------
    BadParameter, LimitExceeded
        For what cannot be done, before any of it is, or if no image can be masked.
    """
    from satvo.resources.masks.masking import Masking
    from satvo.resources.masks.results import Results, Source

    files = images_uploaded(uploads)
    asked = read_asked(parameters, uploaded=len(files))
    known = json.loads((folder / REQUEST).read_text("utf-8"))
    sources = [
        Source(number, folder / row["path"], row["file_name"], row)
        for number, row in enumerate(known)
    ]
    for number, path in enumerate(files):
        name = "UPLOAD" if len(files) == 1 else f"UPLOAD {number + 1}"
        _check_upload(path, name, folder)
        sources.append(Source(number, path, name))
    progress(_LOOKED_AT)
    masking = Masking(asked, folder, _transits(folder, uploads), threads=_threads())
    results = Results(folder, asked, len(sources))
    for done in masking.mask(sources, results):
        progress(_LOOKED_AT + (1.0 - _LOOKED_AT) * done)
    results.write_summary(folder / "summary.json")
    if asked.is_registered:
        results.write_products()
    for source in sources:
        if source.known is not None:
            source.path.unlink(missing_ok=True)
            (folder / (source.known.get("elements") or REQUEST)).unlink(missing_ok=True)
    (folder / REQUEST).unlink(missing_ok=True)
    return [
        *results.told,
        {"id": "summary", "file": "summary.json", "media_type": "application/json"},
    ]


def _threads() -> int:
    """As the service says (SATVO_JOB_THREADS), by the variable that libraries read as well."""
    text = os.environ.get("OMP_NUM_THREADS", "")
    return max(int(text), 1) if text.isdigit() else 1


def _check_upload(source: Path, name: str, folder: Path) -> None:
    """Have a confined child read a file that a stranger sent, whole, as this process will.

    Raises
    ------
    BadParameter, UnknownFormat, LimitExceeded
        If it is no FITS file, damaged, has no image that can be searched, or unpacks to too much.
    """
    from satvo.ingest.confined.work import ConfinedLimits, work_on

    target = folder / "looked-at"
    work_on(
        source,
        target,
        function="satvo.resources.masks.job:look_at",
        about={"name": name},
        name=name,
        limits=ConfinedLimits(memory_bytes=_MEMORY_BYTES),
        modules=_LOADED,
    )
    target.unlink()


def look_at(about: Mapping[str, Any], source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Read every image of a file; what the child does.

    Parameters
    ----------
    about : mapping
        ``name`` of the file.
    source, target : file
        Nothing is written.

    Returns
    -------
    dict
        ``images``: how many can be searched.
    """
    from satvo.resources.masks.reading import read_stream

    return {"images": sum(1 for _ in read_stream(source, str(about["name"]), refused=[]))}


def _transits(folder: Path, uploads: Path) -> Mapping[str, Any] | None:
    """The columns of the transit list that came as PRIOR."""
    upload = uploaded_part(uploads, "PRIOR")
    if upload is None:
        return None
    from satvo.ingest.tables.sandbox import UploadLimits, convert_upload, read_converted
    from satvo.resources.trails.given import columns_of

    target = folder / "prior.arrow"
    convert_upload(upload, target, name="PRIOR", limits=UploadLimits(max_rows=_MOST_TRANSITS))
    fields, reader = read_converted(target)
    table = reader.read_all().rename_columns([field.name for field in fields])
    target.unlink()
    return columns_of(table)
