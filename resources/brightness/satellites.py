"""What is known of the satellites whose brightness is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.brightness.geometry import Floats
from satvo.resources.constellations.filed import SIMULATED_PREFIX, filed_brightness

__all__ = ["Satellites", "generation_of", "starlink_generation"]

_TOLD_BY_NAME = ("starlink", "spacemobile")
_STARLINK = re.compile(r"STARLINK-(\d{1,6})\b")


@dataclass(frozen=True, slots=True)
class Satellites:
    """Properties of n satellites, one a row of the geometry.

    Attributes
    ----------
    mag_std, mag_std_err : ndarray (n,)
        Standard V magnitude at 1000 km and 90 deg phase angle and its 1-sigma error, as
        `satvo.satellite` has them; NaN where not known.
    rcs_m2 : ndarray (n,)
        Radar cross section, m**2; NaN where not known.
    constellation, generation : ndarray of str (n,)
        As in `satvo.satellite` and in `published_means.yaml`; empty where not known.
    """

    mag_std: Floats
    mag_std_err: Floats
    rcs_m2: Floats
    constellation: NDArray[np.object_]
    generation: NDArray[np.object_]

    @classmethod
    def of(
        cls,
        count: int,
        *,
        mag_std: ArrayLike = np.nan,
        mag_std_err: ArrayLike = np.nan,
        rcs_m2: ArrayLike = np.nan,
        constellation: Sequence[str | None] | str = "",
        generation: Sequence[str | None] | str = "",
        object_name: Sequence[str | None] | str = "",
    ) -> Satellites:
        """From arrays, or one value for all; what is not given is not known.

        Parameters
        ----------
        count : int
            How many satellites.
        constellation : sequence of str
            Simulated satellites of a filed constellation (``sim-starlink-gen2``) are taken for
            what its filing says.
        generation : sequence of str
            Where it is empty the name may tell it (`generation_of`).
        object_name : sequence of str
            Common names; only used for that.

        Examples
        --------
        >>> Satellites.of(1, constellation="starlink", object_name="STARLINK-1008").generation
        array(['original'], dtype=object)
        """
        constellations, names = _texts(constellation, count), _texts(object_name, count)
        generations = _texts(generation, count)
        _name_simulated(constellations, generations)
        told = np.isin(constellations.astype(str), _TOLD_BY_NAME) & (generations == "")
        for i in np.flatnonzero(told):
            generations[i] = generation_of(constellations[i], names[i])
        standard, error, section = (
            np.array(np.broadcast_to(np.asarray(a, dtype=np.float64), (count,)))
            for a in (mag_std, mag_std_err, rcs_m2)
        )
        return cls(standard, error, section, constellations, generations)

    def __len__(self) -> int:
        return len(self.mag_std)

    def __getitem__(self, which: Any) -> Satellites:
        """Some of them, as numpy selects them."""
        return Satellites(*(np.atleast_1d(getattr(self, f.name)[which]) for f in fields(self)))


def _name_simulated(constellations: NDArray[np.object_], generations: NDArray[np.object_]) -> None:
    """Let simulated satellites of filed constellations be what their filing says, in place."""
    simulated = [each for each in set(constellations.tolist()) if each.startswith(SIMULATED_PREFIX)]
    for name in simulated:
        known = filed_brightness(name)
        if known.constellation:
            inside = constellations == name
            generations[inside & (generations == "")] = known.generation
            constellations[inside] = known.constellation


def _texts(given: Sequence[str | None] | str, count: int) -> NDArray[np.object_]:
    texts = np.empty(count, dtype=object)
    texts[:] = given if isinstance(given, str) else ["" if t is None else str(t) for t in given]
    return texts


def generation_of(constellation: str, object_name: str) -> str:
    """The design of a constellation's member by its name; empty where the name tells nothing.

    Examples
    --------
    >>> generation_of("spacemobile", "BLUEWALKER 3"), generation_of("oneweb", "ONEWEB-0012")
    ('bluewalker', '')
    """
    if constellation == "starlink":
        return starlink_generation(object_name)
    if constellation == "spacemobile" and object_name.startswith("BLUE"):
        return "bluewalker" if object_name.startswith("BLUEWALKER") else "bluebird"
    return ""


def starlink_generation(object_name: str) -> str:
    """The design that the number in a Starlink's name belongs to; empty where it tells nothing.

    Returns
    -------
    str
        ``original`` (v0.9 and v1.0), ``visorsat``, ``post-visorsat`` (v1.5), ``v2-mini`` or
        ``direct-to-cell``.

    Notes
    -----
    SpaceX numbers each design from a thousand of its own. Against the launch list of SatChecker
    (April 2025, 7978 names) v0.9, v1, v1.5 and v2 mini are told apart without an error. All
    satellites of version 1 from the launch 2020-055 (August 2020, 1514 to 1591) on have visors;
    STARLINK-1436, the first with one, and DarkSat (1130) count as original here.

    Examples
    --------
    >>> starlink_generation("STARLINK-1008"), starlink_generation("STARLINK-31234")
    ('original', 'v2-mini')
    """
    found = _STARLINK.match(object_name)
    if found is None:
        return ""
    number = int(found[1])
    for below, design in _NUMBERED:
        if number < below:
            return design
    return ""


_NUMBERED = (
    (1518, "original"),
    (3000, "visorsat"),
    (11_000, "post-visorsat"),
    (12_000, "direct-to-cell"),
    (30_000, ""),
    (40_000, "v2-mini"),
)
