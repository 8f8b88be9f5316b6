"""Layer tables for WorldWide Telescope."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import timedelta

from satvo.resources.ephemeris.planetarium.tracks import Grid, Track

__all__ = ["WWT_COLUMNS", "wwt_csv"]

WWT_COLUMNS = ("Name", "NORAD", "Time", "End", "Latitude", "Longitude", "Altitude")
"""Headings that the program's import assistant recognises; Altitude in m above WGS84."""


def wwt_csv(tracks: Iterable[Track], grid: Grid) -> Iterator[str]:
    """A time series of places over the Earth, one row a satellite and instant, in pieces.

    Times are UTC in ISO 8601 without a zone, which the program takes for UTC; each row holds from
    Time to End, the next instant.
    """
    instants = [
        (grid.start + timedelta(seconds=s)).isoformat(timespec="milliseconds")
        for s in (*grid.seconds.tolist(), grid.step_s * grid.count)
    ]
    yield ",".join(WWT_COLUMNS) + "\r\n"
    for track in tracks:
        longitude, latitude, height_m = track.geodetic
        buffer = io.StringIO()
        rows = csv.writer(buffer)
        number = track.member.elements.norad_id
        for i in range(grid.count):
            place = (f"{latitude[i]:.5f}", f"{longitude[i]:.5f}", f"{height_m[i]:.0f}")
            rows.writerow((track.member.name, number, instants[i], instants[i + 1], *place))
        yield buffer.getvalue()
