"""Effects of air and optics, galaxies, comets, asteroids and thumbnails."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from satvo.resources.images import Detector, Scene, Spectrum, Star, Telescope
from satvo.resources.images.simulator.backgrounds import Sky
from satvo.resources.images.simulator.bright_stars import Ghosts, SpikeBits, Spikes
from satvo.resources.images.simulator.effects import Clouds, Gradient, Moonlight, Vignetting
from satvo.resources.images.simulator.exposure import MASK_BITS, Exposure
from satvo.resources.images.simulator.galaxies import sersic
from satvo.resources.images.simulator.sources import (
    Asteroid,
    Comet,
    Galaxy,
    PointSource,
    Thumbnail,
)
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import separation_deg

TELESCOPE = Telescope(
    diameter=0.2, focal_length=0.8, observing_band="V", pointing=(150.0, 20.0),
    observing_mode="seeing_limited", r_0=0.05,
)  # fmt: skip
DETECTOR = Detector(
    resolution=(241, 181), pixel_size=9.0, exposure_time=2.0, photon_noise=False, bitdepth=None
)
AT = np.exp(-0.5 * (np.arange(-12, 13) / 3.6) ** 2)
SPREAD = PointSpread(np.outer(AT, AT) / np.outer(AT, AT).sum(), 3)
DARK = Sky(math.inf)


def seen(scene: Scene, telescope: Any = TELESCOPE) -> Exposure:
    (exposure,) = scene.observe(
        telescope, DETECTOR, start=datetime(2026, 3, 1), random=np.random.default_rng(4)
    )
    return exposure


def light(**given: Any) -> Any:
    """Counts of a scene with this alone."""
    return seen(Scene(spread=SPREAD, **given)).counts.astype(np.float64)


def test_vignetting_is_that_of_the_angle() -> None:
    flat, dim = light(), light(effects=[Vignetting()])
    corner = math.atan(math.hypot(120, 90) * 9e-6 / 0.8)
    assert dim[0, 0] / flat[0, 0] == pytest.approx(math.cos(corner) ** 4, rel=1e-6)
    assert dim[90, 120] == pytest.approx(flat[90, 120])
    half = light(effects=[Vignetting(corner=0.5)])
    assert half[0, 0] / flat[0, 0] == pytest.approx(0.5, abs=0.01)


def test_a_gradient_keeps_the_middle() -> None:
    flat, steep = light(), light(effects=[Gradient(0.3, 0.0)])
    assert steep[:, -1].mean() / steep[:, 0].mean() == pytest.approx(1.15 / 0.85, rel=0.01)
    assert steep.mean() == pytest.approx(flat.mean(), rel=1e-6)


def test_moonlight_grows_towards_the_moon() -> None:
    """At 5 deg the aureole falls with the square of the distance (Krisciunas & Schaefer 1991)."""
    dark, moonlit = light(), light(effects=[Moonlight(145.0, 20.0, 1.0)])
    share = moonlit / dark - 1.0
    assert share[90, 120] == pytest.approx(1.0, rel=1e-3)
    moon_side = -1 if seen(Scene()).wcs_cards["CD1_1"] < 0 else 0  # west is right where CD1_1 < 0
    other = 0 if moon_side == -1 else -1
    assert share[90, moon_side] > share[90, other]


def test_clouds_dim_stars_and_not_the_sky() -> None:
    stars = [Star(Spectrum.ab(6.0), (150.0, 20.0))]
    clear = light(stars=stars, sky=DARK).sum()
    cloudy = light(stars=stars, sky=DARK, effects=[Clouds(1.0, contrast=0.0)]).sum()
    assert cloudy / clear == pytest.approx(10**-0.4, rel=1e-6)
    assert light(effects=[Clouds(1.0)]) == pytest.approx(light())
    patchy = seen(Scene(
        [Star(Spectrum.ab(6.0), (150.0 + dx, 20.0)) for dx in (-0.05, 0.0, 0.05)], sky=DARK,
        spread=SPREAD, effects=[Clouds(1.0, 0.5, 0.05)],
    )).counts  # fmt: skip
    thirds = [part.sum() for part in np.array_split(patchy, 3, axis=1)]
    assert max(thirds) > 1.1 * min(thirds)


def test_ghosts_lie_opposite_and_have_their_bit() -> None:
    star = Star(Spectrum.ab(2.0), (150.04, 20.02))
    bare, with_ghost = (
        seen(Scene([star], sky=Sky(21.0), spread=SPREAD, effects=effects))
        for effects in ([], [Ghosts(0.01, 40.0)])
    )
    added = with_ghost.counts.astype(float) - bare.counts
    real, ghost = with_ghost.objects
    assert ghost["kind"] == "ghost"
    middle = 120.0, 90.0
    y, x = np.mgrid[:181, :241]
    centroid = (x * added).sum() / added.sum(), (y * added).sum() / added.sum()
    assert centroid == pytest.approx(
        (2 * middle[0] - real["x"], 2 * middle[1] - real["y"]), abs=0.05
    )
    assert ghost["mag"] - real["mag"] == pytest.approx(5.0, abs=1e-6)
    bits = with_ghost.truth & MASK_BITS["ghost"] > 0
    scale = TELESCOPE.pixel_scale(9.0)
    radius = 20.0 / scale
    assert math.pi * (radius - 0.5) ** 2 < bits.sum() < math.pi * (radius + 2.5) ** 2
    assert not (bare.truth & MASK_BITS["ghost"]).any()


def test_spikes_are_rays_with_their_bit() -> None:
    star = Star(Spectrum.ab(3.0), (150.0, 20.0))
    plain, spiky = (
        seen(Scene([star], spread=SPREAD, effects=effects))
        for effects in ([], [Spikes((0.0, 180.0), 0.02, 60.0)])
    )
    added = spiky.counts.astype(float) - plain.counts
    assert added.sum() == pytest.approx(0.04 * (plain.counts.sum() - light().sum()), rel=0.02)
    assert added[90].sum() > 0.4 * added.sum()
    marked = np.nonzero(spiky.truth & MASK_BITS["spike"])
    assert len(marked[0]) > 20
    assert np.abs(marked[0] - 90).max() <= 2  # along the row
    assert not (plain.truth & MASK_BITS["spike"]).any()


def test_spikes_of_a_point_spread_are_marked() -> None:
    """A spread with a cross: its arms get the bit, its round core and wings do not."""
    at = np.arange(-60, 61)
    round_part = (1.0 + (at[:, None] ** 2 + at[None, :] ** 2) / 9.0) ** -2.5
    cross = np.where((np.abs(at)[:, None] < 1) | (np.abs(at)[None, :] < 1), 0.01, 0.0)
    values = round_part + cross
    crossed = PointSpread(values / values.sum(), 1)
    star = [Star(Spectrum.ab(3.0), (150.0, 20.0))]
    exposure = seen(Scene(star, spread=crossed, effects=[SpikeBits()]))
    y, x = np.nonzero(exposure.truth & MASK_BITS["spike"])
    assert len(y) > 100
    assert (np.minimum(np.abs(y - 90), np.abs(x - 120)) <= 1).all()
    without = seen(Scene(star, spread=SPREAD, effects=[SpikeBits()]))
    assert not (without.truth & MASK_BITS["spike"]).any()


def test_vanes_of_the_telescope_make_spikes_that_are_marked() -> None:
    """Four vanes: rays along rows and columns, of a star that is bright enough."""
    vanes = Telescope(
        diameter=0.2, focal_length=0.8, observing_band="V", pointing=(150.0, 20.0),
        observing_mode="diffraction_limited", obstruction=0.4, spiders=4, spider_width=0.02,
    )  # fmt: skip
    detector = replace(DETECTOR, pixel_size=2.4)
    for mag, some in ((0.0, True), (15.0, False)):
        scene = Scene([Star(Spectrum.ab(mag), (150.0, 20.0))])
        (exposure,) = scene.observe(
            vanes, detector, start=datetime(2026, 3, 1), random=np.random.default_rng(4)
        )
        y, x = np.nonzero(exposure.truth & MASK_BITS["spike"])
        assert (len(y) > 50) == some
        if some:
            near = np.minimum(np.abs(y - 90), np.abs(x - 120)) <= 4
            diagonal = np.abs(np.abs(y - 90) - np.abs(x - 120)) <= 4
            assert max(near.mean(), diagonal.mean()) > 0.7


def test_bright_stars_have_wings() -> None:
    """Their light does not end at the edge of a faint star's image, and none is lost or won."""
    faint, bright = (
        seen(Scene([Star(Spectrum.ab(mag), (150.0, 20.0))], sky=DARK)).counts.astype(np.float64)
        for mag in (18.0, 0.0)
    )
    assert np.count_nonzero(bright) > 4 * np.count_nonzero(faint)
    expected = TELESCOPE.photons_per_second(Spectrum.ab(0.0)) * 2.0
    assert 0.98 * expected < bright.sum() <= 1.0001 * expected


