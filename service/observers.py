"""The observers registered in an archive: the rows of satvo.observer."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from satvo.resources.ephemeris.build import registered_sites
from satvo.resources.ephemeris.sites import Site, find_site
from satvo.schemas.errors import AlreadyThere, BadParameter, NotFound
from satvo.schemas.observer import OBSERVER
from satvo.schemas.store import Store, Transaction

__all__ = ["FIRST", "Observers"]

FIRST = ("rubin", "paranal", "maunakea", "la-palma", "kitt-peak", "saao", "siding-spring")
"""Those of a new archive: one of each of the great sites, so that every night has one."""

_MOST = 1000
"""Positions are computed for every one of them."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_FACILITY = 200


class Observers:
    """The registered observers.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> tuple[Site, ...]:
        """All of them, by their names."""
        return registered_sites(self._store)

    def add(self, name: str, at: str | None = None, facility_name: str | None = None) -> Site:
        """Register a site.

        Parameters
        ----------
        name : str
            Its observer_id; without `at`, anything that `find_site` knows.
        at : str, optional
            Where it stands, as `find_site` takes it.
        facility_name : str, optional
            What it is called in words.

        Raises
        ------
        AlreadyThere
            If there is one of that name.
        BadParameter
            If it is no name, or the place is none.
        """
        known = find_site(at or name)
        observer_id = name.strip() if at else known.observer_id.lower()
        if at and not _NAME.fullmatch(observer_id):
            raise BadParameter(
                f"observer {name[:100]!r}: give it a name of up to 40 small letters, digits and -, "
                "a letter first"
            )
        row = {
            "observer_id": observer_id,
            "mpc_code": known.mpc_code,
            "facility_name": (facility_name or known.facility_name or observer_id)[:_FACILITY],
            "lon": known.lon_deg,
            "lat": known.lat_deg,
            "height": known.height_m,
        }

        def work(tx: Transaction) -> None:
            there = tx.select(sa.select(OBSERVER.c.observer_id)).column(0).to_pylist()
            if observer_id in there:
                raise AlreadyThere(f"observer {observer_id} is registered already; drop it first")
            if len(there) >= _MOST:
                raise BadParameter(f"{_MOST} observers are registered, which is the most; drop one")
            tx.execute(sa.insert(OBSERVER).values(row))

        self._store.write(work)
        return next(site for site in self.all() if site.observer_id == observer_id)

    def drop(self, name: str) -> None:
        """Forget one; what was computed for it stays. Raises `NotFound` where it is none."""
        count = self._store.write(
            lambda tx: tx.execute(sa.delete(OBSERVER).where(OBSERVER.c.observer_id == name))
        )
        if not count:
            raise NotFound(f"no observer {name[:100]!r} is registered; satvo observer list has all")

    def told(self) -> list[dict[str, Any]]:
        """All of them as JSON has them: the columns of satvo.observer."""
        rows = self._store.select(sa.select(OBSERVER).order_by(OBSERVER.c.observer_id))
        return list(rows.to_pylist())
