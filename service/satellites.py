"""The satellites that a server has ready to be searched: those of the last days asked for."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from satvo.resources.ephemeris.build import (
    known_elements,
    known_ephemerides,
    registered_sites,
)
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.operator_files import OperatorFiles
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.ephemeris.space import names_space
from satvo.resources.passes.build import archived_telescope
from satvo.resources.passes.chosen import Chosen
from satvo.resources.passes.predict import Catalogue, Prediction, predict_by_day
from satvo.resources.passes.requests import PassRequest
from satvo.service.archive import Archive
from satvo.service.turns import Turns

__all__ = ["MOST_SKY", "Satellites"]

MOST_SKY = 4.0
"""Of `sky_searched` that is answered at once: some 10 s."""

_WAIT_S = 60.0
_WAITING = 4
_SEARCHES = Turns("searches for passes", wait_s=_WAIT_S)
"""One at a time: the search is the processor's work, and a table of states is not shared."""

_KEPT = 3
_TABLE_BYTES = 64 << 20
_READ_AGAIN_S = 60.0
"""A catalogue that was read so long ago is read again if anything was written since."""


@dataclass(slots=True)
class _Ready:
    catalogue: Catalogue
    writes: int
    read: float


class Satellites:
    """Catalogues by day, read when they are asked for.

    Parameters
    ----------
    archive : callable
        The archive, once it is open.
    """

    def __init__(self, archive: Callable[[], Archive]) -> None:
        self._archive = archive
        self._ready: OrderedDict[tuple[float, float, Chosen], _Ready] = OrderedDict()
        self._files: tuple[tuple[float, float, Chosen], int, OperatorFiles] | None = None
        self._searching = threading.RLock()

    def observer(self, text: str) -> Observer:
        """The observer of a name, an MPC code or coordinates, registered ones first, or in space.

        Raises
        ------
        BadParameter
            If there is none.
        """
        if names_space(text):
            return archived_telescope(self._archive().store, text)
        return find_observer(text, registered_sites(self._archive().store))

    def predict(self, asked: PassRequest) -> tuple[Prediction, int]:
        """The transits of a request, and how many satellites were searched on its fullest day."""
        counts = [0]

        def catalogue_of(noon: float) -> Catalogue:
            found = self.catalogue(noon, asked.options.max_age_d, asked.chosen)
            counts.append(len(found.elements))
            return found

        with _SEARCHES.turn(1, _WAITING), self._searching:
            found = predict_by_day(
                asked.exposures,
                asked.observer,
                catalogue_of,
                asked.options,
                files_of=partial(self._files_of, asked.chosen),
            )
        return found, max(counts)

    def _files_of(self, chosen: Chosen, first: float, last: float) -> OperatorFiles:
        """The ephemeris files of a span of time; those asked for last are kept."""
        store = self._archive().store
        key = first, last, chosen
        if self._files is None or self._files[:2] != (key, store.writes):
            writes = store.writes
            found = known_ephemerides(store, first, last, **chosen.arguments())
            if len(found.orbits) == 0:
                return found
            self._files = key, writes, found
        return self._files[2]

    def catalogue(self, noon: float, max_age_d: float, chosen: Chosen) -> Catalogue:
        """The satellites of a day, by the element sets nearest to its noon (MJD in UTC)."""
        with self._searching:
            return self._found((noon, max_age_d, chosen))

    def _found(self, key: tuple[float, float, Chosen]) -> Catalogue:
        store = self._archive().store
        noon, max_age_d, chosen = key
        ready = self._ready.get(key)
        if ready is not None:
            fresh = time.monotonic() - ready.read < _READ_AGAIN_S
            if fresh or ready.writes == store.writes:
                self._ready.move_to_end(key)
                return ready.catalogue
        writes = store.writes
        elements = known_elements(store, noon, max_age_d=max_age_d, **chosen.arguments())
        catalogue = Catalogue(elements, most_bytes=_TABLE_BYTES)
        self._ready[key] = _Ready(catalogue, writes, time.monotonic())
        while len(self._ready) > _KEPT:
            self._ready.popitem(last=False)
        return catalogue
