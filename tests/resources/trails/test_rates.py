"""Trails by rate, against satellites that are let fly over a large plane."""

from __future__ import annotations

import math

import numpy as np
import pytest
from astropy.wcs import WCS
from satvo.resources.trails.flows import Field, Motions, orbital_motions
from satvo.resources.trails.rates import TrailRate, trails_by_rate
from satvo.resources.trails.trail import Trail
from satvo.schemas.errors import BadParameter

FIELD = Field((400, 700), 6.0)
"""0.667 by 1.167 deg: a field that is not square."""
EXPOSURE_S = 2.0
MIXED = Motions(
    np.array([600.0, 3000.0]), np.array([1500.0, 500.0]), np.array([0.7, 0.3]),
    pos_angle_deg=np.array([20.0, 95.0, 100.0]),
)  # fmt: skip
SLANTED = Motions.of_altitudes([550.0, 1200.0], [2.0, 1.0], elevation_deg=40.0)


def inside_px(ends: np.ndarray) -> np.ndarray:
    """Lengths (n,) in the frame of segments (n, 4) of x, y and dx, dy (Liang and Barsky), pixels.

    0 where one misses it.
    """
    first, last = np.zeros(len(ends)), np.ones(len(ends))
    for axis, side in ((0, FIELD.shape[1]), (1, FIELD.shape[0])):
        marks = (np.array([[-0.5], [side - 0.5]]) - ends[:, axis]) / ends[:, axis + 2]
        first, last = np.maximum(first, marks.min(axis=0)), np.minimum(last, marks.max(axis=0))
    return np.maximum(last - first, 0.0) * np.hypot(ends[:, 2], ends[:, 3])


