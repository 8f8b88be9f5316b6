"""The maps of pass probability that a server shows, and what it has drawn from them."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Hashable
from typing import Any, BinaryIO, cast

from satvo.resources.pass_probability.build import stored_map, stored_maps
from satvo.resources.pass_probability.fits_map import write_map
from satvo.resources.pass_probability.probability_map import MAP_COLUMNS, ProbabilityMap
from satvo.resources.pass_probability.stored import StoredMap
from satvo.schemas.errors import NotFound
from satvo.service.archive import Archive
from satvo.service.kept_drawings import KeptDrawings
from satvo.service.software import software_version

__all__ = ["DRAWN_COLUMNS", "FIRST_COLUMN", "ProbabilityMaps", "drawn_column"]

DRAWN_COLUMNS = tuple(name for name in MAP_COLUMNS if name != "t_next")
"""Columns that are shown as pictures and tiles: all that are no time."""

FIRST_COLUMN = "p_illum"
"""The one that is shown where none is named."""

_KEPT_BYTES = 96 << 20
"""Maps and what is drawn from them: a map of nside 64 takes 1 MB, a tile of it 20 kB."""
_READ_AGAIN_S = 60.0
"""The list of maps is read so often even if this process wrote nothing: another may have."""
_IN_MEMORY_BYTES = 16 << 20


def drawn_column(name: str | None) -> str:
    """The column of a name, `FIRST_COLUMN` for none.

    Raises
    ------
    NotFound
        If no column of that name is drawn.

    Examples
    --------
    >>> drawn_column(None), drawn_column("loss")
    ('p_illum', 'loss')
    """
    if not name:
        return FIRST_COLUMN
    if name not in DRAWN_COLUMNS:
        raise NotFound(f"column {name[:40]!r}: maps are drawn of {', '.join(DRAWN_COLUMNS)}")
    return name


class ProbabilityMaps:
    """Registered maps, read when they are asked for.

    What is drawn is kept by the map's name and when it was made, so a map that is replaced is
    drawn anew; what was asked for longest ago is forgotten first.

    Parameters
    ----------
    archive : callable
        The archive, once it is open.
    """

    def __init__(self, archive: Callable[[], Archive]) -> None:
        self._archive = archive
        self._kept = KeptDrawings("drawings of maps", _KEPT_BYTES)
        self._listed: tuple[int, float, dict[str, StoredMap]] | None = None

    def all(self) -> list[StoredMap]:
        """The registered maps, in the order of their names."""
        return list(self._all().values())

    def find(self, map_id: str) -> StoredMap:
        """One of them.

        Raises
        ------
        NotFound
            If there is none of that name.
        """
        found = self._all().get(map_id)
        if found is None:
            raise NotFound(f"there is no map {map_id[:100]!r}; /maps lists all")
        return found

    def map(self, about: StoredMap) -> ProbabilityMap:
        """A map with its pixels."""
        key = about.map_id, about.created
        found = self._kept.get(key)
        if found is None:
            found = stored_map(self._archive().store, about.map_id)
            size = found.pixels.nbytes + sum(each.nbytes for each in found.values.values())
            self._kept.keep(key, found, size)
        return cast(ProbabilityMap, found)

    def name(self, about: StoredMap, *what: object) -> str:
        """What is made of a map, in a word: the same for as long as the same would be made."""
        told = repr((software_version(), about.map_id, about.created, what))
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def made(
        self, about: StoredMap, what: Hashable, make: Callable[[ProbabilityMap], bytes]
    ) -> bytes:
        """What is drawn from a map, kept for who asks next.

        Parameters
        ----------
        about : StoredMap
        what : hashable
            Tells this drawing from others of the map.
        make : callable
            Draws it; one drawing is made at a time.

        Raises
        ------
        Busy
            If too many wait for drawings.
        NotFound
            If the map is gone.
        """
        key = about.map_id, about.created, what
        return self._kept.made(key, lambda: make(self.map(about)))

    def fits(self, about: StoredMap) -> tuple[BinaryIO, int]:
        """The map as a FITS file, at its beginning, and how long it is; the caller closes it."""
        file = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES))  # noqa: SIM115
        try:
            with self._kept.turn():
                write_map(self.map(about), file)
            size = file.tell()
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file, size

    def _all(self) -> dict[str, StoredMap]:
        store = self._archive().store
        listed = self._listed
        if listed is None or listed[0] != store.writes or time.monotonic() > listed[1]:
            writes = store.writes
            found = {each.map_id: each for each in stored_maps(store)}
            listed = writes, time.monotonic() + _READ_AGAIN_S, found
            self._listed = listed
            self._forget({(each.map_id, each.created) for each in found.values()})
        return listed[2]

    def _forget(self, there: set[tuple[Any, Any]]) -> None:
        """Forget what was drawn from maps that are gone or replaced."""
        self._kept.forget(lambda key: key[:2] not in there)
