"""What every model of the appearance of trails has in common, those of other packages too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from satvo.resources.trails.models.model import (
    KINDS,
    Chip,
    Ghost,
    Optics,
    Part,
    TrailModel,
    trail_model,
    trail_models,
)
from satvo.resources.trails.paths import Path, straight_path
from satvo.resources.trails.stamps import PointSpread
from satvo.resources.trails.trail import Trail
from satvo.schemas.errors import BadParameter

MODELS = pytest.mark.parametrize("model", trail_models().values(), ids=lambda m: m.NAME)
SHAPE = (120, 160)
ELECTRONS = 1e5


def gaussian(sigma_px: float = 1.2, reach: int = 8) -> PointSpread:
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    values = np.exp(-(x**2 + y**2) / (2.0 * sigma_px**2))
    return PointSpread(values / values.sum())


OPTICS = Optics(gaussian(), 1.0, aperture_m=3.0, obstruction=0.4, ghosts=(Ghost(0.01, 15.0),))
CHIP = Chip(full_well=2e4, amplifiers=(2, 4), crosstalk=1e-3, crosstalk_per_electron=1e-8)
PATH = straight_path((30.0, 80.0), (70.0, 100.0))
TRAIL = Trail(PATH, ELECTRONS / 8.0, 8.0, mag=5.0, range_km=200.0, size_m=8.0)


def total(parts: list[Part], kind: str) -> float:
    return sum(float(part.stamp.light.sum()) for part in parts if part.kind == kind)


def image_of(parts: list[Part], shape: tuple[int, int] = SHAPE) -> np.ndarray:
    found = np.zeros(shape)
    for part in parts:
        part.stamp.add_to(found)
    return found


@MODELS
def test_a_model_says_what_it_is(model: TrailModel) -> None:
    assert model.NAME.lower() == model.NAME
    for text in (model.TITLE, model.REFERENCE, model.VALIDITY):
        assert len(text) > 15


@MODELS
def test_parts_are_of_known_kinds_and_lie_in_the_image(model: TrailModel) -> None:
    parts = model.light(TRAIL, OPTICS, CHIP, SHAPE)
    assert {part.kind for part in parts} == {"trail", "ghost"}
    after = image_of(parts)
    effects = model.effects(np.zeros(SHAPE), after, CHIP)
    for part in parts + effects:
        assert part.kind in KINDS
        rows, columns = part.stamp.light.shape
        assert 0 <= part.stamp.row <= SHAPE[0] - rows
        assert 0 <= part.stamp.column <= SHAPE[1] - columns
        assert np.isfinite(part.stamp.light).all()
    for part in parts:
        assert (part.stamp.light >= 0.0).all()
        assert (part.width_px > 1.0) == (part.kind == "trail")


@MODELS
def test_all_light_of_a_trail_inside_is_there(model: TrailModel) -> None:
    """To 1e-6, that of the ghost to what falls beside; flashes add light, as they say."""
    parts = model.light(TRAIL, OPTICS, CHIP, SHAPE)
    law = {"glinting": 1.0 + 15.0 * 0.02 * 4 / 8.0 * np.sqrt(np.pi / np.log(2.0)) / 2.0}
    expected = ELECTRONS * law.get(model.NAME, 1.0)
    assert total(parts, "trail") == pytest.approx(expected, rel=1e-3 if law else 1e-6)
    assert total(parts, "ghost") == pytest.approx(0.01 * expected, rel=1e-3)


@MODELS
def test_a_trail_beside_the_image_gives_nothing(model: TrailModel) -> None:
    far = TRAIL.along(straight_path((-5000.0, 10.0), (-4000.0, 90.0)))
    assert model.light(far, OPTICS, CHIP, SHAPE) == []


@MODELS
def test_twice_the_electrons_are_twice_the_light(model: TrailModel) -> None:
    one = image_of(model.light(TRAIL, OPTICS, CHIP, SHAPE))
    two = image_of(model.light(replace(TRAIL, electrons_s=ELECTRONS / 4.0), OPTICS, CHIP, SHAPE))
    np.testing.assert_allclose(two, 2.0 * one, rtol=1e-9, atol=1e-9 * one.max())


@MODELS
def test_the_detector_does_nothing_where_no_light_came(model: TrailModel) -> None:
    base = np.random.default_rng(3).uniform(0.0, 5e4, SHAPE)
    for part in model.effects(base, base.copy(), CHIP):
        assert not part.stamp.light.any()


@MODELS
def test_what_is_given_is_left_as_it_is(model: TrailModel) -> None:
    before = np.full(SHAPE, 100.0)
    after = before + image_of(model.light(replace(TRAIL, electrons_s=1e8), OPTICS, CHIP, SHAPE))
    kept = before.copy(), after.copy()
    model.effects(before, after, CHIP)
    assert np.array_equal(before, kept[0])
    assert np.array_equal(after, kept[1])


@MODELS
def test_the_trail_lies_on_its_path(model: TrailModel) -> None:
    """The centroid across the path, to 0.05 pixel; the law of a model may move it along."""
    plain = replace(OPTICS, ghosts=())
    image = image_of(model.light(TRAIL, plain, CHIP, SHAPE))
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    x, y = (float((image * each).sum() / image.sum()) for each in (columns, rows))
    along = np.array([40.0, 20.0]) / np.hypot(40.0, 20.0)
    assert abs((x - 50.0) * along[1] - (y - 90.0) * along[0]) < 0.05


@MODELS
def test_a_curved_path_and_one_that_leaves_the_image_are_drawn(model: TrailModel) -> None:
    t = np.linspace(0.0, 1.0, 20)
    curved = TRAIL.along(Path(20.0 + 200.0 * t, 30.0 + 60.0 * t**2, t))
    image = image_of(model.light(curved, replace(OPTICS, ghosts=()), CHIP, SHAPE))
    assert 0.3 * ELECTRONS < image.sum() < 0.9 * ELECTRONS
    assert image[:, -1].sum() > 0.0


def test_a_model_that_is_not_there_is_told() -> None:
    with pytest.raises(BadParameter, match=r"trail model 'pencil': there are .*defocused"):
        trail_model("pencil")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Ghost(0.0, 10.0),
        lambda: Ghost(0.1, 0.5),
        lambda: Ghost(0.1, 10.0, np.inf),
        lambda: Optics(gaussian(), 0.0),
        lambda: Optics(gaussian(), 1.0, aperture_m=-1.0),
        lambda: Optics(gaussian(), 1.0, obstruction=1.0),
        lambda: Chip(full_well=0.0),
        lambda: Chip(amplifiers=(0, 1)),
        lambda: Chip(crosstalk=0.5),
        lambda: Chip(crosstalk_per_electron=1.0),
        lambda: Chip(row_delay_s=-1.0),
        lambda: Trail(PATH, 0.0, 1.0),
        lambda: Trail(PATH, 1.0, 0.0),
        lambda: Trail(PATH, 1.0, 1.0, range_km=0.0),
        lambda: Trail(PATH, 1.0, 1.0, size_m=-1.0),
    ],
)  # fmt: skip
def test_bad_input_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadParameter):
        wrong()
