"""The vocabulary of the test suite, and which of its terms follow from numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from satvo.schemas.errors import BadParameter

__all__ = ["FrameFacts", "Term", "check_terms", "joined_terms", "known_terms", "terms_of_numbers"]


@dataclass(frozen=True, slots=True)
class Term:
    """A kind of case: the columns of `satvo.testterm`."""

    term: str
    theme: str
    label: str
    description: str
    asked_in: str


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """Numbers of a frame; NaN for what is not known or does not apply.

    Attributes
    ----------
    fov_deg : float
        Diameter of a circle that holds it.
    pixel_arcsec : float
    exposure_s : float
    sky_electrons : float
        Of the background, in a pixel.
    star_share : float
        Of pixels that stars lift by 3 times the noise of the background.
    trail_snr : tuple of float
        Of each trail the mean signal of its pixels by the noise of the background.
    wavelength_m : float
        In the middle of the band.
    """

    fov_deg: float = math.nan
    pixel_arcsec: float = math.nan
    exposure_s: float = math.nan
    sky_electrons: float = math.nan
    star_share: float = math.nan
    trail_snr: tuple[float, ...] = ()
    wavelength_m: float = math.nan


@cache
def known_terms() -> tuple[Term, ...]:
    """The terms, in the order of the report.

    Examples
    --------
    >>> [term.term for term in known_terms()][:2]
    ['field-large', 'field-small']
    """
    text = (files("satvo.resources.images") / "terms.yaml").read_text("utf-8")
    return tuple(
        Term(
            term=name,
            theme=about["theme"],
            label=about["label"],
            description=about["description"],
            asked_in=f"SATCON2 Algorithms, {about['section']}",
        )
        for name, about in yaml.safe_load(text).items()
    )


def check_terms(terms: Iterable[str], where: str) -> tuple[str, ...]:
    """The terms, each once and in the order of the vocabulary.

    Raises
    ------
    BadParameter
        If one is not in it.

    Examples
    --------
    >>> check_terms(["leo", "field-large", "leo"], "a case")
    ('field-large', 'leo')
    """
    given = set(terms)
    known = [term.term for term in known_terms()]
    if strange := sorted(given - set(known)):
        raise BadParameter(
            f"{where}: {strange[0][:60]!r} is no term of the test suite; these are: "
            f"{', '.join(known)}"
        )
    return tuple(term for term in known if term in given)


def joined_terms(terms: Iterable[str]) -> str:
    """As the column ``terms`` of `satvo.testcase` has them."""
    return "#".join(terms)


def terms_of_numbers(facts: FrameFacts) -> set[str]:
    """The terms that follow from the numbers of a frame, as their descriptions say.

    Examples
    --------
    >>> sorted(terms_of_numbers(FrameFacts(fov_deg=2.0, exposure_s=3.0, trail_snr=(12.0, 30.0))))
    ['exposure-short', 'field-large', 'streak-bright']
    """
    found = {
        "field-large": facts.fov_deg >= 1.0,
        "field-small": facts.fov_deg < 0.25,
        "pixel-large": facts.pixel_arcsec >= 5.0,
        "pixel-small": facts.pixel_arcsec <= 0.5,
        "exposure-short": facts.exposure_s <= 5.0,
        "exposure-long": facts.exposure_s >= 120.0,
        "background-low": facts.sky_electrons < 50.0,
        "background-high": facts.sky_electrons > 5000.0,
        "crowded": facts.star_share >= 0.1,
        "sparse": facts.star_share < 0.01,
        "optical": 0.3e-6 <= facts.wavelength_m <= 1.0e-6,
        "infrared": 1.0e-6 < facts.wavelength_m < 1.0e-3,
        "streak-bright": any(snr >= 10.0 for snr in facts.trail_snr),
        "streak-faint": any(snr <= 2.0 for snr in facts.trail_snr),
    }
    return {term for term, holds in found.items() if holds}
