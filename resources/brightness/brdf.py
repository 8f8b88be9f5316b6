"""How surfaces scatter light: the families of bidirectional reflectance (BRDF).

Each is a frozen record of its coefficients with one method, ``value``, of three unit vectors. The
side away from the normal is dark. Where a family says so, its coefficients are fractions of the
light and conserve energy; the others are fits to measurements and promise nothing outside them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, Protocol

import numpy as np
from satvo.resources.brightness.geometry import Floats
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import dot

__all__ = ["BRDF_FAMILIES", "Abg", "Binomial", "Brdf", "Gaussian", "Lambertian", "Phong"]


class Brdf(Protocol):
    """A surface's reflectance."""

    def value(self, incident: Floats, normal: Floats, outgoing: Floats) -> Floats:
        """BRDF (...), 1/sr, of unit vectors (..., 3) that all leave the surface.

        Zero where the light comes from, or goes to, the back of the surface.
        """


@dataclass(frozen=True, slots=True)
class Lambertian:
    """The same radiance in all directions.

    Attributes
    ----------
    albedo : float
        Fraction of the light that is scattered, 0 to 1.
    """

    NAME: ClassVar[str] = "lambert"

    albedo: float

    def __post_init__(self) -> None:
        _check_fractions(self, self.albedo)

    def value(self, incident: Floats, normal: Floats, outgoing: Floats) -> Floats:
        """BRDF, 1/sr: albedo / pi."""
        shape = np.broadcast_shapes(incident.shape, normal.shape, outgoing.shape)[:-1]
        return _in_front(np.full(shape, self.albedo / np.pi), incident, normal, outgoing)


@dataclass(frozen=True, slots=True)
class Phong:
    """A diffuse part and a lobe around the mirror direction.

    Attributes
    ----------
    diffuse, specular : float
        Fractions of the light, together at most 1.
    exponent : float
        Narrowness of the lobe, at least 0.

    References
    ----------
    Lafortune, E. P., Willems, Y. D. 1994, Using the modified Phong reflectance model: the lobe is
    normalised by (n + 2) / (2 pi), so that light is conserved at normal incidence.
    """

    NAME: ClassVar[str] = "phong"

    diffuse: float
    specular: float
    exponent: float

    def __post_init__(self) -> None:
        _check_fractions(self, self.diffuse, self.specular)
        _check_at_least(self, "exponent", self.exponent)

    def value(self, incident: Floats, normal: Floats, outgoing: Floats) -> Floats:
        """BRDF, 1/sr."""
        cosine = np.clip(dot(_mirrored(incident, normal), outgoing), 0.0, 1.0)
        n = self.exponent
        lobe = self.specular * (n + 2.0) / (2.0 * np.pi) * cosine**n
        return _in_front(self.diffuse / np.pi + lobe, incident, normal, outgoing)


@dataclass(frozen=True, slots=True)
class Abg:
    """A power law in the distance from the mirror direction, for polished surfaces.

    Attributes
    ----------
    a : float
        Amplitude; the peak is a / b.
    b : float
        Knee, above 0.
    g : float
        Slope, at least 0.

    References
    ----------
    Pfisterer, R. N. 2011, Approximated scatter models for stray light analysis, equation 2:
    a / (b + \\|beta - beta0\\|**g), the betas being projections on the surface.
    """

    NAME: ClassVar[str] = "abg"

    a: float
    b: float
    g: float

    def __post_init__(self) -> None:
        _check_at_least(self, "a", self.a)
        _check_at_least(self, "g", self.g)
        if not self.b > 0.0:
            raise BadParameter(f"abg b={self.b}: a number above 0 is accepted")

    def value(self, incident: Floats, normal: Floats, outgoing: Floats) -> Floats:
        """BRDF, 1/sr."""
        distance, _ = _projected(incident, normal, outgoing)
        return _in_front(self.a / (self.b + distance**self.g), incident, normal, outgoing)


