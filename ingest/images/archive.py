"""The images of an archive: files looked at, brought to their places, and described by rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import pyarrow as pa
import sqlalchemy as sa
from satvo.ingest.images.examine import ImageLimits, examine_received
from satvo.ingest.images.examined import Added, Examined, Message
from satvo.ingest.images.folder import PICTURES, ImageFolder, Received, open_plain
from satvo.ingest.images.told import check_name, check_told
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.store import Store
from satvo.schemas.store.interface import Transaction, arrow_schema
from satvo.schemas.testcase import TESTCASE
from satvo.schemas.trail import TRAIL

__all__ = ["ImageArchive"]

_DID = "obs_publisher_did"
_REFERRING = ("obs_publisher_did", "pair_did", "mask_did", "truth_did", "elements_did",
              "exposures_did")  # fmt: skip
"""Columns of satvo.testcase that name a data product."""

Row = Mapping[str, Any]
_NOTHING: Row = MappingProxyType({})


class ImageArchive:
    """The images of an archive.

    Files are kept by their content below ``<home>/images``, so a file is there once; its first 16
    digits name it. What strangers send is opened in child processes of few rights alone.

    Parameters
    ----------
    store : Store
    home : Path
    authority : str
        IVOA authority of the identifiers.
    clock : callable
        The present, UTC without a zone.
    limits : ImageLimits, optional
        What looking at one file may take.
    """

    def __init__(
        self,
        store: Store,
        home: Path,
        authority: str,
        clock: Callable[[], datetime],
        *,
        limits: ImageLimits | None = None,
    ) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._folder = ImageFolder(home)
        self._limits = limits or ImageLimits()

    def examine(self, source: Path, *, name: str, told: Row = _NOTHING) -> Examined:
        """A file looked at, with what its contributor told; nothing of it is in the archive yet.

        Parameters
        ----------
        source : Path
            It is copied first: what is added is what was looked at.
        name : str
            What the file is called, without folders.
        told : mapping
            Columns of ivoa.obscore and satvo.dataproduct; ``licence`` and ``obs_collection`` are
            needed. What is told goes before what the file says.

        Raises
        ------
        BadParameter
            For a file that is damaged or none, and for what is told wrongly; nothing is left.
        LimitExceeded
            If looking at it takes more than is allowed.
        """
        check_name(name)
        with open_plain(source, name=name) as stream:
            return self.examine_stream(stream, name=name, told=told)

    def examine_stream(self, stream: IO[bytes], *, name: str, told: Row = _NOTHING) -> Examined:
        """The same for a stream, which need not be seekable."""
        check_name(name)
        known = check_told(told)
        received = self._folder.receive(stream, name=name, most_bytes=self._limits.file_bytes)
        try:
            there = self._known(received, name)
            return there or examine_received(
                received, name, known, authority=self._authority, now=self._clock(),
                limits=self._limits,
            )  # fmt: skip
        except BaseException:
            received.path.unlink(missing_ok=True)
            raise

    def add(
        self,
        examined: Sequence[Examined],
        *,
        trails: Sequence[Row] = (),
        cases: Sequence[Row] = (),
        job_id: str | None = None,
        beside: Callable[[Transaction], object] = lambda tx: None,
    ) -> Added:
        """Bring files to their places and write their rows, all or nothing.

        Parameters
        ----------
        examined : sequence of Examined
            A file that is there already, or twice among these, is left as it is.
        trails, cases : sequence of mapping
            Rows of satvo.trail and satvo.testcase; one with the key of a row that is there takes
            its place.
        job_id : str, optional
            The UWS job that made all this.
        beside : callable
            What else is done in the transaction; nothing is added where it raises.

        Raises
        ------
        BadParameter
            If a progenitor, or an image that a trail or a case names, is not in the archive.
        """
        files = {each.did: each for each in examined}

        def work(tx: Transaction) -> set[str]:
            beside(tx)
            there = _dids(tx, files)
            new = [each for did, each in files.items() if did not in there]
            if gone := [each.name for each in new if each.known]:
                raise BadParameter(f"{gone[0]}: was removed from the archive just now; try again")
            tx.append(OBSCORE, _table(OBSCORE, [each.obscore for each in new]))
            job = {"job_id": job_id} if job_id else {}
            tx.append(DATAPRODUCT, _table(DATAPRODUCT, [each.dataproduct | job for each in new]))
            _replace(tx, TRAIL, "trail_id", [{**job, **row} for row in trails])
            _replace(tx, TESTCASE, "case_id", cases)
            _check_references(tx, [each.dataproduct for each in new], trails, cases)
            return there

        with self._folder.held():
            try:
                for each in files.values():
                    if not each.known:
                        pictures = [each.preview, each.thumbnail] if each.preview else []
                        self._folder.place(
                            each.received, each.ending, tuple(p for p in pictures if p)
                        )
                there = self._store.write(work)
            except BaseException:
                self._remove_unnamed({str(e.dataproduct["checksum"]) for e in files.values()})
                raise
        for each in examined:
            each.discard()
        dids = [each.did for each in examined]
        new = len(files) - len(there)
        return Added(new, len(dids) - new, dids)

    def path(self, product_id: str) -> Path:
        """The stored file of a product; raises `NotFound` where there is none."""
        return self._folder.path(product_id)

    def preview(self, product_id: str, small: bool = False) -> Path:
        """A picture of it as PNG; raises `NotFound` where there is none."""
        return self._folder.picture(product_id, PICTURES[small])

    def row(self, name: str) -> dict[str, Any]:
        """Columns of ivoa.obscore and satvo.dataproduct of a data product.

        Parameters
        ----------
        name : str
            Its obs_publisher_did or its product_id.

        Raises
        ------
        NotFound
            If there is none; of one that is held elsewhere the columns of satvo.dataproduct are
            None.
        """
        about = [col for col in DATAPRODUCT.columns if col.name != _DID]
        found = self._store.select(
            sa.select(OBSCORE, *about)
            .select_from(OBSCORE.outerjoin(DATAPRODUCT, OBSCORE.c[_DID] == DATAPRODUCT.c[_DID]))
            .where(sa.or_(OBSCORE.c[_DID] == name, DATAPRODUCT.c.product_id == name))
        ).to_pylist()
        if not found:
            raise NotFound(f"there is no data product {name[:100]}; ivoa.obscore lists all")
        row: dict[str, Any] = found[0]
        return row

    def listed(self, collection: str | None = None) -> list[dict[str, Any]]:
        """product_id, role, size_bytes, obs_collection and file_name of all files, or of some."""
        named = ("product_id", "role", "size_bytes", "file_name")
        chosen = (
            sa.select(OBSCORE.c.obs_collection, *(DATAPRODUCT.c[name] for name in named))
            .select_from(DATAPRODUCT.join(OBSCORE, OBSCORE.c[_DID] == DATAPRODUCT.c[_DID]))
            .order_by(OBSCORE.c.obs_collection, DATAPRODUCT.c.file_name, DATAPRODUCT.c.product_id)
        )
        if collection is not None:
            chosen = chosen.where(OBSCORE.c.obs_collection == collection)
        rows: list[dict[str, Any]] = self._store.select(chosen).to_pylist()
        return rows

    def drop(self, name: str) -> None:
        """Remove a data product, with its file, its pictures and its trails.

        Raises
        ------
        NotFound
            If there is none of that identifier or product_id.
        BadParameter
            If a test case names it, or another product was made from it; which, is told.
        """
        row = self.row(name)
        did = row[_DID]

        def work(tx: Transaction) -> None:
            _check_unused(tx, did)
            for table in (TRAIL, DATAPRODUCT, OBSCORE):
                tx.execute(sa.delete(table).where(table.c[_DID] == did))

        with self._folder.held():
            self._store.write(work)
            if row["checksum"]:
                self._folder.remove(row["checksum"])

    def remove_unnamed(self, checksums: set[str]) -> int:
        """Remove those of these files that no row names any longer; how many."""
        with self._folder.held():
            return self._remove_unnamed(checksums)

    def remove_strays(self) -> int:
        """Remove what processes that were killed left behind; how many files."""
        stale = self._folder.forget_stale()
        with self._folder.held():
            return stale + self._remove_unnamed(self._folder.checksums())

    def _remove_unnamed(self, checksums: set[str]) -> int:
        """Remove those of these files that no row names."""
        if not checksums:
            return 0
        named = sa.select(DATAPRODUCT.c.checksum)
        if len(checksums) <= 1000:
            named = named.where(DATAPRODUCT.c.checksum.in_(sorted(checksums)))
        strays = checksums - set(self._store.select(named)["checksum"].to_pylist())
        for checksum in strays:
            self._folder.remove(checksum)
        return len(strays)

    def _known(self, received: Received, name: str) -> Examined | None:
        """What the archive has of the same content already."""
        product_id = received.checksum[:16]
        try:
            self._folder.path(product_id)  # asked for each file: a query takes a hundred times more
            row = self.row(product_id)
        except NotFound:
            return None
        if row["checksum"] != received.checksum:
            raise BadParameter(
                f"{name}: the archive has another file whose checksum begins as its does"
            )
        message = Message("found", f"the archive has it already, as {row[_DID]}")
        return Examined(
            name, _of(OBSCORE, row), _of(DATAPRODUCT, row), [message], received, "", known=True
        )


def _of(table: sa.Table, row: Row) -> dict[str, Any]:
    return {str(col.name): row[str(col.name)] for col in table.columns}


def _table(table: sa.Table, rows: Sequence[Row]) -> pa.Table:
    known = {str(col.name) for col in table.columns}
    for row in rows:
        if strange := row.keys() - known:
            raise BadParameter(f"{table.fullname} has no column {', '.join(sorted(strange))}")
    return pa.Table.from_pylist([dict(row) for row in rows], arrow_schema(table))


def _replace(tx: Transaction, table: sa.Table, key: str, rows: Sequence[Row]) -> None:
    if rows:
        tx.execute(sa.delete(table).where(table.c[key].in_([row[key] for row in rows])))
        tx.append(table, _table(table, rows))


def _dids(tx: Transaction, wanted: Mapping[str, Any] | set[str]) -> set[str]:
    """Those of some identifiers that the archive has."""
    if not wanted:
        return set()
    column = OBSCORE.c[_DID]
    found = tx.select(sa.select(column).where(column.in_(sorted(wanted))))
    return set(found[_DID].to_pylist())


def _check_references(
    tx: Transaction, products: Sequence[Row], trails: Sequence[Row], cases: Sequence[Row]
) -> None:
    named = {(row.get("progenitor_did"), "a file names as its progenitor") for row in products}
    named |= {(row.get(_DID), "a trail is said to be in") for row in trails}
    named |= {(row.get(each), "a test case names") for row in cases for each in _REFERRING}
    wanted = {did: why for did, why in named if did}
    for did in sorted(wanted.keys() - _dids(tx, set(wanted))):
        raise BadParameter(f"{wanted[did]} {did}, which is not in the archive; add it first")


def _check_unused(tx: Transaction, did: str) -> None:
    naming = sa.or_(*(TESTCASE.c[each] == did for each in _REFERRING))
    cases = tx.select(sa.select(TESTCASE.c.case_id).where(naming))["case_id"].to_pylist()
    if cases:
        raise BadParameter(f"{did} belongs to the test case {', '.join(cases)}")
    made = sa.select(DATAPRODUCT.c[_DID]).where(DATAPRODUCT.c.progenitor_did == did)
    if heirs := tx.select(made)[_DID].to_pylist():
        raise BadParameter(f"{did} is what {', '.join(heirs)} was made from; drop that first")
