"""What a constellation definition says, once it is read and checked."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["DAYS_A_YEAR", "Brightness", "Constellation", "Population", "Shell"]

DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Brightness:
    """By what the brightness models know satellites; empty or None where not known.

    Attributes
    ----------
    constellation, generation : str
        As in `resources/brightness/published_means.yaml`.
    mag_std : float, optional
        Standard V magnitude at 1000 km and 90 deg phase angle.
    """

    constellation: str = ""
    generation: str = ""
    mag_std: float | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """Satellites on their way to a shell or from it, in the steady state.

    Attributes
    ----------
    kind : str
        raising, drifting or descending.
    altitude_km : float
        Where raising ones begin, drifting ones wait, and descending ones end.
    days : float
        How long one satellite stays in it.
    """

    kind: str
    altitude_km: float
    days: float


@dataclass(frozen=True, slots=True)
class Shell:
    """Satellites of one altitude and inclination, evenly over evenly spaced planes.

    Attributes
    ----------
    id : str
        Short name within the constellation.
    altitude_km : float
        Of the semi-major axis, above the WGS-72 equatorial radius of 6378.135 km.
    inclination_deg : float
    planes : int
    satellites : int
        On station, in all planes; where they do not come out even, the first planes have one more.
    raan_spread_deg : float
        Range of the ascending nodes: 360 for a Walker delta, 180 for a Walker star.
    raan_offset_deg : float, optional
        Node of the first plane; None leaves it to the seed.
    phasing : int, optional
        Walker's F: satellites in neighbouring planes differ by F 360 / satellites deg. None, where
        each satellite has a plane of its own, spreads their anomalies by the golden ratio.
    eccentricity, arg_of_pericenter_deg : float
    random_phase_deg : float
        Anomalies are moved by up to so much, either way.
    populations : tuple of Population
    lifetime_years : float, optional
        From launch to descent; given where there are populations.
    brightness : Brightness
    """

    id: str
    altitude_km: float
    inclination_deg: float
    planes: int
    satellites: int
    raan_spread_deg: float = 360.0
    raan_offset_deg: float | None = None
    phasing: int | None = 1
    eccentricity: float = 0.0
    arg_of_pericenter_deg: float = 0.0
    random_phase_deg: float = 0.0
    populations: tuple[Population, ...] = ()
    lifetime_years: float | None = None
    brightness: Brightness = Brightness()

    def count_of(self, population: Population) -> int:
        """How many satellites a population has: N days / lifetime, to the nearest whole one.

        Examples
        --------
        >>> shell = Shell("S1", 550.0, 53.0, 72, 1584, lifetime_years=5.0)
        >>> shell.count_of(Population("raising", 350.0, 45.0))
        39
        """
        if self.lifetime_years is None:
            return 0
        mean = self.satellites * population.days / (self.lifetime_years * DAYS_A_YEAR)
        return math.floor(mean + 0.5)

    @property
    def total(self) -> int:
        """How many satellites there are in it, on station and on their way."""
        return self.satellites + sum(self.count_of(each) for each in self.populations)


@dataclass(frozen=True, slots=True)
class Constellation:
    """A constellation as filed.

    Attributes
    ----------
    name : str
        Lower-case letters, digits and hyphens, for `satvo.satellite.constellation`.
    title : str
        As its definition writes it.
    filing : str
        Where the numbers come from; empty where the definition does not say.
    shells : tuple of Shell
    verified : bool
        Whether its numbers were compared with the source that ``note`` or ``filing`` names.
    note : str
        What was taken from where, and what was not.
    """

    name: str
    title: str
    filing: str
    shells: tuple[Shell, ...]
    verified: bool = False
    note: str = ""

    @property
    def satellites(self) -> int:
        """How many satellites there are in it, on station and on their way."""
        return sum(shell.total for shell in self.shells)
