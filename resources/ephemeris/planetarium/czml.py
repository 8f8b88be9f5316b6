"""CZML, the scene language of Cesium."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from satvo.resources.ephemeris.planetarium.tracks import Grid, Track

__all__ = ["czml"]


def czml(tracks: Iterable[Track], grid: Grid, *, title: str = "satvo") -> Iterator[str]:
    """The document in pieces: a clock, then a packet for each satellite.

    Notes
    -----
    Places are sampled in the inertial frame (GCRS, m), where orbits are smooth: with the
    Lagrange polynomials of degree 5 that the packets ask for and a step of 60 s, a low satellite is
    drawn within 10 m. The page must load the Earth's orientation
    (``Cesium.Transforms.preloadIcrfFixed``), else Cesium takes the frame for TEME, 0.3 deg away.

    References
    ----------
    CZML Guide of AnalyticalGraphicsInc/czml-writer: document, position, path, label.
    """
    interval = f"{_iso(grid.start)}/{_iso(grid.stop)}"
    head = {
        "id": "document",
        "name": title,
        "version": "1.0",
        "clock": {
            "interval": interval,
            "currentTime": _iso(grid.start),
            "multiplier": 60,
            "range": "LOOP_STOP",
            "step": "SYSTEM_CLOCK_MULTIPLIER",
        },
    }
    yield "[\n" + json.dumps(head)
    for track in tracks:
        yield ",\n" + json.dumps(_packet(track, grid, interval))
    yield "\n]\n"


def _packet(track: Track, grid: Grid, interval: str) -> dict[str, object]:
    """One satellite: a point, and a label and path that are off."""
    period_s = 86400.0 / track.member.elements.mean_motion
    return {
        "id": f"norad-{track.member.elements.norad_id}",
        "name": track.member.name,
        "availability": interval,
        "description": f"NORAD {track.member.elements.norad_id}",
        "point": {"pixelSize": 4, "color": {"rgba": [255, 255, 160, 255]}},
        "label": {
            "text": track.member.name,
            "show": False,
            "font": "11px sans-serif",
            "pixelOffset": {"cartesian2": [8, 0]},
            "horizontalOrigin": "LEFT",
        },
        "path": {
            "show": False,
            "width": 1,
            "leadTime": round(period_s / 2, 1),
            "trailTime": round(period_s / 2, 1),
            "resolution": max(grid.step_s, 1.0),
            "material": {"solidColor": {"color": {"rgba": [160, 200, 255, 160]}}},
        },
        "position": {
            "epoch": _iso(grid.start),
            "referenceFrame": "INERTIAL",
            "interpolationAlgorithm": "LAGRANGE",
            "interpolationDegree": min(5, grid.count - 1),
            "cartesian": _samples(track, grid),
        },
    }


def _samples(track: Track, grid: Grid) -> list[float]:
    """Seconds and x, y, z in m, one after the other, to 0.1 m."""
    samples: list[float] = []
    for second, place in zip(grid.seconds.tolist(), track.gcrs_km.tolist(), strict=True):
        samples += [round(second, 6), *(round(1e3 * value, 1) for value in place)]
    return samples


def _iso(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds") + "Z"
