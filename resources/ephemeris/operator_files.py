"""The ephemeris files that cover a while, and which of a satellite's files is to be believed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.file_orbits import FileOrbits
from satvo.resources.ephemeris.interpolation import Ephemeris
from satvo.resources.ephemeris.stored import segment_of_rows

__all__ = ["OperatorFiles", "operator_files_from_table", "operator_files_table"]

_ABOUT = b"satvo.files"
_NO_ELEMENTS = (
    "epoch_mjd", "mean_motion", "eccentricity", "inclination", "ra_of_asc_node",
    "arg_of_pericenter", "mean_anomaly",
)  # fmt: skip
_OF_SATELLITE = ("object_name", "constellation", "mag_std", "mag_std_err", "rcs")


@dataclass(frozen=True, slots=True)
class OperatorFiles:
    """Files (each a segment of one) of some satellites.

    Attributes
    ----------
    satellites : Elements
        Whose each is, (k,): number, name, constellation and what is known of its brightness; the
        elements are 0.
    ephemeris_id : ndarray of str (k,)
    made_mjd : ndarray (k,)
        When each was made: MJD in UTC; of several that cover, the newest is used.
    orbits : FileOrbits
        In the same order.
    """

    satellites: Elements
    ephemeris_id: NDArray[np.object_]
    made_mjd: NDArray[np.float64]
    orbits: FileOrbits

    def __len__(self) -> int:
        return len(self.ephemeris_id)

    def used(
        self, first_mjd: NDArray[np.float64], last_mjd: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Which file is used for each of n spans, (k, n): for no satellite more than one.

        A file counts where it has states through the whole span, without a gap or a manoeuvre.
        """
        covers = self.orbits.covers(first_mjd, last_mjd)
        taken: dict[int, NDArray[np.bool_]] = {}
        for i in np.lexsort((self.ephemeris_id.astype(str), -self.made_mjd)).tolist():
            number = int(self.satellites.norad_id[i])
            before = taken.setdefault(number, np.zeros(covers.shape[1], dtype=bool))
            covers[i] &= ~before
            before |= covers[i]
        return covers


def operator_files_table(about: Sequence[Mapping[str, Any]], states: pa.Table) -> pa.Table:
    """Files as one table, which may be written and sent: what they are stands in its metadata.

    Parameters
    ----------
    about : sequence of mapping
        Of each file `satvo.resources.ephemeris.stored.FILE_COLUMNS`, made_mjd, and object_name,
        constellation, mag_std, mag_std_err, rcs of its satellite.
    states : Table
        `STATE_COLUMNS` and ephemeris_id, by these and then epoch_mjd.
    """
    return states.replace_schema_metadata({_ABOUT: json.dumps(list(about)).encode()})


def operator_files_from_table(table: pa.Table) -> OperatorFiles:
    """The files of `operator_files_table`; those without a state in it are left out."""
    rows = json.loads((table.schema.metadata or {}).get(_ABOUT, b"[]"))
    spans = _spans(table)
    rows = [row for row in rows if row["ephemeris_id"] in spans]
    files = [_ephemeris(row, table.slice(*spans[row["ephemeris_id"]])) for row in rows]
    columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in _OF_SATELLITE}
    columns["norad_id"] = [row["norad_id"] for row in rows]
    columns |= {name: [0.0] * len(rows) for name in _NO_ELEMENTS}
    identifiers = np.empty(len(rows), dtype=object)
    identifiers[:] = [row["ephemeris_id"] for row in rows]
    return OperatorFiles(
        Elements.of_columns(columns),
        identifiers,
        np.array([row["made_mjd"] for row in rows], dtype=np.float64),
        FileOrbits(files),
    )


def _spans(table: pa.Table) -> dict[str, tuple[int, int]]:
    """Where the rows of each file are: first row and how many."""
    if not table.num_rows:
        return {}
    runs = pc.run_end_encode(table["ephemeris_id"].combine_chunks())
    ends = [0, *runs.run_ends.to_pylist()]
    names = runs.values.to_pylist()
    return {
        name: (begin, end - begin)
        for name, begin, end in zip(names, ends[:-1], ends[1:], strict=True)
    }


def _ephemeris(row: Mapping[str, Any], rows: pa.Table) -> Ephemeris:
    segment = segment_of_rows(row, rows)
    after = np.flatnonzero(rows["maneuver_after"].fill_null(False).to_numpy())
    return replace(
        Ephemeris.of_segment(segment),
        norad_id=row["norad_id"],
        breaks=tuple(after.tolist()),
        ephemeris_id=row["ephemeris_id"],
    )
