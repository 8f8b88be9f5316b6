"""TrailSimulate: an image without trails in, one with trails and what they spoil out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from satvo.resources.trails.affected import TRUTH_BITS
from satvo.resources.trails.models.model import KINDS, Chip, Ghost, Optics
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.simulate import BaseImage, simulate_trails
from satvo.resources.trails.stamps import PointSpread
from satvo.resources.trails.trail import Trail, electrons_per_s
from satvo.schemas.errors import BadParameter

SHAPE = (150, 200)
EXPOSURE_S = 10.0
GAIN, OFFSET, READ_E = 1.6, 200.0, 5.0


def gaussian(sigma_px: float = 1.5, reach: int = 9) -> PointSpread:
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    values = np.exp(-(x**2 + y**2) / (2.0 * sigma_px**2))
    return PointSpread(values / values.sum())


OPTICS = Optics(gaussian(), 1.0)


def sky(seed: int = 1, level_e: float = 400.0, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    random = np.random.default_rng(seed)
    electrons = random.poisson(level_e, shape) + random.normal(0.0, READ_E, shape)
    return np.floor(electrons / GAIN + OFFSET).astype(np.uint16)


def base(values: np.ndarray | None = None, **told: float) -> BaseImage:
    given = sky() if values is None else values
    return BaseImage(given, EXPOSURE_S, gain=GAIN, offset=OFFSET, **told)


def trail(electrons: float, start: tuple[float, float] = (20.0, 30.0),
          end: tuple[float, float] = (170.0, 110.0)) -> Trail:  # fmt: skip
    return Trail(straight_path(start, end), electrons / EXPOSURE_S, EXPOSURE_S)


def test_no_trail_leaves_the_image_as_it_is() -> None:
    given = base()
    for chosen in ("point", "ccd", "cmos"):
        found = simulate_trails(given, [], OPTICS, model=chosen)
        assert np.array_equal(found.image, given.values)
        assert found.image.dtype == np.uint16
        assert found.fraction_affected == 0.0
        assert not found.bits.any()
        assert found.affected_by == dict.fromkeys(KINDS, 0.0)


def test_pixels_without_new_light_keep_their_bits() -> None:
    given = base()
    found = simulate_trails(given, [trail(1e6)], OPTICS, random=np.random.default_rng(2))
    # The light reaches 9 pixels to each side of the line, a corner of the square farther.
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    ahead = np.array([150.0, 80.0]) / math.hypot(150.0, 80.0)
    off = np.abs((columns - 20.0) * ahead[1] - (rows - 30.0) * ahead[0])
    assert np.array_equal(found.image[off > 14.0], given.values[off > 14.0])
    near = (off < 1.0) & (columns > 20) & (columns < 170)
    assert (found.image[near] > given.values[near]).mean() > 0.99


def test_the_light_added_is_that_of_the_magnitude() -> None:
    """Magnitude 6 with a zero point of 21.5 for 10 s: its electrons over the gain; 3 sigma."""
    electrons = electrons_per_s(6.0, 21.5) * EXPOSURE_S
    found = simulate_trails(base(), [trail(electrons)], OPTICS, random=np.random.default_rng(3))
    added = (found.image.astype(float) - sky()).sum() * GAIN
    touched = 150.0 * 20.0
    sigma = math.sqrt(electrons + touched * GAIN**2 / 6.0)
    assert abs(added - electrons) < 3.0 * sigma


def test_faint_light_is_not_lost_in_rounding() -> None:
    """Less than a count in each pixel: the mean over the trail is kept to 3 sigma."""
    electrons = 0.3 * GAIN * math.hypot(150.0, 80.0) * 4.0
    found = simulate_trails(base(), [trail(electrons)], OPTICS, random=np.random.default_rng(4))
    added = (found.image.astype(float) - sky()).sum() * GAIN
    assert abs(added - electrons) < 3.0 * math.sqrt(electrons + 3500.0 * GAIN**2 / 6.0)


def test_the_photon_noise_is_that_of_the_light() -> None:
    """Variance of the light added, over its mean, is 1; 3 sigma of 1500 pixels."""
    flat = np.zeros(SHAPE)
    given = BaseImage(flat, EXPOSURE_S)
    line = trail(2e6, (-50.0, 75.0), (250.0, 75.0))
    mean = simulate_trails(given, [line], OPTICS).image
    noisy = simulate_trails(given, [line], OPTICS, random=np.random.default_rng(5)).image
    bright = mean > 100.0
    ratio = ((noisy - mean)[bright] ** 2 / mean[bright]).mean()
    assert bright.sum() > 1000
    assert abs(ratio - 1.0) < 3.0 * math.sqrt(2.0 / bright.sum())


def test_the_fraction_affected_is_counted_by_hand() -> None:
    """A level trail across a noiseless image: rows whose light exceeds the threshold."""
    given = BaseImage(np.zeros(SHAPE), EXPOSURE_S, noise_e=10.0)
    per_px = 400.0
    line = trail(per_px * 300.0, (-50.0, 75.0), (250.0, 75.0))
    found = simulate_trails(given, [line], OPTICS, sigmas=2.0)
    profile = per_px * gaussian().values.sum(axis=1)
    assert found.threshold_e == 20.0
    assert found.fraction_affected == pytest.approx((profile > 20.0).sum() / SHAPE[0])
    # The truth's mask: pixels within half the width of 2.35 sigma, that is rows 74 to 76.
    assert np.flatnonzero(found.bits[:, 100] & 1).tolist() == [74, 75, 76]


def test_side_effects_count() -> None:
    optics = Optics(gaussian(), 1.0, ghosts=(Ghost(0.05, 12.0, scale=-1.0),))
    chip = Chip(full_well=3000.0, amplifiers=(1, 2), crosstalk=2e-2)
    line = trail(2e6, (20.0, 100.0), (80.0, 105.0))
    plain = simulate_trails(base(), [line], OPTICS, model="point")
    found = simulate_trails(base(), [line], optics, model="ccd", chip=chip)
    assert all(share > 0.0 for share in found.affected_by.values())
    assert found.fraction_affected > plain.fraction_affected
    assert found.fraction_affected < sum(found.affected_by.values()) + 1e-12
    assert found.image.max() <= 3000.0 / GAIN + OFFSET + 1.0
    for kind, bit in TRUTH_BITS.items():
        assert (found.bits & bit).any(), kind
    assert found.model == "ccd"


def test_the_converter_has_an_end() -> None:
    given = base(saturation=4000.0)
    found = simulate_trails(given, [trail(5e6)], OPTICS, model="point")
    assert found.image.max() == 4000
    assert found.affected_by["saturated"] > 0.0
    assert (found.bits[found.image == 4000] & 2).all()
    narrow = sky(level_e=20.0) // 2
    byte = BaseImage(narrow.astype(np.uint8), EXPOSURE_S, gain=GAIN, offset=100.0)
    assert simulate_trails(byte, [trail(5e6)], OPTICS, model="point").image.max() == 255


def test_a_star_that_was_full_before_stays_as_it_was() -> None:
    values = sky()
    values[60:64, 80:84] = 5000
    given = base(values, saturation=4500.0)
    found = simulate_trails(given, [trail(3e5, (20.0, 62.0), (170.0, 62.0))], OPTICS, model="point")
    assert (found.image[60:64, 80:84] == 5000).all()


def test_pixels_that_are_not_there_stay_so() -> None:
    values = sky().astype(float)
    values[40:60] = np.nan
    found = simulate_trails(base(values), [trail(1e6)], OPTICS)
    assert np.isnan(found.image[40:60]).all()
    assert np.isfinite(np.delete(found.image, np.s_[40:60], axis=0)).all()


def test_trails_beside_the_image_are_told() -> None:
    far = trail(1e6, (5000.0, 5000.0), (6000.0, 6000.0))
    found = simulate_trails(base(), [trail(1e5), far], OPTICS)
    assert (len(found.trails), found.beside) == (1, 1)


def test_the_noise_of_the_background_is_measured() -> None:
    """Poisson of 400 and 5 electrons: 20.6, to 2 % by 30 000 pixels."""
    assert base().noise() == pytest.approx(math.sqrt(400.0 + READ_E**2), rel=0.02)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: BaseImage(np.zeros(5), 1.0),
        lambda: BaseImage(np.zeros((0, 5)), 1.0),
        lambda: BaseImage(np.zeros((5, 5), dtype=complex), 1.0),
        lambda: BaseImage(np.zeros((5, 5)), -1.0),
        lambda: BaseImage(np.zeros((5, 5)), 1.0, gain=0.0),
        lambda: BaseImage(np.zeros((5, 5)), 1.0, offset=math.nan),
        lambda: BaseImage(np.zeros((5, 5)), 1.0, offset=10.0, saturation=10.0),
        lambda: BaseImage(np.zeros((5, 5)), 1.0, noise_e=-1.0),
        lambda: simulate_trails(BaseImage(sky(), 5.0), [trail(1e5)], OPTICS),
        lambda: simulate_trails(base(), [trail(1e5)], OPTICS, model="pencil"),
        lambda: simulate_trails(base(), [trail(1e5)], OPTICS, sigmas=-1.0),
        lambda: electrons_per_s(math.nan, 20.0),
    ],
)
def test_bad_input_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadParameter):
        wrong()
