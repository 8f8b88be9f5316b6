"""Published mean magnitudes of constellations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar

import numpy as np
import yaml
from numpy.typing import NDArray
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.resources.brightness.model import Estimate
from satvo.resources.brightness.satellites import Satellites

__all__ = ["PUBLISHED_MEANS", "PublishedMean", "PublishedMeans", "published_means"]

_STANDARD_KM = 1000.0


@dataclass(frozen=True, slots=True)
class PublishedMean:
    """One row of ``published_means.yaml``.

    Attributes
    ----------
    constellation, generation : str
        Whom it stands for; generation is empty for members of an unknown design.
    mag_v_1000km, scatter : float
        Mean V at 1000 km over all phase angles seen, and 1-sigma of single observations, mag.
    reference, note : str
    verified : bool
        Whether the number was read in the source, and is not derived from it.
    """

    constellation: str
    generation: str
    mag_v_1000km: float
    scatter: float
    reference: str
    verified: bool
    note: str


@cache
def published_means() -> dict[tuple[str, str], PublishedMean]:
    """Every published mean by constellation and generation.

    Examples
    --------
    >>> published_means()["starlink", "v2-mini"].mag_v_1000km
    7.87
    """
    text = (files("satvo.resources.brightness") / "published_means.yaml").read_text("utf-8")
    rows = [PublishedMean(**row) for row in yaml.safe_load(text)]
    return {(row.constellation, row.generation): row for row in rows}


class PublishedMeans:
    """The mean of the satellite's constellation and design, carried to its range."""

    NAME: ClassVar[str] = "published-means"
    TITLE: ClassVar[str] = "Mean magnitude of the constellation, by range only"
    REFERENCE: ClassVar[str] = "published_means.yaml names the paper of each number"
    VALIDITY: ClassVar[str] = (
        "Members of Starlink (by design), OneWeb, Kuiper, SpaceMobile and Qianfan on station; "
        "phase angle, attitude and flares are left out"
    )
    BANDS: ClassVar[tuple[str, ...]] = ("V",)
    SCATTER_MAG: ClassVar[float] = 0.8

    def applies(self, geometry: Geometry, satellites: Satellites) -> NDArray[np.bool_]:
        """Where the constellation has a mean."""
        return np.isfinite(_means(satellites)[0])

    def mag_v(
        self, geometry: Geometry, satellites: Satellites, *, sun_frac: Floats, earthshine: bool
    ) -> Estimate:
        """V outside of the atmosphere; earthshine is in the means already."""
        mean, scatter = _means(satellites)
        mag = (
            mean
            + 5.0 * np.log10(geometry.range_km / _STANDARD_KM)
            - 2.5 * np.log10(np.where(sun_frac > 0.0, sun_frac, np.nan))
        )
        return Estimate(mag, np.where(np.isnan(mag), np.nan, scatter))


def _means(satellites: Satellites) -> tuple[Floats, Floats]:
    """Mean and scatter of each satellite; of its constellation where its design has none."""
    known = published_means()
    mean, scatter = np.full(len(satellites), np.nan), np.full(len(satellites), np.nan)
    for constellation in {key[0] for key in known}:
        inside = satellites.constellation == constellation
        for generation in set(satellites.generation[inside]):
            row = known.get((constellation, generation)) or known.get((constellation, ""))
            if row is not None:
                which = inside & (satellites.generation == generation)
                mean[which], scatter[which] = row.mag_v_1000km, row.scatter
    return mean, scatter


PUBLISHED_MEANS = PublishedMeans()