@dataclass(frozen=True, slots=True)
class Gaussian:
    """A diffuse part and a bell around the mirror direction.

    Attributes
    ----------
    diffuse : float
        Fraction of the light, 0 to 1.
    peak : float
        Height of the bell, 1/sr, at least 0.
    sigma : float
        Its width, in the projection on the surface, above 0; its light is about 2 pi sigma**2 peak.
    """

    NAME: ClassVar[str] = "gauss"

    diffuse: float
    peak: float
    sigma: float

    def __post_init__(self) -> None:
        _check_fractions(self, self.diffuse)
        _check_at_least(self, "peak", self.peak)
        if not self.sigma > 0.0:
            raise BadParameter(f"gauss sigma={self.sigma}: a number above 0 is accepted")

    def value(self, incident: Floats, normal: Floats, outgoing: Floats) -> Floats:
        """BRDF, 1/sr."""
        distance, _ = _projected(incident, normal, outgoing)
        bell = self.peak * np.exp(-0.5 * (distance / self.sigma) ** 2)
        return _in_front(self.diffuse / np.pi + bell, incident, normal, outgoing)


@dataclass(frozen=True, slots=True)
class Binomial:
    """An expansion of the logarithm, for measured surfaces.

    Attributes
    ----------
    b : tuple of tuples of float
        Coefficients b[k][i] of V**k D**i.
    c : tuple of tuples of float
        Coefficients c[k][i] of V**k log10(1 + d**(first + i) D**2) / 2.
    d : float
        Base of the knees, above 0.
    first : int
        Exponent of the first knee.

    Notes
    -----
    D is the distance between outgoing and mirror direction and V their product, both in the
    projection on the surface. Terms cancel to many digits in published fits, so coefficients must
    not be rounded further.

    References
    ----------
    Greynolds, A., as written out in Fankhauser, F., Tyson, J. A., Askari, J. 2023, AJ 166, 59.
    """

    NAME: ClassVar[str] = "binomial"

    b: tuple[tuple[float, ...], ...]
    c: tuple[tuple[float, ...], ...]
    d: float
    first: int

    def __post_init__(self) -> None:
        if len(self.b) != len(self.c):
            raise BadParameter(
                f"binomial b of {len(self.b)} and c of {len(self.c)} rows: as many are accepted"
            )
        if not self.d > 0.0:
            raise BadParameter(f"binomial d={self.d}: a number above 0 is accepted")

    def value(self, incident: Floats, normal: Floats, outgoing: Floats) -> Floats:
        """BRDF, 1/sr."""
        distance, product = _projected(incident, normal, outgoing)
        logarithm = np.zeros_like(distance)
        for k, (powers, knees) in enumerate(zip(self.b, self.c, strict=True)):
            term = np.zeros_like(distance)
            for i, factor in enumerate(powers):
                term += factor * distance**i
            for i, factor in enumerate(knees):
                term += 0.5 * factor * np.log10(1.0 + self.d ** (self.first + i) * distance**2)
            logarithm += term * product**k
        return _in_front(10.0**logarithm, incident, normal, outgoing)


BRDF_FAMILIES: dict[str, type[Brdf]] = {
    family.NAME: family for family in (Lambertian, Phong, Abg, Gaussian, Binomial)
}
"""Every family by its name."""


def _mirrored(incident: Floats, normal: Floats) -> Floats:
    return np.asarray(2.0 * dot(incident, normal)[..., None] * normal - incident)


def _projected(incident: Floats, normal: Floats, outgoing: Floats) -> tuple[Floats, Floats]:
    """Distance and product of outgoing and mirror direction, projected on the surface."""
    beta = outgoing - dot(outgoing, normal)[..., None] * normal
    beta0 = dot(incident, normal)[..., None] * normal - incident
    apart = beta - beta0
    return np.sqrt(dot(apart, apart)), dot(beta, beta0)


def _in_front(value: Floats, incident: Floats, normal: Floats, outgoing: Floats) -> Floats:
    behind = (dot(incident, normal) <= 0.0) | (dot(outgoing, normal) <= 0.0)
    # NaN in a vector is neither in front nor behind, and stays NaN.
    unknown = np.isnan(dot(incident, normal) + dot(outgoing, normal))
    return np.where(unknown, np.nan, np.where(behind, 0.0, value))


def _check_fractions(brdf: Lambertian | Phong | Gaussian, *fractions: float) -> None:
    if not (all(f >= 0.0 for f in fractions) and sum(fractions) <= 1.0):
        given = ", ".join(f"{f.name}={getattr(brdf, f.name)}" for f in fields(brdf))
        raise BadParameter(
            f"{brdf.NAME} {given}: fractions of the light from 0, together at most 1, are accepted"
        )


def _check_at_least(brdf: Phong | Abg | Gaussian, name: str, value: float) -> None:
    if not 0.0 <= value < np.inf:
        raise BadParameter(f"{brdf.NAME} {name}={value}: a finite number from 0 is accepted")
