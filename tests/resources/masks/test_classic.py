"""Detectors without a network: what they take out, what they find, and where.

References are the simulator's own truth: places to a pixel, masks one full width wide.
"""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
import pytest
from astropy.wcs import WCS
from satvo.resources.masks.classic.arcs import Shear, sagitta_of
from satvo.resources.masks.classic.corridors import search_corridor
from satvo.resources.masks.classic.evidence import evidence_of
from satvo.resources.masks.classic.registration import Shift, moved, shift_between
from satvo.resources.masks.classic.stars import compact_light
from satvo.resources.masks.classic.tiles import tiles_of
from satvo.resources.masks.detectors import by_hand, curved, hough, line_filter, predicted
from satvo.resources.masks.detectors.predicted import expected_from_transits
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.search import Expected, Search
from satvo.resources.trails.paths import Path
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of
from trail_images import FWHM, arc, image, mask

SHAPE = (240, 300)
ENDS = (50.0, 60.0, 250.0, 170.0)
ENCLOSED = arc(ENDS)


def ends_off(trail: FoundTrail, ends: tuple[float, float, float, float]) -> float:
    """Largest distance of an end from the true one, whichever way round, pixel."""
    start, end = ends[:2], ends[2:]
    return min(
        max(math.dist(trail.start_xy, a), math.dist(trail.end_xy, b))
        for a, b in ((start, end), (end, start))
    )


def recall(detection: Detection, path: Path) -> float:
    on = mask(path, (detection.score.shape[0], detection.score.shape[1]))
    return float((detection.score >= 0.5)[on].mean())


def false_pixels(detection: Detection, path: Path) -> int:
    on = mask(path, (detection.score.shape[0], detection.score.shape[1]))
    return int(((detection.score >= 0.5) & ~on).sum())


def test_stars_are_taken_out_and_the_trail_between_them_stays() -> None:
    seen = Frame.of(image(1, ENCLOSED, 6.0, shape=SHAPE, stars=60))
    compact = compact_light(seen, FWHM, 25.0)
    on = mask(ENCLOSED, SHAPE)
    bright = Frame.of(image(1, shape=SHAPE, stars=60)).significance > 12.0
    assert compact[bright & ~on].mean() > 0.99
    assert compact[on & ~bright].mean() < 0.1
    assert compact.mean() < 0.1


@pytest.mark.parametrize("snr", [1.0, 3.0, 30.0])
def test_an_enclosed_trail_is_found_with_its_ends(snr: float) -> None:
    detection = line_filter.detect(image(2, ENCLOSED, snr, shape=SHAPE))
    (trail,) = detection.trails
    assert ends_off(trail, ENDS) < (10.0 if snr < 2.0 else 4.0)
    assert trail.width == pytest.approx(math.hypot(FWHM, 0.95), rel=0.15)
    assert recall(detection, ENCLOSED) > 0.7
    assert false_pixels(detection, ENCLOSED) < 60


@pytest.mark.parametrize("ends", [(-40.0, 20.0, 340.0, 200.0), (140.0, -30.0, 160.0, 270.0)],
                         ids=["level", "steep"])  # fmt: skip
def test_a_trail_that_crosses_the_image_is_one(ends: tuple[float, ...]) -> None:
    path = arc(ends)  # type: ignore[arg-type]
    detection = line_filter.detect(image(3, path, 2.0, shape=SHAPE))
    (trail,) = detection.trails
    assert recall(detection, path) > 0.8
    assert trail.length > 230.0


def test_edges_tell_bright_trails_to_hough() -> None:
    detection = hough.detect(image(4, ENCLOSED, 8.0, shape=SHAPE))
    (trail,) = detection.trails
    assert ends_off(trail, ENDS) < 4.0
    assert trail.detector == "hough"


def test_a_column_that_is_bad_is_no_trail() -> None:
    values = image(5, shape=SHAPE)
    values[30:, 111] += 80.0
    assert line_filter.detect(values).trails == ()


def test_only_directions_that_are_searched_for_are_found() -> None:
    values = image(6, ENCLOSED, 6.0, shape=SHAPE)
    angle = math.degrees(math.atan2(110.0, 200.0))
    asked = Search(angle_deg=(angle - 5.0, angle + 5.0))
    assert len(line_filter.detect(values, search=asked).trails) == 1
    other = Search(angle_deg=(angle + 30.0, angle + 90.0))
    assert line_filter.detect(values, search=other).trails == ()


