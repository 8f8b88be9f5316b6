"""Reflectance, attitude laws, panels and earthshine."""

from __future__ import annotations

import math

import numpy as np
import pytest
from satvo.resources.brightness import Geometry, Satellites, magnitudes
from satvo.resources.brightness.attitude import ATTITUDE_LAWS, attitude_law, inertial
from satvo.resources.brightness.brdf import (
    BRDF_FAMILIES,
    Abg,
    Binomial,
    Brdf,
    Gaussian,
    Lambertian,
    Phong,
)
from satvo.resources.brightness.earthshine import EARTH_ALBEDO, earthlight
from satvo.resources.brightness.panels import STARLINK_LABORATORY, Panel, PanelModel
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import normalised

AU_KM = 149_597_870.7
UP = np.array([[0.0, 0.0, 1.0]])
CHASSIS = STARLINK_LABORATORY.panels[0].brdf
EXAMPLES: list[Brdf] = [
    Lambertian(0.4),
    Phong(0.3, 0.5, 20.0),
    Abg(0.02, 0.01, 1.8),
    Gaussian(0.1, 3.0, 0.1),
    CHASSIS,
]
FAMILIES = pytest.mark.parametrize("brdf", EXAMPLES, ids=lambda b: type(b).__name__)


def tilted(degrees: float, azimuth: float = 0.0) -> np.ndarray:
    """The unit vector so far from the normal."""
    a, z = math.radians(degrees), math.radians(azimuth)
    return np.array([[math.sin(a) * math.cos(z), math.sin(a) * math.sin(z), math.cos(a)]])


