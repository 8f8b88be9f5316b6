"""The files of images in a backup: those that its own rows name, and rows whose files it has.

Files are taken while the snapshot of the rows is open. What is dropped meanwhile leaves its rows in
the snapshot without a file: these rows are left out, as if the backup were a moment younger.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from satvo.ingest.images.folder import PICTURES
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, Unavailable
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.store import Store
from satvo.schemas.store.interface import Snapshot
from satvo.service.backup_manifest import Member

__all__ = ["ImageFiles", "check_image_files", "image_checksum", "without_rows"]

_MEMBER = re.compile(r"images/([0-9a-f]{2})/(\1[0-9a-f]{62})((?:\.[a-z0-9]{1,12}){1,3})", re.ASCII)
_DID = "obs_publisher_did"
_BATCH_ROWS = 10_000
_ASKED_AT_ONCE = 500


def image_checksum(name: str) -> str | None:
    """The checksum in the name of a member that is an image or its preview; None of any other.

    Examples
    --------
    >>> image_checksum(f"images/ab/ab{'0' * 62}.fits")[:4]
    'ab00'
    >>> image_checksum("images/ab/../x.fits") is None
    True
    """
    found = _MEMBER.fullmatch(name)
    return None if found is None else found[2]


class ImageFiles:
    """The files of images that a snapshot names.

    Parameters
    ----------
    store : Store
        As it is now: tells what was dropped from what was lost.
    snapshot : Snapshot
    home : Path

    Attributes
    ----------
    dropped : set of str
        The ``obs_publisher_did`` of products whose files were dropped since the snapshot; complete
        when `pieces` has ended.
    """

    def __init__(self, store: Store, snapshot: Snapshot, home: Path) -> None:
        self.dropped: set[str] = set()
        self._store = store
        self._home = home
        self._named = dict(sorted(_named(snapshot)))

    def pieces(
        self,
        put: Callable[[Path, str], Generator[bytes, None, bool]],
        members: Mapping[str, Member],
    ) -> Generator[bytes, None, None]:
        """Put every file into the backup, previews included.

        Parameters
        ----------
        put : callable
            Adds a file under a name, in pieces; false where it is no longer there.
        members : mapping
            What is in the backup so far.

        Raises
        ------
        Unavailable
            If a file is missing or changed although its row is there.
        """
        folder, names = "", list[str]()
        for checksum, did in self._named.items():
            if folder != checksum[:2]:
                folder = checksum[:2]
                names = sorted(path.name for path in (self._home / "images" / folder).glob("*.*"))
            own = [name for name in names if name.startswith(f"{checksum}.")]
            whole = False
            for name in sorted(own, key=lambda name: name.endswith(PICTURES)):
                member = f"images/{folder}/{name}"
                if image_checksum(member) is None:
                    continue
                there = yield from put(self._home / member, member)
                if there and not name.endswith(PICTURES):
                    whole = True
                    if members[member].sha256 != checksum:
                        raise Unavailable(
                            f"{member}: the file of {did} is not what its checksum says; put the "
                            "right one there, or drop it"
                        )
            if not whole:
                self.dropped.add(did)
        self._check_lost()

    def _check_lost(self) -> None:
        """Raise if a row is still there whose file is not."""
        dids = sorted(self.dropped)
        for first in range(0, len(dids), _ASKED_AT_ONCE):
            asked = dids[first : first + _ASKED_AT_ONCE]
            query = sa.select(DATAPRODUCT.c.obs_publisher_did, DATAPRODUCT.c.checksum)
            there = self._store.select(query.where(DATAPRODUCT.c.obs_publisher_did.in_(asked)))
            for row in there.to_pylist():
                raise Unavailable(
                    f"images/{row['checksum'][:2]}/{row['checksum']}: the file of {row[_DID]} is "
                    "lost; put it there again, or drop it"
                )


def _named(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    for batch in snapshot.read(DATAPRODUCT, batch_rows=_BATCH_ROWS):
        checksums, dids = batch.column("checksum"), batch.column(_DID)
        yield from zip(checksums.to_pylist(), dids.to_pylist(), strict=True)


def without_rows(
    batches: Iterable[pa.RecordBatch], table: sa.Table, dids: set[str]
) -> Iterator[pa.RecordBatch]:
    """Rows of a table, as if these data products had never been.

    What is a data product or belongs to one (``obs_publisher_did``) is left out; where another
    column names one, it is null.
    """
    columns = [
        str(column.name)
        for column in table.columns
        if column.info.get("references") == f"{OBSCORE.fullname}.{_DID}"
        or (table is OBSCORE and column.name == _DID)
    ]
    gone = pa.array(sorted(dids), pa.string())
    for batch in batches:
        if len(gone) and columns:
            kept = pa.Table.from_batches([batch])
            for name in columns:
                named = pc.is_in(kept.column(name), value_set=gone)
                if name == _DID:
                    kept = kept.filter(pc.invert(named))
                else:
                    at = kept.column_names.index(name)
                    value = pc.if_else(named, None, kept.column(name))
                    kept = kept.set_column(at, kept.schema.field(name), value)
            yield from kept.combine_chunks().to_batches()
        else:
            yield batch


def check_image_files(checksums: Iterable[str], members: Mapping[str, Member]) -> None:
    """See that a backup has the files that its rows name, and no others.

    Parameters
    ----------
    checksums : iterable of str
        Of `satvo.schemas.dataproduct.DATAPRODUCT`.
    members : mapping
        Of its manifest, all of them checked.

    Raises
    ------
    BadParameter
        If they are not the same, or a file is another than its name says.
    """
    named, held = set(checksums), dict[str, str]()
    for name, member in members.items():
        checksum = image_checksum(name)
        if checksum is None:
            continue
        if checksum not in named:
            raise BadParameter(f"its member {name} belongs to no row of {DATAPRODUCT.fullname}")
        if name.endswith(PICTURES):
            continue
        if checksum in held:
            raise BadParameter(f"its members {held[checksum]} and {name} are the same image")
        if member.sha256 != checksum:
            raise BadParameter(f"its member {name} is not what its name says")
        held[checksum] = name
    if lacking := sorted(named - held.keys()):
        raise BadParameter(
            f"it has no file images/{lacking[0][:2]}/{lacking[0][:80]}, which a row of "
            f"{DATAPRODUCT.fullname} names"
        )
