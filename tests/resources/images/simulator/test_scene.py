"""Scenes: places agree with the header, satellites move as they must, light is not lost."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from satvo.resources.images import (
    Detector,
    Satellite,
    Scene,
    SimulatedScene,
    Spectrum,
    Star,
    Telescope,
)
from satvo.resources.images.simulator.exposure import MASK_BITS, Exposure
from satvo.resources.images.simulator.motion import way_of
from satvo.resources.images.simulator.satellites import (
    EARTH_RADIUS_KM,
    GRAVITY_KM3_S2,
    SkyPath,
    angular_rate,
    slant_range_km,
)
from satvo.resources.images.simulator.stars import StarField
from satvo.resources.images.simulator.view import View
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

START = datetime(2026, 3, 1, 22)
TELESCOPE = Telescope(
    diameter=0.114, focal_length=0.45, observing_band="V", pointing=(150.0, 20.0),
    observing_mode="seeing_limited", r_0=0.05,
)  # fmt: skip
DETECTOR = Detector(
    resolution=(220, 160), pixel_size=3.75, exposure_time=0.1, readout_noise_variance=4.0
)
QUIET = replace(DETECTOR, photon_noise=False, readout_noise_variance=0.0, bitdepth=None)


def spread(sigma: float = 1.1) -> PointSpread:
    """A Gaussian, known exactly."""
    at = np.exp(-0.5 * (np.arange(-24, 25) / (3 * sigma)) ** 2)
    values = np.outer(at, at)
    return PointSpread(values / values.sum(), 3)


def seen(
    scene: Scene, telescope: Any = TELESCOPE, detector: Any = DETECTOR, **more: Any
) -> list[Exposure]:
    """The frames, with a seed."""
    random = np.random.default_rng(5)
    return scene.observe(telescope, detector, start=START, random=random, **more)


def header_pixels(exposure: Exposure, ra: Any, dec: Any) -> NDArray[np.float64]:
    """(n, 2) columns and rows from 0, by astropy from the header as it is written."""
    from astropy.io import fits
    from astropy.wcs import WCS

    header = fits.Header()
    for key, value in exposure.wcs_cards.items():
        header[key] = value
    read = fits.Header.fromstring(header.tostring())
    return np.stack(WCS(read).all_world2pix(np.atleast_1d(ra), np.atleast_1d(dec), 0), axis=1)


@pytest.mark.parametrize(
    ("pointing", "rotation", "projection"),
    [
        ((150.0, 20.0), 0.0, "TAN"),
        ((0.001, -5.0), 33.0, "TAN"),
        ((10.0, 89.98), 120.0, "TAN"),
        ((200.0, -89.95), 0.0, "ARC"),
        ((359.999, 0.0), 271.0, "ARC"),
    ],
)
def test_truth_agrees_with_the_header(
    pointing: tuple[float, float], rotation: float, projection: str
) -> None:
    telescope = replace(TELESCOPE, pointing=pointing, rotation=rotation, projection=projection)
    scene = SimulatedScene(
        star_count=40, satellites=[Satellite(rate_arcsec_s=1500.0, orientation=27.0)]
    )
    (exposure,) = seen(scene, telescope)
    stars = [each for each in exposure.objects if each["kind"] == "star"]
    assert len(stars) == 40
    told = np.array([(each["x"], each["y"]) for each in stars])
    by_header = header_pixels(
        exposure, [each["ra"] for each in stars], [each["dec"] for each in stars]
    )
    assert np.abs(told - by_header).max() < 1e-4  # pixel
    (trail,) = exposure.trails
    ends = header_pixels(exposure, [trail.ra1, trail.ra2], [trail.dec1, trail.dec2])
    assert np.abs(ends - [(trail.x1, trail.y1), (trail.x2, trail.y2)]).max() < 1e-4
    # The arc seconds that it moved, by a formula of its own.
    assert trail.rate_arcsec_s == pytest.approx(1500.0, rel=1e-4)


def test_a_star_is_where_it_is_told() -> None:
    scene = Scene(
        [Star(Spectrum.ab(3.0), (150.012, 20.0231))], sky=replace(Scene().sky, brightness=math.inf),
        spread=spread(),
    )  # fmt: skip
    (exposure,) = seen(scene, detector=QUIET)
    counts = exposure.counts.astype(np.float64)
    y, x = np.mgrid[: counts.shape[0], : counts.shape[1]]
    centroid = [(axis * counts).sum() / counts.sum() for axis in (x, y)]
    (star,) = exposure.objects
    assert centroid == pytest.approx([star["x"], star["y"]], abs=0.01)  # pixel
    expected = TELESCOPE.photons_per_second(Spectrum.ab(3.0)) * 0.1
    assert counts.sum() == pytest.approx(expected, rel=1e-6)
    assert star["mag"] == pytest.approx(3.0, abs=1e-6)


def test_ends_of_consecutive_frames_meet_and_stars_stay() -> None:
    scene = SimulatedScene(
        star_count=20, produce_time_series=True,
        satellites=[Satellite(rate_arcsec_s=500.0, orientation=10.0, norad_id=25544)],
    )  # fmt: skip
    frames = seen(scene, frames=3)
    trails = [frame.trails[0] for frame in frames]
    for before, after in pairwise(trails):
        assert (after.x1, after.y1) == pytest.approx((before.x2, before.y2), abs=1e-6)  # pixel
    assert [frame.objects for frame in frames[1:]] == [frames[0].objects] * 2
    assert [frame.number for frame in frames] == [0, 1, 2]
    assert frames[2].start == datetime(2026, 3, 1, 22, 0, 0, 200_000)
    slope = math.degrees(math.atan2(trails[0].y2 - trails[0].y1, trails[0].x2 - trails[0].x1))
    assert slope == pytest.approx(10.0, abs=0.01)


def test_the_light_of_a_trail_is_all_there() -> None:
    satellite = Satellite(rate_arcsec_s=900.0, spectrum=Spectrum.ab(5.0), orientation=71.0)
    scene = Scene((), [satellite], sky=replace(Scene().sky, brightness=math.inf), spread=spread())
    (exposure,) = seen(scene, detector=QUIET)
    expected = TELESCOPE.photons_per_second(Spectrum.ab(5.0)) * 0.1
    assert float(exposure.counts.sum()) == pytest.approx(expected, rel=1e-6)
    assert exposure.trails[0].electrons == pytest.approx(expected, rel=1e-6)
    assert exposure.trails[0].mag == pytest.approx(5.0, abs=1e-9)


def test_signal_to_noise_is_that_of_the_paper() -> None:
    satellite = Satellite(rate_arcsec_s=900.0, spectrum=Spectrum.ab(8.0))
    scene = Scene((), [satellite], spread=spread())
    (exposure,) = seen(scene, detector=replace(QUIET, readout_noise_variance=9.0))
    (bare,) = seen(Scene(spread=spread()), detector=QUIET)
    (with_trail,) = seen(scene, detector=QUIET)
    mask = with_trail.truth & MASK_BITS["trail"] > 0
    signal = (with_trail.counts.astype(float) - bare.counts)[mask]
    sky = float(bare.counts[5, 5])
    (trail,) = exposure.trails
    assert trail.mask_pixels == mask.sum()
    assert trail.snr_tot == pytest.approx(signal.sum() / math.sqrt(sky + 9.0), rel=1e-3)
    assert trail.snr_avg == pytest.approx(signal.mean() / math.sqrt(sky + 9.0), rel=1e-3)


def test_a_mask_is_as_wide_as_the_trail() -> None:
    """The full width at half maximum of a Gaussian is 2.3548 sigma; pixels widen it."""
    satellite = Satellite(rate_arcsec_s=900.0, orientation=20.0)
    (exposure,) = seen(Scene((), [satellite], spread=spread(2.0)))
    (trail,) = exposure.trails
    assert trail.width_px == pytest.approx(2.3548 * math.hypot(2.0, math.sqrt(1 / 12)), rel=0.02)
    area = trail.length_px * trail.mask_px + math.pi * trail.mask_px**2 / 4
    assert trail.mask_pixels == pytest.approx(area, rel=0.02)
    (wide,) = seen(Scene((), [satellite], spread=spread(2.0), mask_width=3.0))
    assert wide.trails[0].mask_px == pytest.approx(3.0 * trail.mask_px)


def test_the_rate_is_that_of_a_circular_orbit() -> None:
    """Against positions in space, a tenth of a second before and after, without any formula."""
    for altitude, elevation, azimuth in (
        (550.0, 90.0, 10.0),
        (700.0, 35.0, 60.0),
        (1200.0, 20.0, 0.0),
    ):
        distance = slant_range_km(altitude, elevation)
        line = np.array([math.cos(math.radians(elevation)), 0.0, math.sin(math.radians(elevation))])
        observer = np.array([0.0, 0.0, EARTH_RADIUS_KM])
        at = observer + distance * line
        radius = np.linalg.norm(at)
        assert radius == pytest.approx(EARTH_RADIUS_KM + altitude, abs=1e-6)  # km
        up = at / radius
        across = np.array([0.0, 1.0, 0.0])
        along = np.cross(across, up)
        heading = math.cos(math.radians(azimuth)) * across + math.sin(math.radians(azimuth)) * along
        turn = math.sqrt(GRAVITY_KM3_S2 / radius**3) * 0.01
        lines = [
            math.cos(t) * at + math.sin(t) * radius * heading - observer for t in (-turn, turn)
        ]
        one, other = (each / np.linalg.norm(each) for each in lines)
        rate = np.linalg.norm(other - one) / 0.02 * 648000 / math.pi
        rise = abs((other - one) @ np.cross(across, line))
        seen_angle = math.degrees(math.atan2(rise, abs((other - one) @ across)))
        assert angular_rate(altitude, elevation, seen_angle) == pytest.approx(rate, rel=1e-4)


def test_orientation_to_the_horizon_is_in_azimuth_and_elevation() -> None:
    """By astropy's horizontal coordinates, within a degree."""
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord
    from astropy.time import Time
    from astropy.utils import iers

    telescope = replace(TELESCOPE, site="la-palma")
    view = View.of(telescope, DETECTOR, START)
    from satvo.resources.ephemeris.sites import find_site

    site = find_site("la-palma")
    with (
        iers.conf.set_temp("auto_download", False),
        iers.conf.set_temp("iers_degraded_accuracy", "ignore"),
    ):
        frame = AltAz(
            obstime=Time(START), location=EarthLocation.from_geodetic(site.lon_deg, site.lat_deg)
        )
        for orientation in (0.0, 90.0, 200.0):
            satellite = Satellite(altitude=700.0, orientation=orientation, horizontal="sky")
            ra, dec = way_of(satellite, view).places(np.array([0.05, 0.15]))
            here = SkyCoord(ra, dec, unit="deg").transform_to(frame)
            right = (here.az[1] - here.az[0]).wrap_at("180d").deg * math.cos(here.alt[0].rad)
            up = (here.alt[1] - here.alt[0]).deg
            found = math.degrees(math.atan2(up, right)) % 360.0
            assert found == pytest.approx(orientation, abs=1.0) or found == pytest.approx(
                orientation + 360.0, abs=1.0
            )


