"""What commands ask of an archive, whether they hold it or a server does."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa
from satvo.ingest.images.batches import ImageFile, ImageReport
from satvo.ingest.load import LoadReport
from satvo.resources.passes.chosen import Chosen

__all__ = ["ArchiveCommands", "Progress"]

Progress = Callable[[LoadReport], object]


class ArchiveCommands(Protocol):
    """What commands ask of an archive, here or in the server."""

    def ingest(
        self, stream: BinaryIO, *, name: str, format: str | None, source: str, progress: Progress
    ) -> LoadReport:
        """Add what a file holds; raises `UnknownFormat` where it is none that can be read."""

    def query(self, text: str, *, format: str, maxrec: int | None) -> Generator[bytes, None, None]:
        """The answer to an ADQL query, in pieces; to be closed before the archive is."""

    def status(self) -> Mapping[str, Any]:
        """What is here: rows of each table, and who serves it."""

    def decayed(self, norad_id: int) -> bool:
        """Whether an object is known to have decayed."""

    def kept_tables(self) -> list[dict[str, Any]]:
        """The tables of all tokens: owner, name, rows, size_bytes and created, as JSON has them."""

    def drop_kept_table(self, owner: str, name: str) -> None:
        """Remove a table of a token; raises `NotFound` where it has none of that name."""

    def renew_statuses(self) -> Mapping[str, int]:
        """Derive what the orbit of each satellite does; how many have which status."""

    def observers(self) -> list[dict[str, Any]]:
        """The registered observers: the columns of satvo.observer."""

    def add_observer(self, name: str, at: str | None, facility: str | None) -> dict[str, Any]:
        """Register one, as `satvo.service.observers.Observers.add`; its row."""

    def drop_observer(self, name: str) -> None:
        """Forget one; raises `NotFound` where it is none."""

    def plans(self) -> list[dict[str, Any]]:
        """The registered plans: name, rows, since and until (MJD in UTC, or None)."""

    def held_elsewhere(self) -> list[dict[str, Any]]:
        """The collections of images held elsewhere: name, rows, since and until (MJD in UTC)."""

    def add_held_elsewhere(self, name: str, rows: pa.Table, *, replace: bool) -> int:
        """Register one, as `satvo.service.held_elsewhere.HeldElsewhere.add`; how many rows."""

    def drop_held_elsewhere(self, name: str) -> int:
        """Forget one; how many rows it had."""

    def add_plan(self, name: str, rows: pa.Table, *, replace: bool) -> int:
        """Register a plan, as `satvo.service.plans.Plans.add`; how many rows it has."""

    def drop_plan(self, name: str) -> int:
        """Forget a plan; raises `NotFound` where it is none. How many rows it had."""

    def maps(self) -> list[dict[str, Any]]:
        """The registered maps of pass probabilities: map_id, observer_id, t_min and population."""

    def drop_map(self, map_id: str) -> int:
        """Forget a map; raises `NotFound` where there is none. How many pixels it had."""

    def add_images(self, files: Iterable[ImageFile]) -> Iterator[ImageReport]:
        """Add images, as `satvo.ingest.images.batches.add_images`."""

    def images_listed(self, collection: str | None) -> list[dict[str, Any]]:
        """The files of the archive: product_id, role, size_bytes, obs_collection, file_name."""

    def image_row(self, name: str) -> dict[str, Any]:
        """What is known of one, times as ISO texts; raises `NotFound` where there is none."""

    def drop_image(self, name: str) -> None:
        """Remove one, as `satvo.ingest.images.archive.ImageArchive.drop`."""

    def add_cases(
        self, rows: Sequence[Mapping[str, Any]], trails: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add rows of satvo.testcase, and trails of their frames, all or nothing."""

    def suite(self) -> list[dict[str, Any]]:
        """The terms of the test suite, each with the case_id of those observed and simulated."""

    def drop_case(self, case_id: str) -> None:
        """Forget a test case; raises `NotFound` where there is none."""

    def elements(self, noon: float, max_age_d: float, chosen: Chosen) -> pa.Table:
        """Of each satellite the set nearest to a time, as `known_elements_table` gives them."""

    def ephemerides(
        self, first: float, last: float, chosen: Chosen, ephemeris_id: str | None = None
    ) -> pa.Table:
        """Ephemeris files of a span of time, as `known_ephemerides_table` gives them."""

    def prepare_build(self, name: str, parameters: Mapping[str, str], folder: Path) -> None:
        """Write what a build needs, as `satvo.service.builds.prepare`."""

    def register_build(self, name: str, folder: Path) -> dict[str, Any]:
        """Take in what was computed, as `satvo.service.builds.register`."""

    def backup(self) -> Generator[bytes, None, None]:
        """A backup of the home, in pieces; to be closed before the archive is."""

    def close(self) -> None:
        """Give it back."""
