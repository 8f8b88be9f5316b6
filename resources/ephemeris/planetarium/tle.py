"""Files of two-line element sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from satvo.resources.ephemeris.planetarium.members import LeftOut, Member
from satvo.resources.orbits.tle import tle_lines

__all__ = ["tle_file"]


def tle_file(
    members: Iterable[Member], left_out: list[LeftOut], *, names: bool = True
) -> Iterator[str]:
    """Lines with their ends: name (with ``names``, a 3LE of CelesTrak's kind), line 1, line 2.

    Parameters
    ----------
    left_out : list
        Gets those that a TLE cannot hold.
    """
    for member in members:
        try:
            one, two = tle_lines(member.elements)
        except ValueError as err:
            left_out.append(LeftOut(member.elements.norad_id, f"{err}; take OMM or CZML"))
            continue
        title = f"{member.name[:24]}\n" if names else ""
        yield f"{title}{one}\n{two}\n"