@pytest.mark.parametrize(("index", "within"), [(1.0, 0.01), (4.0, 0.08)])
def test_half_of_a_galaxy_is_within_its_half_light_radius(index: float, within: float) -> None:
    """To 1 % of the light for a disc; a de Vaucouleurs profile is cut at eight radii."""
    profile = sersic(12.0, index, 0.6, 0.5, 1)
    half = profile.shape[0] // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    along = x * math.cos(0.5) + y * math.sin(0.5)
    across = (y * math.cos(0.5) - x * math.sin(0.5)) / 0.6
    share = profile[np.hypot(along, across) <= 12.0].sum()
    assert share == pytest.approx(0.5, abs=within)


@pytest.mark.parametrize(
    "source",
    [
        PointSource((150.0, 20.0), 7.0),
        Galaxy((150.0, 20.0), 7.0, 6.0, 1.0, 0.5, 30.0),
        Thumbnail((150.0, 20.0), 7.0, np.random.default_rng(1).uniform(0, 1, (9, 6))),
        Asteroid((150.0, 20.0), 7.0, 5.0, 45.0),
    ],
    ids=lambda source: type(source).__name__,
)
def test_a_source_gives_the_light_of_its_magnitude(source: Any) -> None:
    counts = light(sources=[source], sky=DARK)
    expected = TELESCOPE.photons_per_second(Spectrum.ab(7.0)) * 2.0
    assert counts.sum() == pytest.approx(expected, rel=2e-3)
    y, x = np.mgrid[: counts.shape[0], : counts.shape[1]]
    if not isinstance(source, Thumbnail):
        centroid = (x * counts).sum() / counts.sum(), (y * counts).sum() / counts.sum()
        assert centroid == pytest.approx((120.0, 90.0), abs=0.05)  # pixel


