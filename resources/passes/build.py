"""What a PassPredict job needs from the archive: files, since its process sees no database."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
from satvo.ingest.tables.sandbox import UploadLimits, convert_upload, read_converted
from satvo.resources.ephemeris.build import (
    elements_from_table,
    known_elements_table,
    known_ephemerides_table,
    registered_sites,
)
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import GroundObserver, Observer, SpaceTelescope
from satvo.resources.ephemeris.operator_files import OperatorFiles, operator_files_from_table
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.ephemeris.space import MAX_AGE_D, names_space, space_telescope
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.operators import hours_of
from satvo.resources.passes.predict import chunks_of, day_of, span_of
from satvo.resources.passes.requests import PassRequest, read_request
from satvo.resources.passes.values import TRUTH
from satvo.schemas.errors import BadParameter, LimitExceeded
from satvo.schemas.store.interface import Store

__all__ = [
    "archived_telescope",
    "elements_file",
    "files_file",
    "prepare_job",
    "read_prepared",
    "table_of_exposures",
    "telescope_file",
]

_MOST_JSON_BYTES = 64 << 20
_MOST_EXPOSURES = 200_000
_MOST_DAYS = 400
_MOST_STATES = 20_000_000
_OPTIONS = {
    "ILLUMINATED": "illuminated_only", "MAGLIM": "mag_limit", "REFRACTION": "refraction",
    "EXTINCTION": "extinction", "BAND": "band", "MODEL": "model", "SEEING": "seeing",
    "APERTURE": "aperture", "MAXAGE": "max_age", "AS_KNOWN_AT": "as_known_at", "STEP": "step",
}  # fmt: skip


def prepare_job(store: Store, parameters: Mapping[str, str], uploads: Path, folder: Path) -> None:
    """Write what `satvo.resources.passes.job.run` reads: the request, and elements for each day.

    Parameters
    ----------
    store : Store
    parameters : mapping
        Of the job.
    uploads : Path
        Its files; EXPOSURES is a table, or the JSON of ``POST /api/passes``.
    folder : Path
        Where ``request.json`` and a file of elements for each day are written.

    Raises
    ------
    BadParameter, LimitExceeded
        For a request that is not understood.
    """
    upload = _exposures_file(uploads)
    sites = registered_sites(store)

    def find(text: str) -> Observer:
        if names_space(text):
            return archived_telescope(store, text)
        return find_observer(text, sites)

    with upload.open("rb") as stream:
        head = stream.read(256).lstrip()
    is_json = head[:1] in (b"{", b"[")
    given = _json(upload) if is_json else table_of_exposures(upload)
    given.setdefault("observer", parameters.get("OBSERVER"))
    if isinstance(options := given.get("options") or {}, dict):  # or it is refused by who reads it
        given["options"] = {**options, **_options(parameters)}
    asked = read_prepared(given, find)
    days = sorted({day_of(exposure) for exposure in asked.exposures})
    if len(asked.exposures) > _MOST_EXPOSURES or len(days) > _MOST_DAYS:
        raise BadParameter(
            f"EXPOSURES: {len(asked.exposures)} exposures on {len(days)} days; up to "
            f"{_MOST_EXPOSURES} on {_MOST_DAYS} are accepted in one job"
        )
    for day in days:
        table = known_elements_table(
            store, day, max_age_d=asked.options.max_age_d, **asked.chosen.arguments()
        )
        feather.write_feather(table, elements_file(folder, day))
    _write_files(store, asked, folder)
    if isinstance(asked.observer, SpaceTelescope):
        _write_telescope(store, asked, folder)
    given["observer"] = _plain(asked.observer)
    (folder / "request.json").write_text(json.dumps(given), "utf-8")


def elements_file(folder: Path, day: float) -> Path:
    """Where the elements for a noon are."""
    return folder / f"elements-{day:.1f}.arrow"


def files_file(folder: Path, first_mjd: float, last_mjd: float) -> Path:
    """Where the ephemeris files of a span of time are, if there are any."""
    return folder / f"files-{first_mjd:.5f}-{last_mjd:.5f}.arrow"


def telescope_file(folder: Path, kind: str, first_mjd: float, last_mjd: float) -> Path:
    """Where ``elements`` or ``files`` of a telescope in space are for a span of time."""
    return folder / f"telescope-{kind}-{first_mjd:.9f}-{last_mjd:.9f}.arrow"


def archived_telescope(
    store: Store, text: str, keep: Callable[[str, float, float, pa.Table], object] | None = None
) -> SpaceTelescope:
    """The telescope in space of a name, as the archive knows it.

    Parameters
    ----------
    store : Store
    text : str
        As `satvo.resources.ephemeris.space.space_telescope` takes it.
    keep : callable, optional
        Told of every table that is read: its kind (as of `telescope_file`) and span.
    """
    keep = keep or (lambda kind, first, last, table: None)

    def elements_of(norad_id: int, first: float, last: float) -> Elements:
        table = known_elements_table(
            store, (first + last) / 2.0, max_age_d=MAX_AGE_D, norad_ids=[norad_id]
        )
        keep("elements", first, last, table)
        return elements_from_table(table)

    def files_of(norad_id: int, name: str | None, first: float, last: float) -> OperatorFiles:
        table = known_ephemerides_table(store, first, last, norad_ids=[norad_id], ephemeris_id=name)
        keep("files", first, last, table)
        return operator_files_from_table(table)

    return space_telescope(text, elements_of, files_of)


def _write_files(store: Store, asked: PassRequest, folder: Path) -> None:
    states = 0
    for _, some in chunks_of(asked.exposures):
        for _, first, last in hours_of(some):
            path = files_file(folder, first, last)
            if path.exists():
                continue
            table = known_ephemerides_table(store, first, last, **asked.chosen.arguments())
            states += table.num_rows
            if states > _MOST_STATES:
                raise LimitExceeded(
                    f"EXPOSURES: the ephemeris files of their times have more than {_MOST_STATES} "
                    "states; ask for fewer hours in one job, or for some norad_ids"
                )
            if table.num_rows:
                feather.write_feather(table, path)


def _write_telescope(store: Store, asked: PassRequest, folder: Path) -> None:
    """What is known of the telescope at the times for which its orbit will be asked."""

    def keep(kind: str, first: float, last: float, table: pa.Table) -> None:
        feather.write_feather(table, telescope_file(folder, kind, first, last))

    telescope = archived_telescope(store, asked.observer.name, keep)
    for _, some in chunks_of(asked.exposures):
        telescope.during(*span_of(some))


def read_prepared(
    given: dict[str, Any], find: Callable[[str], Observer], *, images: Sequence[Exposure] = ()
) -> PassRequest:
    """The request of a job: strict as JSON is read, or with the further columns of a table.

    ``images`` are exposures that are there already.

    Raises
    ------
    BadParameter
        As `read_request`.
    """
    plain = {name: value for name, value in given.items() if name != "loose"}
    return read_request(plain, find, others=bool(given.get("loose")), images=images)


def _exposures_file(uploads: Path) -> Path:
    for named in sorted(uploads.glob("*.name"), reverse=True):
        if named.read_text("utf-8").upper() == "EXPOSURES":
            return named.with_suffix("")
    raise BadParameter(
        "EXPOSURES is missing; upload a table (VOTable, CSV, ECSV, FITS, Parquet) or JSON as the "
        "part EXPOSURES"
    )


def _json(upload: Path) -> dict[str, Any]:
    if upload.stat().st_size > _MOST_JSON_BYTES:
        raise BadParameter(f"EXPOSURES: {_MOST_JSON_BYTES >> 20} MiB of JSON are accepted at most")
    try:
        given = json.loads(upload.read_bytes())
    except (ValueError, RecursionError) as err:
        raise BadParameter(f"EXPOSURES: no JSON: {str(err)[:100]}") from err
    if isinstance(given, list):
        return {"exposures": given}
    return {name: value for name, value in given.items() if name != "loose"}  # a word of ours


def table_of_exposures(upload: Path) -> dict[str, Any]:
    """The rows of a table of exposures, read by a process of its own.

    Raises
    ------
    BadParameter, LimitExceeded
        If it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="satvo-exposures-") as folder:
        target = Path(folder) / "exposures.arrow"
        limits = UploadLimits(max_rows=_MOST_EXPOSURES)
        convert_upload(upload, target, name="EXPOSURES", limits=limits)
        fields, reader = read_converted(target)
        table = reader.read_all().rename_columns([field.name for field in fields])
        return {"exposures": _without_instants(table).to_pylist(), "loose": True}


def _without_instants(table: pa.Table) -> pa.Table:
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(i, field.name, table[i].cast(pa.string()))
    return table


def _options(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of a job as the options of JSON, which know better what is accepted."""
    found: dict[str, Any] = {}
    for name, option in _OPTIONS.items():
        if (text := parameters.get(name)) is None:
            continue
        truth = option in ("illuminated_only", "refraction", "extinction")
        found[option] = TRUTH.get(text.lower(), text) if truth else text
    return found


def _plain(observer: Observer) -> object:
    if not isinstance(observer, GroundObserver):
        return observer.name
    x, y, z = (float(each) for each in observer.itrs_km * 1000.0)
    return {"x": x, "y": y, "z": z, "name": observer.name}