def test_the_earth_takes_from_the_rate() -> None:
    """0.46 km/s of the observer at the equator, at most, by the range."""
    telescope = replace(TELESCOPE, site="la-palma")
    view = View.of(telescope, DETECTOR, START)
    still = way_of(Satellite(altitude=700.0, elevation=60.0), view)
    turning = way_of(Satellite(altitude=700.0, elevation=60.0, earth_rotation=True), view)
    change = np.linalg.norm(turning.rate * turning.along - still.rate * still.along)
    most = 0.4651 * math.cos(math.radians(28.76)) / slant_range_km(700.0, 60.0)
    assert 0.2 * most < change <= 1.01 * most
    with pytest.raises(BadParameter, match="site"):
        way_of(Satellite(altitude=700.0, earth_rotation=True), View.of(TELESCOPE, DETECTOR, START))


def test_a_satellite_outside_is_refused_before_any_work() -> None:
    aside = Satellite(rate_arcsec_s=100.0, sky_coordinates=(160.0, 20.0), name="aside")
    with pytest.raises(BadParameter, match=r"satellite 1 \(aside\) never enters the field"):
        seen(Scene((), [aside]))
    (exposure,) = seen(Scene((), [aside], allow_outside=True))
    assert not exposure.trails
    assert not (exposure.truth & MASK_BITS["trail"]).any()


