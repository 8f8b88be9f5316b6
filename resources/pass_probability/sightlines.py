"""Lines of sight, and what is met on them where they pierce a layer.

All is algebra in vectors: no angle is worked out for a line of sight, but where it grazes the edge
of a layer's latitudes. The axes are the Earth's, turned about its pole so that the observer's
longitude is 0. Single precision is right to some metres and 1e-6 of a rate, in half the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.sunlight import EARTH_RADIUS_KM
from satvo.resources.pass_probability.shadow import umbra_radius_rad
from satvo.resources.pass_probability.shell_density import SMALLEST_SINE, mean_per_steradian
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.sphere import dot, norm, normalised

__all__ = ["MU_KM3_S2", "Met", "Sightlines", "Singles", "Thin", "meet", "thin_layers"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

MU_KM3_S2 = 398_600.5
ROTATION_RAD_S = 7.292114992e-5
_SR_PER_DEG2 = np.radians(1.0) ** 2
_EDGE = 32.0
"""Where sin**2 i - sin**2 b is less than so many halves of a cell, densities are averaged over the
cell: at the last of these the middle's value is wrong by 3 / (6 _EDGE**2), 0.05 %."""
_NEAREST_POLE_KM2 = 1e-2


@dataclass(frozen=True, slots=True)
class Sightlines:
    """n directions from one observer.

    Attributes
    ----------
    x, y, z : ndarray (n,)
        Unit vectors on the turned axes.
    along_km : ndarray (n,)
        Their components away from the Earth's centre, times the observer's distance from it.
    to_sun : ndarray (n,)
        Cosines of their angles to the Sun as seen from the Earth's centre.
    observer_x_km, observer_z_km : float
        From the Earth's axis, and from the equator.
    observer_to_sun_km : ndarray () or (n,)
        The observer's component towards the Sun.
    sun_km : ndarray (3,) or (n, 3)
        Geocentric place of the Sun on the turned axes.
    """

    x: Singles
    y: Singles
    z: Singles
    along_km: Singles
    to_sun: Singles
    observer_x_km: float
    observer_z_km: float
    observer_to_sun_km: Singles
    sun_km: Floats

    @classmethod
    def of(cls, situation: Situation, directions: Floats) -> Sightlines:
        """Those of a situation; unit vectors (n, 3), ITRS."""
        return cls.under(situation.observer.itrs_km, directions, situation.sun_km)

    @classmethod
    def under(cls, observer_km: Floats, directions: Floats, sun_km: Floats) -> Sightlines:
        """Those from a place (3,) under a Sun (3,), or one Sun (n, 3) for each; ITRS, km."""
        from_axis = float(np.hypot(observer_km[0], observer_km[1]))
        cosine, sine = (observer_km[:2] / from_axis).tolist() if from_axis > 1e-6 else (1.0, 0.0)
        turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        turned, sun = directions @ turn, sun_km @ turn
        to_sun = normalised(sun)
        height = float(observer_km[2])
        x, y, z = turned.T
        return cls(
            x=x.astype(np.float32),
            y=y.astype(np.float32),
            z=z.astype(np.float32),
            along_km=(from_axis * x + height * z).astype(np.float32),
            to_sun=dot(turned, to_sun).astype(np.float32),
            observer_x_km=from_axis,
            observer_z_km=height,
            observer_to_sun_km=np.asarray(to_sun @ [from_axis, 0.0, height], dtype=np.float32),
            sun_km=sun,
        )

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, part: slice) -> Sightlines:
        """Some of them."""
        own = (part,) if self.sun_km.ndim == 2 else ()
        return replace(
            self,
            x=self.x[part],
            y=self.y[part],
            z=self.z[part],
            along_km=self.along_km[part],
            to_sun=self.to_sun[part],
            observer_to_sun_km=self.observer_to_sun_km[own],
            sun_km=self.sun_km[own],
        )

    @property
    def observer_km(self) -> Floats:
        """Place of the observer (3,) on the turned axes."""
        return np.array([self.observer_x_km, 0.0, self.observer_z_km])


@dataclass(frozen=True, slots=True)
class Thin:
    """One layer, as `meet` needs it.

    Attributes
    ----------
    index : int
        In the layers it comes from.
    count, radius_km, height_km : float
        Height above the Earth's equatorial radius.
    sin_i, cos_i : float
    speed_km_s : float
        Of a circular orbit.
    lit_above_km : float
        Satellites whose component towards the Sun is greater are outside the umbra.
    """

    index: int
    count: float
    radius_km: float
    height_km: float
    sin_i: float
    cos_i: float
    speed_km_s: float
    lit_above_km: float


def thin_layers(layers: Layers, lines: Sightlines) -> list[Thin]:
    """The layers above the observer in which there are satellites."""
    above = np.hypot(lines.observer_x_km, lines.observer_z_km)
    inclination = np.radians(layers.inclination_deg)
    sines = np.maximum(np.abs(np.sin(inclination)), SMALLEST_SINE)
    shade = umbra_radius_rad(layers.radius_km, float(np.mean(norm(lines.sun_km))))
    lit_above = np.where(shade > 0.0, -np.cos(shade), -2.0) * layers.radius_km
    columns = (
        layers.count,
        layers.radius_km,
        layers.radius_km - EARTH_RADIUS_KM,
        sines,
        np.cos(inclination),
        np.sqrt(MU_KM3_S2 / layers.radius_km),
        lit_above,
    )
    rows = enumerate(zip(*(column.tolist() for column in columns), strict=True))
    return [Thin(i, *row) for i, row in rows if row[0] > 0.0 and row[1] > above]