def test_tiles_cover_a_large_image_and_a_trail_over_two_is_told_once() -> None:
    shape = (64, 3000)
    path = arc((1000.0, 12.0, 2600.0, 50.0))
    values = image(7, path, 6.0, shape=shape, stars=40)
    seen = np.zeros(shape, dtype=int)
    tiles = list(tiles_of(Frame.of(values)))
    for tile in tiles:
        rows, columns = tile.frame.shape
        seen[tile.row : tile.row + rows, tile.column : tile.column + columns] += 1
    assert len(tiles) == 2
    assert (seen >= 1).all()
    detection = line_filter.detect(values)
    (trail,) = detection.trails
    assert ends_off(trail, (1000.0, 12.0, 2600.0, 50.0)) < 8.0
    assert recall(detection, path) > 0.9


@pytest.mark.parametrize("sagitta", [12.0, -8.0, 0.0])
def test_an_arc_is_found_with_its_sagitta(sagitta: float) -> None:
    path = arc(ENDS, sagitta)
    detection = curved.detect(image(8, path, 4.0, shape=SHAPE))
    trail = detection.trails[0]
    assert ends_off(trail, ENDS) < 5.0
    sign = 1.0 if math.dist(trail.start_xy, ENDS[:2]) < 20.0 else -1.0
    assert sign * trail.sagitta == pytest.approx(sagitta, abs=1.0)
    assert recall(detection, path) > 0.7


def test_a_shear_makes_an_arc_straight_and_back() -> None:
    path = arc(ENDS, 9.0)
    points = np.stack([path.x, path.y], axis=1)
    shear = Shear.of_points(points)
    straight = shear.straightened(points)
    line = np.linspace(straight[0], straight[-1], len(straight))
    assert np.abs(straight[:, 1] - np.interp(straight[:, 0], line[:, 0], line[:, 1])).max() < 0.5
    np.testing.assert_allclose(shear.back(straight), points, atol=1e-9)
    assert sagitta_of(points) == pytest.approx(9.0)


def test_a_faint_trail_is_found_in_its_corridor_and_noise_is_not() -> None:
    told = Expected(((54.0, 58.0), (253.0, 174.0)), across_px=4.0, along_px=10.0)
    probabilities = []
    for path in (ENCLOSED, None):
        seen = Frame.of(image(9, path, 0.4, shape=SHAPE))
        found = search_corridor(seen, evidence_of(seen, FWHM, Search()), told, FWHM)
        assert found is not None
        assert found.trials > 50.0
        probabilities.append(found.probability)
        if path is not None:
            middle = np.mean([found.start_xy, found.end_xy], axis=0)
            across = (middle - (150.0, 115.0)) @ np.array([-0.482, 0.876])
            assert abs(across) < 1.0
    assert probabilities[0] > 0.9
    assert probabilities[1] < 0.5


def test_a_trail_by_hand_is_refined_or_kept_as_it_was_told() -> None:
    told = Expected(((53.0, 57.0), (247.0, 173.0)), across_px=4.0, along_px=8.0)
    seen = by_hand.detect(image(10, ENCLOSED, 5.0, shape=SHAPE), prior=[told])
    assert ends_off(seen.trails[0], ENDS) < 2.0
    assert seen.notes == ()
    unseen = by_hand.detect(image(11, shape=SHAPE), prior=[told])
    assert ends_off(unseen.trails[0], (53.0, 57.0, 247.0, 173.0)) < 1e-6
    assert unseen.trails[0].across_error == 4.0
    assert unseen.trails[0].score == 1.0
    assert unseen.score[115, 150] > 0.5
    assert "kept where it was told" in unseen.notes[0]


def test_a_curved_trail_by_hand_follows_its_points() -> None:
    path = arc(ENDS, 10.0)
    points = tuple((float(x), float(y)) for x, y in zip(path.x[::16], path.y[::16], strict=True))
    told = Expected(points, across_px=2.0, along_px=5.0)
    detection = by_hand.detect(image(12, path, 5.0, shape=SHAPE), prior=[told])
    assert detection.trails[0].sagitta == pytest.approx(10.0, abs=1.0)
    assert recall(detection, path) > 0.85


def test_points_by_hand_in_one_place_are_refused() -> None:
    with pytest.raises(BadParameter, match="at least a pixel apart"):
        by_hand.detect(image(13), prior=[Expected(((5.0, 5.0), (5.0, 5.0)))])


def test_the_points_of_a_fit_follow_its_arc() -> None:
    """The middle of an arc of sagitta s lies s from the chord, whichever way it is turned."""
    for turned in (False, True):
        shear = Shear(1e-3, 100.0, turned)
        points = shear.back(np.array([[0.0, 20.0], [100.0, 20.0], [200.0, 20.0]]))
        assert abs(sagitta_of(points)) == pytest.approx(5.0)


@pytest.mark.parametrize(("dx", "dy"), [(3.4, -1.8), (-12.0, 7.0), (0.0, 0.0)],
                         ids=["parts", "whole", "none"])  # fmt: skip