def test_a_satellite_may_enter_and_fade_during_the_exposure() -> None:
    satellite = Satellite(rate_arcsec_s=900.0, first_s=0.025, at_s=0.05, orientation=0.0)
    (whole,) = seen(Scene((), [replace(satellite, first_s=-math.inf)], spread=spread()))
    (late,) = seen(Scene((), [satellite], spread=spread()))
    assert late.trails[0].length_px == pytest.approx(0.75 * whole.trails[0].length_px, rel=1e-6)
    assert late.trails[0].electrons == pytest.approx(0.75 * whole.trails[0].electrons, rel=1e-6)
    assert late.trails[0].first_s == pytest.approx(0.025, abs=1e-9)
    assert late.trails[0].enclosed
    fast = Satellite(rate_arcsec_s=20_000.0, orientation=30.0)
    (crossing,) = seen(Scene((), [fast], spread=spread()))
    (trail,) = crossing.trails
    assert not trail.enclosed
    edges = [trail.x1 + 0.5, trail.x2 - 219.5, trail.y1 + 0.5, trail.y2 - 159.5]
    assert sum(abs(edge) < 1e-6 for edge in edges) == 2  # pixel


def test_a_path_from_an_orbit_is_followed() -> None:
    """A path with a bend, whose places in between lie on great circles."""
    path = SkyPath(np.array([0.0, 0.05, 0.1]), np.array([150.02, 150.0, 149.98]),
                   np.array([19.99, 20.0, 20.03]))  # fmt: skip
    (exposure,) = seen(Scene((), [Satellite(path=path)], spread=spread()))
    (trail,) = exposure.trails
    ends = header_pixels(exposure, path.ra[[0, 2]], path.dec[[0, 2]])
    assert np.abs(ends - [(trail.x1, trail.y1), (trail.x2, trail.y2)]).max() < 1e-4  # pixel
    bend = header_pixels(exposure, path.ra[1], path.dec[1])[0]
    gaps = np.hypot(np.array(trail.line_x) - bend[0], np.array(trail.line_y) - bend[1])
    assert gaps.min() < 0.01


