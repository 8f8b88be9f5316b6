"""The catalogue of Stellarium's Satellites plugin (``satellites.json``)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from datetime import datetime

from satvo.resources.ephemeris.planetarium.members import LeftOut, Member
from satvo.resources.orbits.tle import tle_lines

__all__ = ["CATALOGUE_VERSION", "stellarium_json"]

CATALOGUE_VERSION = "0.12.0"
"""Of the layout; the plugin puts its own catalogue in the place of one of another version."""


def stellarium_json(
    members: Iterable[Member], left_out: list[LeftOut], *, updated: datetime
) -> Iterator[str]:
    """The file in pieces.

    Parameters
    ----------
    left_out : list
        Gets those that a TLE cannot hold, because the plugin knows nothing else.
    updated : datetime
        UTC; the plugin shows it as the age of the elements.

    Notes
    -----
    ``stdMag`` is our ``mag_std``: both are V at 1000 km and half lit.
    """
    head = {
        "creator": f"Satellites plugin version {CATALOGUE_VERSION}",
        "version": CATALOGUE_VERSION,
        "shortName": "satellite orbital data",
        "hintColor": [0.4, 0.4, 0.4],
    }
    yield json.dumps(head, indent=1).removesuffix("\n}") + ',\n "satellites": {'
    comma = ""
    for member in members:
        try:
            one, two = tle_lines(member.elements)
        except ValueError as err:
            left_out.append(LeftOut(member.elements.norad_id, f"{err}; take CZML or OpenSpace"))
            continue
        entry: dict[str, object] = {
            "name": member.name,
            "groups": [member.constellation] if member.constellation else [],
            "comms": [],
            "lastUpdated": updated.isoformat(timespec="seconds"),
            "orbitVisible": False,
            "visible": True,
            "tle1": one,
            "tle2": two,
        }
        for key, value in (("stdMag", member.mag_std), ("rcs", member.rcs)):
            if value is not None and math.isfinite(value):
                entry[key] = round(value, 3)
        yield f"{comma}\n  {json.dumps(str(member.elements.norad_id))}: {json.dumps(entry)}"
        comma = ","
    yield "\n }\n}\n"