def test_a_thumbnail_is_drawn_as_it_is() -> None:
    """Not blurred, in the middle of a pixel: each of its pixels in one of the frame."""
    thumbnail = np.array([[0.0, 1.0, 0.0], [2.0, 4.0, 3.0], [0.0, 5.0, 0.0]])
    counts = light(sources=[Thumbnail((150.0, 20.0), 7.0, thumbnail, blur=False)], sky=DARK)
    assert counts[89:92, 119:122] / counts.sum() == pytest.approx(thumbnail / 15.0, abs=2e-3)


def test_a_galaxy_lies_along_its_position_angle() -> None:
    counts = light(sources=[Galaxy((150.0, 20.0), 6.0, 10.0, 1.0, 0.3, 0.0)], sky=DARK)
    y, x = np.mgrid[: counts.shape[0], : counts.shape[1]]
    wide, high = (float((d**2 * counts).sum()) for d in (x - 120.0, y - 90.0))
    assert high > 4 * wide  # north is along the columns


def test_comets_and_asteroids_have_their_bits() -> None:
    sources = [
        Comet((150.03, 20.0), 6.0, 8.0, 40.0, 270.0, "comet"),
        Asteroid((149.97, 20.0), 6.0, 10.0, 0.0, "asteroid"),
    ]
    exposure = seen(Scene(sources=sources, spread=SPREAD))
    for kind in ("comet", "asteroid"):
        (about,) = (each for each in exposure.objects if each["kind"] == kind)
        y, x = np.nonzero(exposure.truth & MASK_BITS[kind])
        assert np.hypot(x - about["x"], y - about["y"]).min() < 2  # pixel
    asteroid = np.nonzero(exposure.truth & MASK_BITS["asteroid"])
    assert np.ptp(asteroid[0]) > np.ptp(asteroid[1])  # to the north


def test_an_asteroid_moves_from_frame_to_frame() -> None:
    scene = Scene(
        sources=[Asteroid((150.0, 20.0), 8.0, 3.0, 60.0)], produce_time_series=True, spread=SPREAD
    )
    frames = scene.observe(
        TELESCOPE, DETECTOR, start=datetime(2026, 3, 1), random=np.random.default_rng(1), frames=2
    )
    one, other = (frame.objects[-1] for frame in frames)
    apart = float(separation_deg(one["ra"], one["dec"], other["ra"], other["dec"]))
    assert apart * 3600 == pytest.approx(6.0, rel=1e-3)  # arcsec in 2 s
    assert len(frames[1].objects) == 1


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: Vignetting(corner=2.0), "corner"),
        (lambda: Gradient(5.0), "gradient"),
        (lambda: Clouds(-1.0), "clouds"),
        (lambda: Clouds(scale_deg=0.0), "scale_deg"),
        (lambda: Ghosts(share=1.5), "ghosts"),
        (lambda: Spikes(share=0.5), "spikes"),
        (lambda: Galaxy((0, 0), 5.0, 0.0), "radius"),
        (lambda: Galaxy((0, 0), 5.0, 1.0, axis_ratio=0.0), "axis_ratio"),
        (lambda: Thumbnail((0, 0), 5.0, np.zeros((3, 3))), "light in it"),
        (lambda: Thumbnail((0, 0), 5.0, -np.ones((3, 3))), "none negative"),
        (lambda: Comet((0, 0), 5.0, coma_arcsec=0.0), "comet"),
        (lambda: Sky(-20.0), "sky brightness"),
        (lambda: seen(Scene(sources=[PointSource((150.0, 20.0), math.nan)])), "magnitude"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(made: Any, told: str) -> None:
    with pytest.raises(BadParameter, match=told):
        made()


def test_sky_counts_are_those_of_its_brightness() -> None:
    """Of one pixel, 21 mag/arcsec**2 over its area."""
    scale = replace(TELESCOPE).pixel_scale(9.0)
    expected = TELESCOPE.photons_per_second(Spectrum.ab(21.0)) * scale**2 * 2.0
    assert float(np.median(light())) == pytest.approx(expected, rel=1e-4)
