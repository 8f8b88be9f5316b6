"""The telescope: what it collects, where it points, what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.images.simulator.telescope import Telescope
from satvo.schemas.errors import BadParameter

GOOD = {"diameter": 1.0, "focal_length": 8.0, "r_0": 0.1}


def test_photons_are_those_of_the_surface() -> None:
    """Of the ring less three vanes; with air as the extinction of V says; to 1e-9."""
    scope = Telescope(**GOOD, obstruction=0.3, spiders=3, spider_width=0.01, transmission=0.5)
    surface = math.pi / 4.0 * (1.0 - 0.09) - 3 * 0.01 * 0.35
    above = Spectrum.vega(10.0).photons("V")
    assert scope.photons_per_second(Spectrum.vega(10.0)) == pytest.approx(0.5 * surface * above)
    told = Telescope(**GOOD, obstruction=0.3, collecting_surface=2.0)
    assert told.photons_per_second(Spectrum.vega(10.0)) == pytest.approx(2.0 * above)
    dimmed = told.photons_per_second(Spectrum.vega(10.0), airmass=2.0)
    assert dimmed == pytest.approx(2.0 * above * 10.0 ** (-0.4 * 0.24))


@pytest.mark.parametrize("projection", ["TAN", "ARC"])
@pytest.mark.parametrize("place", [(0.0, 0.0), (359.9999, 45.0), (120.0, 90.0), (10.0, -89.9)])
@pytest.mark.parametrize("rotation", [0.0, 30.0, -170.0])
def test_the_wcs_has_the_pointing_in_the_middle_and_rows_along_the_rotation(
    place: tuple[float, float], rotation: float, projection: str
) -> None:
    """Spherical offset by astropy of a point 20 pixels up: position angle 0.01 deg, 1e-6 arcsec."""
    from astropy import units as u
    from astropy.coordinates import SkyCoord

    scope = Telescope(**GOOD, pointing=place, rotation=rotation, projection=projection)
    wcs = scope.wcs((101, 61), 9.0)
    middle = SkyCoord(*wcs.pixel_to_world_values(50.0, 30.0), unit="deg")
    assert middle.separation(SkyCoord(*place, unit="deg")).arcsec < 1e-6
    scale = scope.pixel_scale(9.0)
    assert scale == pytest.approx(9e-6 / 8.0 * 206264.806, rel=1e-6)
    expected = SkyCoord(*place, unit="deg").directional_offset_by(
        rotation * u.deg, 20.0 * scale * u.arcsec
    )
    up = SkyCoord(*wcs.pixel_to_world_values(50.0, 50.0), unit="deg")
    assert up.separation(expected).arcsec < 20.0 * scale * math.radians(0.01)
    left = SkyCoord(*wcs.pixel_to_world_values(40.0, 30.0), unit="deg")
    east = SkyCoord(*place, unit="deg").directional_offset_by(
        (rotation + 90.0) * u.deg, 10.0 * scale * u.arcsec
    )
    assert left.separation(east).arcsec < 10.0 * scale * math.radians(0.01)


def test_a_pointing_may_be_a_sky_coordinate_of_any_frame() -> None:
    """Galactic pole: ICRS 192.859, +27.128 deg; and -10 deg is 350."""
    from astropy.coordinates import SkyCoord

    pole = Telescope(**GOOD, pointing=SkyCoord(0.0, 90.0, unit="deg", frame="galactic"))
    assert pole.radec == pytest.approx((192.859, 27.128), abs=1e-3)
    assert Telescope(**GOOD, pointing=[-10.0, 5.0]).radec == (350.0, 5.0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"diameter": 0.0}, "diameter 0.0: a positive number"),
        ({"diameter": -1.0}, "positive"),
        ({"diameter": float("nan")}, "positive"),
        ({"diameter": "wide"}, "positive"),
        ({"focal_length": 0.0}, "focal_length"),
        ({"collecting_surface": 0.0}, "collecting_surface"),
        ({"obstruction": 1.0}, "obstruction 1.0: a number from 0 to below 1"),
        ({"obstruction": -0.1}, "obstruction"),
        ({"transmission": 0.0}, "transmission"),
        ({"transmission": 1.5}, "transmission"),
        ({"spiders": 2.5}, "spiders"),
        ({"observing_band": "Q"}, "U, B, V"),
        ({"observing_mode": "space"}, "diffraction_limited, seeing_limited"),
        ({"r_0": None}, "needs r_0"),
        ({"r_0": 0.0}, "r_0"),
        ({"pointing": (10.0, 91.0)}, "declination"),
        ({"pointing": "zenith"}, "SkyCoord"),
        ({"pointing": (float("nan"), 0.0)}, "declination"),
        ({"projection": "CAR"}, "TAN, ARC"),
        ({"aberrations": {"tilt": 1.0}}, "defocus"),
        ({"rotation": float("inf")}, "rotation"),
        ({"wavelengths": 0}, "wavelengths"),
    ],
)
def test_what_no_telescope_has_is_refused(change: dict[str, object], told: str) -> None:
    """Before any work, with what is accepted."""
    with pytest.raises(BadParameter, match=told):
        Telescope(**{**GOOD, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"range_km": 0.0}, "range_km"),
        ({"size_m": 3.0}, "needs range_km"),
        ({"size_m": -1.0, "range_km": 500.0}, "size_m"),
        ({"exposure_s": -1.0}, "exposure_s"),
        ({"enclosed": 1.0}, "enclosed"),
        ({"reach_px": 10_000}, "reach_px"),
    ],
)
def test_point_spreads_refuse_what_cannot_be(asked: dict[str, float], told: str) -> None:
    """Each by its name."""
    with pytest.raises(BadParameter, match=told):
        Telescope(**GOOD).point_spread(9.0, **asked)  # type: ignore[arg-type]
    with pytest.raises(BadParameter, match="pixel_size"):
        Telescope(**GOOD).point_spread(np.nan)


def test_from_background_needs_a_measured_spread_and_uses_it() -> None:
    """A near object is its shadow's width wider; at infinity it is the spread itself."""
    bare = Telescope(diameter=1.0, focal_length=8.0, observing_mode="from_background")
    with pytest.raises(BadParameter, match="measure"):
        bare.point_spread(9.0)
    measured = Telescope(**GOOD).point_spread(9.0)
    scope = Telescope(
        diameter=1.0, focal_length=8.0, observing_mode="from_background", spread=measured
    )
    assert scope.point_spread(9.0) is measured
    near = scope.point_spread(9.0, range_km=50.0)
    place = np.arange(near.values.shape[0]) - near.values.shape[0] // 2
    old = np.arange(measured.values.shape[0]) - measured.values.shape[0] // 2
    wider = (near.values.sum(0) @ place**2) / near.values.sum()
    wider -= (measured.values.sum(0) @ old**2) / measured.values.sum()
    cell = scope.pixel_scale(9.0) / measured.per_pixel / 206264.806
    # variance of a disc along an axis is its diameter squared by 16
    assert wider == pytest.approx((1.0 / 50e3 / cell) ** 2 / 16.0, rel=0.01)
    assert near.values.sum() == pytest.approx(measured.values.sum(), rel=1e-7)