def test_the_shift_between_images_is_that_of_their_stars(dx: float, dy: float) -> None:
    first = Frame.of(image(14, shape=SHAPE, stars=60))
    second = Frame.of(image(15, shape=SHAPE, stars=60, dx=dx, dy=dy))
    shift = shift_between(first, second)
    assert shift.known
    assert shift.dx == pytest.approx(dx, abs=0.15)
    assert shift.dy == pytest.approx(dy, abs=0.15)


def test_no_stars_tell_no_shift() -> None:
    first, second = (Frame.of(image(seed, shape=SHAPE, stars=0)) for seed in (16, 17))
    assert shift_between(first, second) == Shift()


def test_what_is_moved_from_outside_does_not_count() -> None:
    values, counts = np.ones((20, 30), np.float32), np.ones((20, 30), dtype=bool)
    counts[5, 5] = False
    for shift in (Shift(4.0, 2.0, True), Shift(3.5, 2.5, True)):
        _, still = moved(values, counts, shift)
        assert not still[:2].any()
        assert not still[:, :3].any()
        assert not still[7, 9]
        assert still[12:, 15:].all()


def transit(**other: object) -> dict[str, np.ndarray]:
    """A satellite eastward through the middle of the image, one row of `satvo.transit`."""
    begin = mjd_of(START)
    told: dict[str, object] = {
        "t_min": begin + 1.0 / 86400, "t_mid": begin + 2.0 / 86400, "t_max": begin + 3.0 / 86400,
        "ra_start": 39.9, "dec_start": 30.0, "s_ra": 40.0, "s_dec": 30.0, "ra_end": 40.1,
        "dec_end": 30.0, "mag": 5.0, "range_min": 700.0, "norad_id": 12345, "gp_age": 0.5,
        "rate": 311.77, "pos_angle": 90.0, "t_err": 0.01, "object_name": "THING", "kind": "fov",
    }  # fmt: skip
    return {name: np.array([value]) for name, value in (told | other).items()}


START = datetime(2026, 11, 22, 20, 0, 0)


def wcs_of_image() -> WCS:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval, wcs.wcs.crpix = ["RA---TAN", "DEC--TAN"], [40, 30], [151, 121]
    wcs.wcs.cd = np.diag([-3.0, 3.0]) / 3600.0
    return wcs


def test_transits_tell_where_trails_are_expected_and_how_well() -> None:
    wcs = wcs_of_image()
    (expected,) = expected_from_transits(transit(), wcs, START, 5.0)
    x, _ = wcs.all_world2pix([39.9, 40.1], [30.0, 30.0], 0)
    first, last = expected.xy[0], expected.xy[-1]
    assert first[0] > x[0] - 1.0  # beyond the field's edge, as the exposure lets it
    assert last[0] < x[1] + 1.0
    assert expected.xy[4] == pytest.approx((150.0, 120.0), abs=0.2)
    assert expected.norad_id == 12345
    # 311.77 arcsec/s by the errors of its time, 0.01 s, and of the image, 0.05 s; 3 arcsec/px.
    assert expected.along_px == pytest.approx(311.77 * math.hypot(0.01, 0.05) / 3.0, rel=1e-3)
    assert expected.across_px > 1.5
    assert expected_from_transits(transit(), wcs, START.replace(hour=21), 5.0) == ()


def test_old_elements_widen_the_corridor() -> None:
    wcs = wcs_of_image()
    near, far = (
        expected_from_transits(transit(gp_age=age, t_err=math.nan), wcs, START, 5.0)[0]
        for age in (0.1, 3.0)
    )
    assert far.across_px > near.across_px
    assert far.along_px > near.along_px


def test_an_image_without_a_wcs_expects_nothing() -> None:
    with pytest.raises(BadParameter, match="no celestial WCS"):
        expected_from_transits(transit(), None, START, 5.0)


def test_a_predicted_trail_is_found_and_the_look_elsewhere_told() -> None:
    wcs = wcs_of_image()
    prior = expected_from_transits(transit(), wcs, START, 5.0)
    points = np.array(prior[0].xy) + np.array([1.0, 2.0])
    path = arc((*points[0], *points[-1]))
    seen = predicted.detect(image(18, path, 0.7, shape=SHAPE), wcs=wcs, prior=prior)
    (trail,) = seen.trails
    assert trail.score > 0.9
    assert "THING: of" in seen.notes[0]
    assert "lines the clearest has" in seen.notes[0]
    assert recall(seen, path) > 0.5
    none = predicted.detect(image(19, shape=SHAPE), wcs=wcs, prior=prior)
    assert none.trails == ()


def test_a_trail_expected_beside_the_image_is_told() -> None:
    beside = Expected(((900.0, 900.0), (990.0, 950.0)), name="FAR")
    detection = predicted.detect(image(20), prior=[beside])
    assert detection.trails == ()
    assert detection.notes == ("FAR: not in the image",)
