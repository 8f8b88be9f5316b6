"""ImageSimulate as a job: frames, their truth, pictures of them, and what they were made by."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from satvo.resources.images.simulator.asked import read_asked
from satvo.resources.images.simulator.build import (
    BASE,
    ELEMENTS,
    REQUEST,
    TRANSITS,
)
from satvo.resources.images.simulator.parameters import MOST_PIXELS
from satvo.resources.images.simulator.results import Results
from satvo.resources.images.simulator.tasks import Given, Task, task_of
from satvo.resources.images.work_files import uploaded_part

if TYPE_CHECKING:
    from satvo.resources.images.simulator.backgrounds import Background

__all__ = ["run"]

_PLANNED = 0.05


def run(
    parameters: Mapping[str, str],
    folder: Path,
    uploads: Path,
    progress: Callable[[float], object],
) -> list[dict[str, str]]:
    """Make the images that are asked for.

    Parameters
    ----------
    parameters : mapping
        Those of `satvo.resources.images.simulator.parameters`.
    folder : Path
        Has what `satvo.resources.images.simulator.build.prepare_simulation` wrote; gets the files.
    uploads : Path
        May hold SCENE and TRANSITS.
    progress : callable
        Told the fraction done.

    Returns
    -------
    list of dict
        ``frame``, ``truth_mask``, ``truth``, ``preview`` and with PAIR ``pair``, of more than one
        frame each with its number behind, ``frame_0000``; ``parameters``, the scene as YAML, and
        ``summary``.

    Raises
    ------
    BadParameter, LimitExceeded
        For what cannot be made, before any of it is.
    """
    scene = uploaded_part(uploads, "SCENE")
    asked = read_asked(parameters, has_scene_file=scene is not None)
    request = json.loads((folder / REQUEST).read_text("utf-8"))
    given = Given(
        asked,
        request,
        asked.scene.encode() if scene is None else scene.read_bytes(),
        _background(folder, request),
        _transits(folder, uploads),
        _elements(folder),
    )
    task = task_of(given)
    progress(_PLANNED)
    results = Results(folder, task, folder.parent.name)
    total = task.frames
    for number in range(task.count):
        for exposure, pair in task.exposures(number, with_pair=asked.with_pair):
            results.add(exposure, pair)
            progress(_PLANNED + (1.0 - _PLANNED) * results.count / total)
    (folder / "parameters.yaml").write_text(_parameters(task), "utf-8")
    results.write_summary(folder / "summary.json")
    if asked.is_registered:
        results.write_products()
    for name in (REQUEST, BASE, TRANSITS, ELEMENTS):
        (folder / name).unlink(missing_ok=True)
    return [
        *results.told,
        {"id": "parameters", "file": "parameters.yaml", "media_type": "application/yaml"},
        {"id": "summary", "file": "summary.json", "media_type": "application/json"},
    ]


def _parameters(task: Task) -> str:
    """The scene as YAML that the command and this job take again."""
    lines = ["# satvo simulate THIS -o FOLDER makes the same images"]
    if task.base_did:
        lines = [
            f"# satvo simulate THIS --background FRAME -o FOLDER, with {task.base_did} as FRAME,",
            "# makes the same images",
        ]
    described: str = yaml.safe_dump(dict(task.description), sort_keys=False, width=100)
    return "\n".join([*lines, described])


def _background(folder: Path, request: Mapping[str, Any]) -> Background | None:
    """The frame that trails are drawn into."""
    base = request["base"]
    if base is None:
        return None
    from satvo.resources.images.simulator.base_frame import background_of, read_base

    name = str(base["file_name"])
    pixels, header = read_base(folder / BASE, name, folder, most_pixels=MOST_PIXELS)
    return background_of(pixels, header, base)


def _transits(folder: Path, uploads: Path) -> Any:
    """The transit list as an Arrow table: rows of the archive, or a file that came."""
    import pyarrow.feather as feather

    if (folder / TRANSITS).exists():
        return feather.read_table(folder / TRANSITS, memory_map=False)
    upload = uploaded_part(uploads, "TRANSITS")
    if upload is None:
        return None
    from satvo.ingest.tables.sandbox import UploadLimits, convert_upload, read_converted

    target = folder / "uploaded.arrow"
    convert_upload(upload, target, name="TRANSITS", limits=UploadLimits(max_rows=10_000))
    fields, reader = read_converted(target)
    table = reader.read_all().rename_columns([field.name.lower() for field in fields])
    target.unlink()
    return table


def _elements(folder: Path) -> Any:
    import pyarrow.feather as feather
    from satvo.resources.ephemeris.build import elements_from_table

    if not (folder / ELEMENTS).exists():
        return None
    return elements_from_table(feather.read_table(folder / ELEMENTS, memory_map=False))