def hemisphere(step: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Directions over a plane and their cosine times solid angle."""
    cosine2 = (np.arange(step) + 0.5) / step  # equal steps in cos**2 are equal projected angles
    azimuth = 2 * np.pi * (np.arange(2 * step) + 0.5) / (2 * step)
    sine, cosine = np.sqrt(1 - cosine2)[:, None], np.sqrt(cosine2)[:, None]
    flat = np.broadcast_to(cosine, (step, 2 * step))
    grid = np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), flat], axis=-1)
    return grid.reshape(-1, 3), np.full(2 * step * step, np.pi / (2 * step * step))


def test_every_family_has_an_example() -> None:
    assert {type(brdf) for brdf in EXAMPLES} == set(BRDF_FAMILIES.values())


@FAMILIES
def test_light_and_eye_may_change_places(brdf: Brdf) -> None:
    """Helmholtz reciprocity."""
    one, other = tilted(50.0, 10.0), tilted(20.0, 140.0)
    there, back = brdf.value(one, UP, other), brdf.value(other, UP, one)
    np.testing.assert_allclose(there, back, rtol=1e-9)


@FAMILIES
def test_the_back_is_black_and_the_unknown_unknown(brdf: Brdf) -> None:
    assert brdf.value(tilted(120.0), UP, tilted(10.0))[0] == 0.0
    assert brdf.value(tilted(10.0), UP, tilted(120.0))[0] == 0.0
    assert np.isnan(brdf.value(tilted(10.0) * np.nan, UP, tilted(10.0))[0])


@FAMILIES
def test_nothing_is_brighter_than_the_mirror_direction(brdf: Brdf) -> None:
    mirror = brdf.value(tilted(30.0), UP, tilted(30.0, 180.0))[0]
    around = brdf.value(tilted(30.0), UP, hemisphere(60)[0])
    assert np.all((around >= 0.0) & (around <= mirror * (1 + 1e-9)))


@pytest.mark.parametrize(
    ("brdf", "fraction"),
    [(Lambertian(0.4), 0.4), (Phong(0.3, 0.5, 20.0), 0.8), (Gaussian(0.1, 3.0, 0.1), 0.288)],
)
def test_the_fraction_of_the_light_is_what_comes_back_at_normal_incidence(
    brdf: Brdf, fraction: float
) -> None:
    directions, weight = hemisphere()
    assert np.sum(brdf.value(UP, UP, directions) * weight) == pytest.approx(fraction, rel=0.01)


def test_values_by_hand() -> None:
    thirty, mirror = tilted(30.0), tilted(30.0, 180.0)
    assert Lambertian(0.5).value(thirty, UP, UP)[0] == pytest.approx(0.5 / math.pi)
    # The mirror direction is 30 deg from the normal, where we look.
    expected = 0.3 / math.pi + 0.5 * 22 / (2 * math.pi) * math.cos(math.radians(30)) ** 20
    assert Phong(0.3, 0.5, 20.0).value(thirty, UP, UP)[0] == pytest.approx(expected)
    assert Abg(0.02, 0.01, 2.0).value(thirty, UP, UP)[0] == pytest.approx(0.02 / (0.01 + 0.25))
    assert Abg(0.02, 0.01, 2.0).value(thirty, UP, mirror)[0] == pytest.approx(2.0)
    bell = Gaussian(0.0, 3.0, 0.25).value(thirty, UP, UP)[0]
    assert bell == pytest.approx(3.0 * math.exp(-2.0))
    # D = 0.5, V = 0: log10 f = 0.2 - 1.0 * 0.5 + 0.5 * 2.0 * log10(1 + 4 * 0.25).
    fit = Binomial(((0.2, -1.0),), ((2.0,),), 4.0, 1)
    assert fit.value(thirty, UP, UP)[0] == pytest.approx(10 ** (-0.3) * 2.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Lambertian(1.2),
        lambda: Phong(0.7, 0.5, 1.0),
        lambda: Phong(0.1, 0.1, -1.0),
        lambda: Phong(math.nan, 0.1, 1.0),
        lambda: Abg(0.1, 0.0, 1.0),
        lambda: Gaussian(0.1, 1.0, 0.0),
        lambda: Binomial(((1.0,),), (), 1.0, 0),
        lambda: Panel(-1.0, Lambertian(0.5)),
        lambda: Panel(1.0, Lambertian(0.5), "wing"),
        lambda: Panel(1.0, Lambertian(0.5), "body", (1.0, 1.0, 0.0)),
        lambda: attitude_law("dancing"),
        lambda: inertial(np.ones((3, 3))),
    ],
)
def test_impossible_surfaces_are_told(make: object) -> None:
    with pytest.raises(BadParameter, match=r"accepted|there are"):
        make()  # type: ignore[operator]


@pytest.mark.parametrize("name", ATTITUDE_LAWS)
def test_axes_of_a_law_are_right_handed_unit_vectors(name: str, sky: Geometry) -> None:
    attitude = attitude_law(name)(sky)
    for axes in (attitude.body, attitude.array):
        np.testing.assert_allclose(
            axes @ np.swapaxes(axes, 1, 2), np.broadcast_to(np.eye(3), axes.shape), atol=1e-12
        )
        np.testing.assert_allclose(np.linalg.det(axes), 1.0)


@pytest.mark.parametrize("name", ["nadir-sun-array", "sun-tracking", "open-book"])
def test_the_body_looks_down(name: str, sky: Geometry) -> None:
    np.testing.assert_allclose(attitude_law(name)(sky).body[:, 2], sky.to_nadir, atol=1e-12)


def test_arrays_turn_to_the_sun_as_far_as_their_law_lets_them(sky: Geometry) -> None:
    facing = {
        name: np.sum(law(sky).array[:, 2] * sky.to_sun, axis=1)
        for name, law in ATTITUDE_LAWS.items()
    }
    up = np.sum(sky.to_nadir * sky.to_sun, axis=1)
    np.testing.assert_allclose(facing["nadir-sun-array"], np.sqrt(1 - up**2), atol=1e-9)
    normal = normalised(np.cross(sky.satellite_km, sky.velocity_km_s))
    off = np.sum(normal * sky.to_sun, axis=1)
    np.testing.assert_allclose(facing["sun-tracking"], np.sqrt(1 - off**2), atol=1e-9)
    np.testing.assert_allclose(facing["open-book"], -up, atol=1e-12)
    np.testing.assert_allclose(facing["sun-pointing"], 1.0)


def test_sun_in_the_zenith_leaves_the_array_somewhere() -> None:
    noon = Geometry.of([6928.0, 0, 0], [6378.0, 0, 0], [AU_KM, 0, 0])
    array = attitude_law("nadir-sun-array")(noon).array
    np.testing.assert_allclose(array[0] @ array[0].T, np.eye(3), atol=1e-12)
    assert abs(array[0, 2] @ noon.to_nadir[0]) < 1e-12


def test_a_plate_by_hand() -> None:
    # 2 m2, albedo 0.5, lit at 60 deg, seen along its normal from 500 km:
    # 2 * 0.5 / pi * 0.5 / 2.5e11 = 6.3662e-13, so V = -26.76 + 30.490 = 3.730.
    sun = AU_KM * np.array([-math.cos(math.radians(60)), math.sin(math.radians(60)), 0])
    place = np.array([6878.137, 0.0, 0.0])
    seen = Geometry.of(place, [6378.137, 0, 0], sun + place)
    plate = PanelModel("plate", "", "", "", 0.1, (Panel(2.0, Lambertian(0.5)),))
    found = magnitudes(seen, Satellites.of(1), model=plate)
    assert found.mag[0] == pytest.approx(3.730, abs=0.001)


def test_a_plate_that_shows_its_back_has_no_magnitude() -> None:
    noon = Geometry.of([6878.137, 0, 0], [6378.137, 0, 0], [AU_KM, 0, 0])
    plate = PanelModel("plate", "", "", "", 0.1, (Panel(2.0, Lambertian(0.5)),))
    assert np.isnan(magnitudes(noon, Satellites.of(1), model=plate).mag[0])


def test_a_plate_close_over_the_noon_gets_the_albedo_of_the_earth() -> None:
    """View factor (R/r)**2 of a nadir plate over a sphere; 1 % for the Sun's slant at 10 km."""
    low = Geometry.of([6381.0, 0, 0], [6371.0, 0, 0], [AU_KM, 0, 0])
    incident, irradiance = earthlight(low)
    on_plate = np.sum(irradiance * (incident @ low.to_nadir[0]))
    assert on_plate == pytest.approx(EARTH_ALBEDO * (6371.0 / 6381.0) ** 2, rel=0.01)


def test_patches_are_fine_enough(sky: Geometry, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 500 to 600 km in twilight, to 2 % of the brightest, against nine times as many."""
    from satvo.resources.brightness import earthshine

    def on_plates() -> np.ndarray:
        incident, irradiance = earthlight(sky)
        return np.sum(irradiance * np.einsum("nki,ni->nk", incident, sky.to_nadir), axis=1)

    coarse = on_plates()
    monkeypatch.setattr(earthshine, "_RINGS", 36)
    monkeypatch.setattr(earthshine, "_SECTORS", 72)
    fine = on_plates()
    assert np.max(np.abs(coarse - fine)) < 0.02 * fine.max()


def test_the_night_side_gives_no_light() -> None:
    midnight = Geometry.of([6928.0, 0, 0], [6378.0, 0, 0], [-AU_KM, 0, 0])
    assert np.sum(earthlight(midnight)[1]) == 0.0


def test_an_eclipsed_plate_over_the_terminator_shines_by_the_earth() -> None:
    over = Geometry.of([6928.0, 0, 0], [6378.0, 0, 0], [0, AU_KM, 0])
    plate = PanelModel("plate", "", "", "", 0.1, (Panel(2.0, Lambertian(0.5)),))
    dark = magnitudes(over, Satellites.of(1), model=plate, sun_frac=0.0)
    lit = magnitudes(over, Satellites.of(1), model=plate, sun_frac=0.0, earthshine=True)
    assert np.isnan(dark.mag[0])
    assert 3.0 < lit.mag[0] < 12.0