@dataclass(frozen=True, slots=True)
class Met:
    """What n lines of sight meet on one layer.

    Attributes
    ----------
    per_deg2 : ndarray (n,)
        Satellites on each square degree.
    range_km : ndarray (n,)
    rates_rad_s : tuple of ndarray (n,)
        Apparent motion relative to the stars, of those that go north and of those that go south;
        half of the satellites each.
    is_lit : ndarray of bool (n,)
        Outside of the umbra.
    """

    per_deg2: Singles
    range_km: Singles
    rates_rad_s: tuple[Singles, Singles]
    is_lit: NDArray[np.bool_]


def meet(layer: Thin, lines: Sightlines, cell_rad: float) -> Met | None:
    """What lines of sight meet on a layer; None where there is nothing on any of them.

    Parameters
    ----------
    layer : Thin
        Above the observer.
    lines : Sightlines
        A few thousand at once are fastest, since the arrays then stay near the processor.
    cell_rad : float
        Side of the square of which values near the edge of the latitudes are means.

    References
    ----------
    Bassa, C. G., Hainaut, O. R., Galadi-Enriquez, D. 2022, A&A 657, A75, with
    the latitude density of circular orbits exactly, and motion relative to the observer on the
    turning Earth.
    """
    radius2 = layer.radius_km**2
    o_x, o_z = lines.observer_x_km, lines.observer_z_km
    rise2 = radius2 - o_x * o_x - o_z * o_z
    root = np.sqrt(lines.along_km * lines.along_km + rise2)
    away = rise2 / (root + lines.along_km)
    z = o_z + away * lines.z
    z2 = z * z
    inside2 = layer.sin_i**2 - z2 * (1.0 / radius2)
    slant = away / root  # a cell's side on the layer, as an angle at the centre, is at most so long
    edge = inside2 < (_EDGE * 0.5 * cell_rad) * slant
    near_edge = np.flatnonzero(edge & (inside2 > (-_EDGE * 0.5 * cell_rad) * slant))
    if not near_edge.size and edge.all():
        return None
    x = o_x + away * lines.x
    y = away * lines.y
    least = max(radius2 * layer.cos_i**2, _NEAREST_POLE_KM2)
    from_axis2 = np.maximum(x * x + y * y, least)
    inside = np.sqrt(np.maximum(inside2, 0.0))
    northward = from_axis2 * o_z - z * x * o_x  # towards the observer, times radii
    scale = layer.count * _SR_PER_DEG2 / layer.radius_km
    with np.errstate(divide="ignore", invalid="ignore"):
        per_deg2 = (scale / (2.0 * np.pi**2)) * away * slant / inside
    per_deg2[edge] = 0.0
    if near_edge.size:
        k = near_edge
        across2 = (northward[k] / (away[k] * root[k])) ** 2 / from_axis2[k]
        half = (0.5 * cell_rad / layer.radius_km) * away[k] * np.sqrt(1.0 + across2)
        latitude = np.arctan2(z[k], np.hypot(x[k], y[k]))
        mean = mean_per_steradian(latitude, half, layer.sin_i)
        per_deg2[k] = scale * mean * away[k] * slant[k]
    rates = _rates_rad_s(layer, lines, away, (x, y, z), from_axis2, inside, northward)
    is_lit = lines.observer_to_sun_km + away * lines.to_sun > layer.lit_above_km
    return Met(per_deg2, away, rates, is_lit)


def _rates_rad_s(
    layer: Thin,
    lines: Sightlines,
    away: Singles,
    place: tuple[Singles, Singles, Singles],
    from_axis2: Singles,
    inside: Singles,
    northward: Singles,
) -> tuple[Singles, Singles]:
    """Apparent rates of satellites that go north and south at places (x, y, z), km.

    The velocity is perpendicular to the place P = o + d u, so its part along the line of sight is
    -(v.o) / d. The observer moves east with the Earth.
    """
    x, y, z = place
    turning = ROTATION_RAD_S * lines.observer_x_km
    closer = 1.0 / away
    spin = layer.speed_km_s / from_axis2
    east = spin * (layer.cos_i * layer.radius_km)
    north = spin * inside
    common2 = (layer.speed_km_s**2 + turning**2) - (2.0 * turning) * (east * x)
    own2 = (2.0 * turning) * (north * y * z)
    along_common = lines.observer_x_km * east * y * closer - turning * lines.y
    along_own = north * northward * closer
    going_north = common2 + own2 - (along_common - along_own) ** 2
    going_south = common2 - own2 - (along_common + along_own) ** 2
    return (
        np.sqrt(np.maximum(going_north, 0.0)) * closer,
        np.sqrt(np.maximum(going_south, 0.0)) * closer,
    )