def test_several_satellites_and_jitter() -> None:
    several = [
        Satellite(rate_arcsec_s=900.0, orientation=10.0, norad_id=1),
        Satellite(rate_arcsec_s=700.0, orientation=100.0, jitter_px=3.0, norad_id=2),
    ]
    (exposure,) = seen(Scene((), several, spread=spread()))
    assert [trail.norad_id for trail in exposure.trails] == [1, 2]
    straight = replace(several[1], jitter_px=0.0)
    (calm,) = seen(Scene((), [straight], spread=spread(), sky=replace(Scene().sky)))
    (shaken,) = seen(Scene((), [several[1]], spread=spread()))
    assert shaken.trails[0].mask_pixels > 1.1 * calm.trails[0].mask_pixels


def test_stars_drift_where_the_telescope_does_not_follow() -> None:
    scene = Scene(
        StarField(np.array([150.0]), np.array([20.0]), np.array([2.0])),
        drift=(60.0, 90.0), produce_time_series=True, spread=spread(),
        sky=replace(Scene().sky, brightness=math.inf),
    )  # fmt: skip
    frames = seen(scene, detector=replace(QUIET, exposure_time=1.0), frames=2)
    places = []
    for frame in frames:
        (star,) = frame.objects
        light = frame.counts.astype(float)
        y, x = np.mgrid[: light.shape[0], : light.shape[1]]
        centroid = (x * light).sum() / light.sum(), (y * light).sum() / light.sum()
        assert centroid == pytest.approx((star["x"], star["y"]), abs=0.02)  # pixel
        assert np.abs(header_pixels(frame, star["ra"], star["dec"])[0] - centroid).max() < 0.02
        places.append(centroid)
        # A star trailed by 35 pixels is longer than round.
        wide, high = (
            (((x - centroid[0]) ** 2) * light).sum(),
            (((y - centroid[1]) ** 2) * light).sum(),
        )
        assert wide > 20 * high
    moved = math.dist(*places) * TELESCOPE.pixel_scale(3.75)
    assert moved == pytest.approx(60.0, rel=1e-3)  # arcsec in a second
    assert places[1][0] < places[0][0]  # east is to smaller columns


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: Satellite(), "rate_arcsec_s"),
        (lambda: Satellite(altitude=-5.0), "80 to"),
        (lambda: Satellite(altitude=600.0, elevation=-1.0), "elevation"),
        (lambda: Satellite(altitude=600.0, horizontal="sea"), "sky"),
        (lambda: Satellite(altitude=600.0, first_s=2.0, last_s=1.0), "seen"),
        (lambda: Scene(mask_width=0.0), "mask_width"),
        (lambda: Scene(cadence_s=-1.0), "cadence_s"),
        (lambda: SimulatedScene(density=-1.0), "density"),
        (lambda: SimulatedScene(galactic_latitude=91.0), "galactic_latitude"),
        (lambda: StarField(np.zeros(2), np.zeros(3), np.zeros(2)), "one length"),
        (lambda: SkyPath(np.zeros(2), np.zeros(2), np.zeros(2)), "increase"),
        (lambda: seen(Scene(), frames=2), "1 to 1"),
        (lambda: seen(Scene(produce_time_series=True), frames=0), "frames"),
        (lambda: seen(Scene(produce_time_series=True, cadence_s=0.05)), "exposure time apart"),
        (lambda: seen(Scene([Star(Spectrum.ab(1.0), (3.0, 95.0))])), "declination"),
        (lambda: seen(Scene([Star(Spectrum.ab(1.0), "north")])), "SkyCoord"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(made: Any, told: str) -> None:
    with pytest.raises(BadParameter, match=told):
        made()


def test_the_header_tells_what_was_done() -> None:
    (exposure,) = seen(SimulatedScene(star_count=3, satellites=[Satellite(altitude=900.0)]))
    cards = {key: value for key, (value, _) in exposure.cards.items()}
    assert cards["DATE-OBS"] == "2026-03-01T22:00:00.000"
    assert cards["DATE-END"] == "2026-03-01T22:00:00.100"
    assert (cards["EXPTIME"], cards["NSTARS"], cards["NTRAILS"]) == (0.1, 3, 1)
    assert (cards["APTDIA"], cards["FOCALLEN"]) == (114.0, 450.0)
    # The zero point is the magnitude that gives one count.
    rate = TELESCOPE.photons_per_second(Spectrum.ab(cards["MAGZERO"]))
    assert rate * 0.1 * DETECTOR.sensitivity * DETECTOR.quantum_efficiency == pytest.approx(
        1.0, rel=1e-4
    )
    assert all(len(key) <= 8 for key in cards)


def test_the_same_seed_makes_the_same_frame() -> None:
    scene = SimulatedScene(satellites=[Satellite(altitude=900.0, jitter_px=1.0)])
    (one,), (other,) = seen(scene), seen(scene)
    assert (one.counts == other.counts).all()
    assert (one.truth == other.truth).all()
    assert one.objects == other.objects