def flown(motions: Motions, per_deg2: float, random: np.random.Generator) -> np.ndarray:
    """Satellites strewn over a plane so wide that none flies in from beyond it: those seen.

    Segments (n, 4) as of `inside_px`.
    """
    reach = motions.speed_arcsec_s.max() * EXPOSURE_S / FIELD.pixel_arcsec
    low = np.array([-0.5 - reach, -0.5 - reach])
    high = np.array([FIELD.shape[1] - 0.5 + reach, FIELD.shape[0] - 0.5 + reach])
    area_deg2 = np.prod(high - low) * (FIELD.pixel_arcsec / 3600.0) ** 2
    count = random.poisson(per_deg2 * area_deg2)
    kind = random.choice(len(motions.share), count, p=motions.share)
    if motions.pos_angle_deg is None:
        angle = random.uniform(0.0, 2.0 * np.pi, count)
    else:
        angle = np.pi / 2.0 + np.radians(random.choice(motions.pos_angle_deg, count))
    length = motions.speed_arcsec_s[kind] * EXPOSURE_S / FIELD.pixel_arcsec
    way = length[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    ends = np.hstack([random.uniform(low, high, (count, 2)), way])
    return ends[inside_px(ends) > 0.0]


def segments(trails: tuple[Trail, ...]) -> np.ndarray:
    """Trails as segments (n, 4)."""
    xy = np.array([(*t.path.x, *t.path.y) for t in trails])
    return np.stack([xy[:, 0], xy[:, 2], xy[:, 1] - xy[:, 0], xy[:, 3] - xy[:, 2]], axis=1)


@pytest.mark.parametrize("motions", [MIXED, SLANTED], ids=["mixed", "slanted"])
def test_as_many_trails_are_seen_as_satellites_fly_over(motions: Motions) -> None:
    """n (A + W v T) of a density n, to 3 sigma of the count of the flight."""
    random = np.random.default_rng(4)
    per_deg2 = 3000.0
    seen = len(flown(motions, per_deg2, random))
    rate = TrailRate.of_density(per_deg2, 4.0, 6.0, motions)
    assert abs(seen - rate.mean_count(FIELD, motions, EXPOSURE_S)) < 3.0 * math.sqrt(seen)
    assert seen > 3000


@pytest.mark.parametrize("motions", [MIXED, SLANTED], ids=["mixed", "slanted"])
def test_trails_lie_in_the_field_as_those_of_the_flight(motions: Motions) -> None:
    """Lengths inside the field, begins, lengths and directions: distributions to 3 sigma (KS)."""
    random = np.random.default_rng(5)
    flight = flown(motions, 1500.0, random)
    rate = TrailRate.of_density(1500.0, 4.0, 6.0, motions)
    drawn = segments(trails_by_rate(rate, motions, FIELD, EXPOSURE_S, 20.0, random))
    assert (inside_px(drawn) > 0.0).all()
    assert abs(len(drawn) - len(flight)) < 3.0 * math.sqrt(len(drawn) + len(flight))

    def told(ends: np.ndarray) -> list[np.ndarray]:
        turn = np.arctan2(ends[:, 3], ends[:, 2]) % (2 * math.pi)
        return [inside_px(ends), ends[:, 0], ends[:, 1], np.hypot(ends[:, 2], ends[:, 3]), turn]

    critical = 1.82 * math.sqrt(1.0 / len(drawn) + 1.0 / len(flight))  # of 0.27 %
    for ours, theirs in zip(told(drawn), told(flight), strict=True):
        # Speeds come from one table: what is discrete is compared between its values.
        every = np.sort(np.concatenate([ours, theirs])) + 1e-6
        parts = [np.searchsorted(np.sort(v), every, "right") / len(v) for v in (ours, theirs)]
        assert np.abs(parts[0] - parts[1]).max() < critical


def test_the_plain_reading_is_rate_times_area_times_time() -> None:
    """Ten trails a square degree and hour, as SATCON2 has it, whatever the field; 3 sigma."""
    random = np.random.default_rng(6)
    rate = TrailRate.even(10.0, 4.0, 6.0)
    for field in (FIELD, Field((500, 500), 36.0)):
        expected = 10.0 * field.area_deg2 * 600.0 / 3600.0
        assert rate.mean_count(field, MIXED, 600.0) == pytest.approx(expected, rel=1e-12)
        times = 60
        seen = sum(
            len(trails_by_rate(rate, MIXED, field, 600.0, 20.0, random)) for _ in range(times)
        )
        assert abs(seen - times * expected) < 3.0 * math.sqrt(times * expected)


def test_a_round_square_degree_is_entered_at_the_rate() -> None:
    """The meaning of entering, by satellites that fly over a disc; 3 sigma of their number."""
    random = np.random.default_rng(7)
    speed_deg_h, radius = 1500.0, 1.0 / math.sqrt(math.pi)
    per_deg2, hours = 40.0, 0.01
    way = speed_deg_h * hours
    half = radius + way + 0.1
    count = random.poisson(per_deg2 * (2 * half) ** 2)
    begin = random.uniform(-half, half, (count, 2))
    angle = random.uniform(0.0, 2.0 * np.pi, count)
    ahead = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    along = -(begin * ahead).sum(axis=1)
    miss = np.abs(begin[:, 0] * ahead[:, 1] - begin[:, 1] * ahead[:, 0])
    enters = along - np.sqrt(np.maximum(radius**2 - miss**2, 0.0))
    entered = int(((miss < radius) & (enters > 0.0) & (enters <= way)).sum())
    rate = TrailRate.of_density(per_deg2, 4.0, 6.0, Motions.of_speeds([speed_deg_h]))
    assert abs(entered - rate.total_per_deg2_h * hours) < 3.0 * math.sqrt(entered)
    assert entered > 300


def test_long_trails_count_by_the_width_of_the_field() -> None:
    motions = Motions.of_speeds([3000.0])
    rate = TrailRate.even(100.0, 4.0, 6.0, counted="entering")
    small, large = Field((1000, 1000), 3.6), Field((2000, 2000), 3.6)
    seen = [rate.mean_count(each, motions, 3600.0) for each in (small, large)]
    # Trails of 3000 deg in fields of 1 and 2 deg: those that begin inside are one in a thousand.
    assert seen[1] / seen[0] == pytest.approx(2.0, rel=0.002)
    # A square of 1 deg is 4/pi wide on the mean, a disc of 1 square degree 1.128.
    assert seen[0] == pytest.approx(100.0 * (4.0 / math.pi) / (2.0 / math.sqrt(math.pi)), rel=0.002)


def test_magnitudes_follow_the_bins() -> None:
    rate = TrailRate.of_bins([(3.0, 4.0, 5.0), (4.0, 7.0, 15.0)])
    mags = rate.magnitudes(20_000, np.random.default_rng(8))
    assert mags.min() >= 3.0
    assert mags.max() <= 7.0
    bright = (mags < 4.0).mean()
    assert abs(bright - 0.25) < 3.0 * math.sqrt(0.25 * 0.75 / 20_000)
    assert np.median(mags[mags > 4.0]) == pytest.approx(5.5, abs=0.05)
    by_points = TrailRate.of_points([4.0, 6.0, 8.0], [1.0, 3.0, 5.0])
    assert by_points.per_deg2_h.tolist() == [4.0, 8.0]


def test_position_angles_are_those_of_the_sky() -> None:
    """Through a WCS that is turned and mirrored: the sky says where they go, to 0.01 deg."""
    random = np.random.default_rng(9)
    for parity in (-1.0, 1.0):
        wcs = WCS(naxis=2)
        wcs.wcs.ctype, wcs.wcs.crval, wcs.wcs.crpix = ["RA---TAN", "DEC--TAN"], [40, 60], [150, 100]
        turn, scale = math.radians(35.0), 2.0 / 3600.0
        wcs.wcs.cd = scale * np.array([
            [parity * math.cos(turn), math.sin(turn)], [-parity * math.sin(turn), math.cos(turn)],
        ])  # fmt: skip
        field = Field.of_wcs(wcs, (200, 300))
        assert field.pixel_arcsec == pytest.approx(2.0, rel=1e-5)
        assert field.mirrored == (parity > 0.0)
        motions = Motions.of_speeds([100.0], pos_angles_deg=[70.0])
        rate = TrailRate.even(40_000.0, 4.0, 6.0)
        trails = trails_by_rate(rate, motions, field, 10.0, 20.0, random)
        assert len(trails) > 0
        for trail in trails:
            ra, dec = wcs.all_pix2world(trail.path.x, trail.path.y, 0)
            east = (ra[1] - ra[0]) * math.cos(math.radians(dec.mean()))
            angle = math.degrees(math.atan2(east, dec[1] - dec[0]))
            # Convergence of the meridians over half a degree at 60 deg is 0.9 deg at most.
            assert angle == pytest.approx(70.0, abs=1.0)
            length = 3600.0 * math.hypot(east, dec[1] - dec[0])
            assert length == pytest.approx(1000.0, rel=1e-3)


def test_speeds_are_those_of_orbits() -> None:
    speed, distance = orbital_motions(np.array([550.0, 35_786.0]), 90.0)
    assert distance.tolist() == pytest.approx([550.0, 35_786.0])
    # Circular orbit: v = sqrt(GM / r), 7.589 and 3.075 km/s; overhead all of it is seen.
    assert speed[0] == pytest.approx(np.degrees(7.589 / 550.0) * 3600.0, rel=1e-3)
    assert speed[1] == pytest.approx(np.degrees(3.075 / 35_786.0) * 3600.0, rel=1e-3)
    low, far = orbital_motions(np.array([550.0]), 30.0)
    assert far[0] == pytest.approx(993.0, rel=0.01)
    assert low.max() < speed[0].max()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TrailRate.even(-1.0, 4.0, 6.0),
        lambda: TrailRate.even(math.nan, 4.0, 6.0),
        lambda: TrailRate.even(1.0, 6.0, 4.0),
        lambda: TrailRate.of_bins([]),
        lambda: TrailRate.even(1.0, 4.0, 6.0, counted="guessed"),  # type: ignore[arg-type]
        lambda: TrailRate.of_points([4.0], [1.0]),
        lambda: Motions.of_speeds([0.0]),
        lambda: Motions.of_speeds([]),
        lambda: Motions.of_altitudes([50.0]),
        lambda: Motions.of_altitudes([550.0], [-1.0]),
        lambda: Motions.of_altitudes([550.0], elevation_deg=0.0),
        lambda: Field((0, 10), 1.0),
        lambda: Field((10, 10), 0.0),
        lambda: Field((10_000, 10_000), 60.0),
        lambda: trails_by_rate(
            TrailRate.even(1e12, 4.0, 6.0), MIXED, FIELD, 1.0, 20.0, np.random.default_rng(1)
        ),
        lambda: trails_by_rate(
            TrailRate.even(1.0, 4.0, 6.0), MIXED, FIELD, -1.0, 20.0, np.random.default_rng(1)
        ),
    ],
)  # fmt: skip
def test_bad_input_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadParameter):
        wrong()


def test_no_rate_gives_no_trail() -> None:
    none = TrailRate.even(0.0, 4.0, 6.0)
    assert trails_by_rate(none, MIXED, FIELD, 10.0, 20.0, np.random.default_rng(1)) == ()
