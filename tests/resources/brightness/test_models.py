"""What every brightness model has in common, those of other packages too."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.brightness import Geometry, Satellites, brightness_models
from satvo.resources.brightness.bassa import BASSA_2022, PHASE_SLOPE
from satvo.resources.brightness.model import BrightnessModel, Estimate

FIVE_MILLIMAG = 0.005
EQUATOR_KM = 6378.137
MODELS = pytest.mark.parametrize("model", brightness_models().values(), ids=lambda m: m.NAME)


def asked(
    model: BrightnessModel, sky: Geometry, known: Satellites, sun_frac: float = 1.0
) -> Estimate:
    """The model's answer where it applies; there must be such rows."""
    which = model.applies(sky, known)
    assert which.any()
    lit = np.full(np.count_nonzero(which), sun_frac)
    return model.mag_v(sky[which], known[which], sun_frac=lit, earthshine=False)


def seen_from(sky: Geometry, factor: float) -> Geometry:
    """The same with each observer so many times as far away, in the same direction."""
    observer = sky.satellite_km + factor * (sky.observer_km - sky.satellite_km)
    return Geometry.of(sky.satellite_km, observer, sky.sun_km, sky.velocity_km_s)


@MODELS
def test_a_model_says_what_it_is(model: BrightnessModel) -> None:
    assert model.NAME.lower() == model.NAME
    for text in (model.TITLE, model.REFERENCE, model.VALIDITY):
        assert len(text) > 20
    assert "V" in model.BANDS
    assert 0.05 < model.SCATTER_MAG < 3.0


@MODELS
def test_magnitudes_are_finite_and_of_this_world(
    model: BrightnessModel, sky: Geometry, known: Satellites
) -> None:
    found = asked(model, sky, known)
    lit = np.isfinite(found.mag)
    assert lit.mean() > 0.8
    assert np.all((found.mag[lit] > -3.0) & (found.mag[lit] < 20.0))
    assert np.array_equal(np.isfinite(found.mag_err), lit)
    assert np.all(found.mag_err[lit] >= 0.05)


@MODELS
def test_twice_as_far_is_five_log_two_fainter(
    model: BrightnessModel, sky: Geometry, known: Satellites
) -> None:
    near, far = asked(model, sky, known), asked(model, seen_from(sky, 2.0), known)
    fainter = far.mag - near.mag
    if model is BASSA_2022:  # where range stands for the phase angle too
        height = np.linalg.norm(sky.satellite_km, axis=-1) - EQUATOR_KM
        fainter -= PHASE_SLOPE * sky.range_km / height
    assert np.nanmax(np.abs(fainter - 5 * np.log10(2))) < FIVE_MILLIMAG


@MODELS
def test_half_of_the_sun_is_three_quarters_of_a_magnitude_fainter(
    model: BrightnessModel, sky: Geometry, known: Satellites
) -> None:
    whole, half = asked(model, sky, known), asked(model, sky, known, sun_frac=0.5)
    assert np.nanmax(np.abs(half.mag - whole.mag - 2.5 * np.log10(2))) < FIVE_MILLIMAG


@MODELS
def test_eclipsed_satellite_has_no_magnitude(
    model: BrightnessModel, sky: Geometry, known: Satellites
) -> None:
    assert np.isnan(asked(model, sky, known, sun_frac=0.0).mag).all()


@MODELS
def test_one_by_one_is_all_at_once(
    model: BrightnessModel, sky: Geometry, known: Satellites
) -> None:
    which = np.flatnonzero(model.applies(sky, known))[:40]
    together = model.mag_v(sky[which], known[which], sun_frac=np.ones(40), earthshine=True)
    for row, at in enumerate(which):
        alone = model.mag_v(sky[[at]], known[[at]], sun_frac=np.ones(1), earthshine=True)
        np.testing.assert_allclose(alone.mag, together.mag[[row]], rtol=1e-12)
        np.testing.assert_allclose(alone.mag_err, together.mag_err[[row]])


@MODELS
def test_an_unknown_place_has_no_magnitude(
    model: BrightnessModel, sky: Geometry, known: Satellites
) -> None:
    which = model.applies(sky, known)
    lost = Geometry.of(sky.satellite_km * np.nan, sky.observer_km, sky.sun_km)[which]
    found = model.mag_v(lost, known[which], sun_frac=np.ones(len(lost)), earthshine=False)
    assert np.isnan(found.mag).all()
    assert np.isnan(found.mag_err).all()


@MODELS
def test_no_row_is_no_magnitude(model: BrightnessModel, sky: Geometry, known: Satellites) -> None:
    none = np.zeros(len(sky), dtype=bool)
    assert model.applies(sky[none], known[none]).shape == (0,)
    found = model.mag_v(sky[none], known[none], sun_frac=np.ones(0), earthshine=True)
    assert found.mag.shape == found.mag_err.shape == (0,)


@MODELS
def test_earthshine_never_makes_fainter(
    model: BrightnessModel, sky: Geometry, known: Satellites
) -> None:
    which = model.applies(sky, known)
    lit = np.ones(np.count_nonzero(which))
    without = model.mag_v(sky[which], known[which], sun_frac=lit, earthshine=False)
    with_it = model.mag_v(sky[which], known[which], sun_frac=lit, earthshine=True)
    both = np.isfinite(without.mag)
    assert np.all(with_it.mag[both] <= without.mag[both] + 1e-12)


@MODELS
def test_many_rows_are_few_rows_after_one_another(
    model: BrightnessModel, sky: Geometry, known: Satellites, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earthshine comes in portions; over 1000 rows there once were shapes for the first only."""
    which = model.applies(sky, known)
    lit = np.ones(np.count_nonzero(which))
    whole = model.mag_v(sky[which], known[which], sun_frac=lit, earthshine=True)
    monkeypatch.setattr("satvo.resources.brightness.model._ROWS_AT_ONCE", 7)
    parts = model.mag_v(sky[which], known[which], sun_frac=lit, earthshine=True)
    np.testing.assert_allclose(parts.mag, whole.mag, rtol=1e-12)


@MODELS
def test_nothing_known_is_not_guessed(model: BrightnessModel, sky: Geometry) -> None:
    assert not model.applies(sky, Satellites.of(len(sky))).any()
