"""The archive of one home: what the server and the command line do with it.

`Archive` holds the store itself. `satvo.service.remote.RemoteArchive` offers the same and asks the
running server over its socket. A command uses whichever there is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, BinaryIO, cast

import pyarrow as pa
import sqlalchemy as sa
from satvo.ingest.images.archive import ImageArchive
from satvo.ingest.images.batches import ImageFile, ImageReport, add_images
from satvo.ingest.load import LoadReport, load_orbits
from satvo.resources.catalogue import SCHEMAS, published_tables
from satvo.resources.images.build import coverage, drop_case, write_terms
from satvo.resources.passes.chosen import Chosen
from satvo.schemas.columns import is_view
from satvo.schemas.errors import TableGone, Unavailable
from satvo.schemas.job_result import JOB_RESULT
from satvo.schemas.migrations import TABLES_HISTORY
from satvo.schemas.moments import mjd_of
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.state_database import open_state
from satvo.schemas.store import Store, open_store
from satvo.schemas.store.interface import Snapshot, Transaction, arrow_schema
from satvo.schemas.tap_schema import TAP_SCHEMA, describe
from satvo.schemas.user_table import USER_TABLE
from satvo.service import builds
from satvo.service.adql import Catalogue
from satvo.service.archive_commands import Progress
from satvo.service.backup import backup_pieces
from satvo.service.config import Config
from satvo.service.element_sets import declare_positions
from satvo.service.formats import find_format
from satvo.service.held_elsewhere import HeldElsewhere
from satvo.service.observers import Observers
from satvo.service.plans import Plans
from satvo.service.querying import Answer, answer_query
from satvo.service.service_descriptors import LINKS, Service
from satvo.service.tap_request import TapRequest
from satvo.service.uploads import UploadedTable
from satvo.service.user_table import TAP_USER, read_user_table
from satvo.service.user_tables import UserTables
from satvo.service.visible_tables import VisibleTables
from satvo.service.votable import Info

__all__ = ["Archive", "archive_tables", "tables_of_backup"]

_COUNTED_S = 60.0
"""How long the numbers of rows are known; counting a million takes PostgreSQL 50 ms."""

_TRIES = 5
"""How often a query is begun whose table is replaced each time."""


def archive_tables() -> tuple[sa.Table, ...]:
    """The tables of every archive."""
    return (*published_tables(), JOB_RESULT, USER_TABLE)


def tables_of_backup() -> tuple[sa.Table, ...]:
    """Which of them a backup holds, beside those of clients: all but what follows from others."""
    return tuple(
        table for table in archive_tables() if table not in TAP_SCHEMA and not is_view(table)
    )


class Archive:
    """The archive, opened by this process.

    Parameters
    ----------
    config : Config
        Names the home, which must exist.
    clock : callable
        The present, UTC without a zone.

    Raises
    ------
    HomeInUse
        If another process holds it.
    Unavailable
        If it cannot be reached, or a newer version wrote it.
    """

    def __init__(
        self, config: Config, clock: Callable[[], datetime] | None = None, *, wait_s: float
    ) -> None:
        self.config = config
        self.tables = published_tables()
        self.catalogue = Catalogue(self.tables)
        self._clock = clock or (lambda: datetime.now(UTC).replace(tzinfo=None))
        self.store: Store = open_store(
            config.store,
            config.home,
            wait_s=wait_s,
            memory_limit_mb=config.memory_mb,
            queries_at_once=config.queries_at_once,
        )
        self._counts: tuple[int, float, dict[str, int]] = -1, 0.0, {}
        try:
            self.store.create(archive_tables(), TABLES_HISTORY)
            self._describe()
            self.store.write(write_terms)
        except BaseException:
            self.store.close()
            raise
        declare_positions(self.store)
        self.user_tables = UserTables(self.store, config, self._clock)
        self.images = ImageArchive(self.store, config.home, config.authority, self._clock)

    def ingest(
        self,
        stream: IO[bytes],
        *,
        name: str,
        format: str | None = None,
        source: str = "user",
        progress: Progress = lambda report: None,
    ) -> LoadReport:
        """Add what a file holds."""
        from satvo.ingest.orbits.formats import read_orbits

        records = read_orbits(cast(BinaryIO, stream), name=name, format=format)
        return load_orbits(
            self.store, records, source=source, name=name, received=self._clock(), progress=progress
        )

    def answer(
        self,
        asked: TapRequest,
        *,
        time_limit_s: float | None = None,
        started: Callable[[Callable[[], object]], object] = lambda interrupt: None,
        uploads: Mapping[str, UploadedTable] = MappingProxyType({}),
        owner: str | None = None,
        told: Sequence[Info] | None = None,
        services: Sequence[Service] = (LINKS,),
    ) -> Answer:
        """Start to answer an ADQL query; raises what is wrong with it before the first byte.

        The tables of the owner, a token_id, can be named in it. What the answer tells of a protocol
        other than TAP is `told`; a VOTable tells of `services` that take values of it.
        """
        for _ in range(_TRIES):
            catalogue, staged = self.visible(owner).catalogue(self.catalogue, asked.query)
            try:
                return answer_query(
                    self.store,
                    catalogue,
                    self.config,
                    asked,
                    now=self._clock(),
                    time_limit_s=time_limit_s,
                    started=started,
                    uploads=uploads,
                    staged=staged,
                    told=told,
                    services=services,
                )
            except TableGone:  # an own table was dropped or sorted just now: look again
                if owner is None:
                    raise
        raise Unavailable("a table of the query is being changed all the time; ask again")

    def visible(self, owner: str | None) -> VisibleTables:
        """The tables that the holder of a token sees; None: that everyone does."""
        return VisibleTables(self.tables, () if owner is None else self.user_tables.of(owner))

    def query(
        self, text: str, *, format: str = "votable", maxrec: int | None = None
    ) -> Generator[bytes, None, None]:
        """The answer to an ADQL query, in pieces."""
        return self.answer(TapRequest(text, maxrec, *find_format(format))).__iter__()

    def status(self) -> Mapping[str, Any]:
        """What is here."""
        return {"rows": self.row_counts(), "served": False}

    def backup(self) -> Generator[bytes, None, None]:
        """A backup of the home, in pieces."""

        def tables(snapshot: Snapshot) -> tuple[sa.Table, ...]:
            kept = snapshot.read(USER_TABLE, batch_rows=1000).read_all().to_pylist()
            return (*tables_of_backup(), *(read_user_table(row).storage for row in kept))

        state = open_state(self.config.home, self.config.store)
        try:
            yield from backup_pieces(self.store, tables, state, self.config.home, self._clock())
        finally:
            state.dispose()

    def row_counts(self) -> dict[str, int]:
        """Rows of each published table, a minute old at most where other processes write too."""
        writes, until, known = self._counts
        if writes != self.store.writes or time.monotonic() > until:
            writes, known = self.store.writes, self._counted()
            self._counts = writes, time.monotonic() + _COUNTED_S, known
        return dict(known)

    def _counted(self) -> dict[str, int]:
        counts = [
            sa.select(sa.func.count()).select_from(table).scalar_subquery().label(f"n{i}")
            for i, table in enumerate(self.tables)
        ]
        (row,) = self.store.select(sa.select(*counts)).to_pylist()
        return {t.fullname: int(row[f"n{i}"]) for i, t in enumerate(self.tables)}

    def decayed(self, norad_id: int) -> bool:
        """Whether an object is known to have decayed."""
        found = self.store.select(
            sa.select(SATELLITE.c.decay_date).where(SATELLITE.c.norad_id == norad_id)
        )
        return any(row["decay_date"] is not None for row in found.to_pylist())

    def renew_statuses(self) -> Mapping[str, int]:
        """Derive what the orbit of each satellite does."""
        from satvo.resources.ephemeris.statuses.build import renew_statuses

        return renew_statuses(self.store, as_of_mjd=mjd_of(self._clock()))

    def kept_tables(self) -> list[dict[str, Any]]:
        """The tables of all tokens."""
        return [
            {
                "owner": table.owner,
                "name": table.name,
                "rows": table.rows,
                "size_bytes": table.size_bytes,
                "created": table.created.isoformat(timespec="seconds"),
            }
            for table in self.user_tables.everyones()
        ]

    def drop_kept_table(self, owner: str, name: str) -> None:
        """Remove a table of a token."""
        self.user_tables.drop(owner, name.removeprefix(f"{TAP_USER}."))

    def observers(self) -> list[dict[str, Any]]:
        """The registered observers."""
        return Observers(self.store).told()

    def add_observer(
        self, name: str, at: str | None = None, facility: str | None = None
    ) -> dict[str, Any]:
        """Register one."""
        book = Observers(self.store)
        added = book.add(name, at, facility)
        return next(row for row in book.told() if row["observer_id"] == added.observer_id)

    def drop_observer(self, name: str) -> None:
        """Forget one."""
        Observers(self.store).drop(name)

    def plans(self) -> list[dict[str, Any]]:
        """The registered plans."""
        return Plans(self.store).all()

    def add_plan(self, name: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Register a plan."""
        return Plans(self.store).add(name, rows, replace=replace)

    def drop_plan(self, name: str) -> int:
        """Forget a plan."""
        return Plans(self.store).drop(name)

    def held_elsewhere(self) -> list[dict[str, Any]]:
        """The collections of images held elsewhere."""
        return HeldElsewhere(self.store).all()

    def add_held_elsewhere(self, name: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Register a collection of images held elsewhere."""
        return HeldElsewhere(self.store).add(name, rows, replace=replace)

    def drop_held_elsewhere(self, name: str) -> int:
        """Forget a collection of images held elsewhere."""
        return HeldElsewhere(self.store).drop(name)

    def maps(self) -> list[dict[str, Any]]:
        """The registered maps of pass probabilities."""
        from satvo.resources.pass_probability.build import listed_maps

        return listed_maps(self.store)

    def drop_map(self, map_id: str) -> int:
        """Forget a map."""
        from satvo.resources.pass_probability.build import drop_map

        return self.store.write(lambda tx: drop_map(tx, map_id))

    def add_images(self, files: Iterable[ImageFile]) -> Iterator[ImageReport]:
        """Add images, and remove what commands that were killed left behind."""
        yield from add_images(self.images, files)
        self.images.remove_strays()

    def images_listed(self, collection: str | None = None) -> list[dict[str, Any]]:
        """The files of the archive."""
        return self.images.listed(collection)

    def image_row(self, name: str) -> dict[str, Any]:
        """What is known of one."""
        row = self.images.row(name)
        return {key: v.isoformat() if isinstance(v, datetime) else v for key, v in row.items()}

    def drop_image(self, name: str) -> None:
        """Remove one."""
        self.images.drop(name)

    def add_cases(
        self, rows: Sequence[Mapping[str, Any]], trails: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add test cases."""
        self.images.add([], cases=rows, trails=trails)

    def suite(self) -> list[dict[str, Any]]:
        """What the test suite covers."""
        return [
            {
                "term": cell.term.term,
                "observed": [case["case_id"] for case in cell.observed],
                "simulated": [case["case_id"] for case in cell.simulated],
            }
            for cell in coverage(self.store)
        ]

    def drop_case(self, case_id: str) -> None:
        """Forget one."""
        self.store.write(lambda tx: drop_case(tx, case_id))

    def elements(self, noon: float, max_age_d: float, chosen: Chosen) -> pa.Table:
        """Of each satellite the set nearest to a time."""
        from satvo.resources.ephemeris.build import known_elements_table

        return known_elements_table(self.store, noon, max_age_d=max_age_d, **chosen.arguments())

    def ephemerides(
        self, first: float, last: float, chosen: Chosen, ephemeris_id: str | None = None
    ) -> pa.Table:
        """Ephemeris files of a span of time."""
        from satvo.resources.ephemeris.build import known_ephemerides_table

        return known_ephemerides_table(
            self.store, first, last, ephemeris_id=ephemeris_id, **chosen.arguments()
        )

    def prepare_build(self, name: str, parameters: Mapping[str, str], folder: Path) -> None:
        """Write what a build needs."""
        builds.prepare(self.store, name, parameters, folder)

    def register_build(self, name: str, folder: Path) -> dict[str, Any]:
        """Take in what was computed."""
        return builds.register(self.store, name, folder, self._clock())

    def close(self) -> None:
        """Give the store back."""
        self.store.close()

    def _describe(self) -> None:
        """Write TAP_SCHEMA where it differs from what is published."""
        rows = describe(self.tables, SCHEMAS)
        wanted = {
            table: pa.Table.from_pylist(rows[table], arrow_schema(table)) for table in TAP_SCHEMA
        }

        def work(tx: Transaction) -> None:
            for table, content in wanted.items():
                if not tx.select(sa.select(table)).equals(content):
                    tx.execute(sa.delete(table))
                    tx.append(table, content)

        self.store.write(work)
