"""Sunlight of satellites in spectra of fibres, measured where the simulator knows the truth.

Fibres of 1.5 arcsec on an 8.2 m telescope for 900 s, 480 to 930 nm in 400 pixels (R = 300), sky of
21 mag/arcsec2 with airglow left in: the set-up of the test case `fibres` of the archive. The
simulator and the fit share the list of the Sun's lines, so one test changes their strengths.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from satvo.resources.images.simulator.detector import Detector
from satvo.resources.images.simulator.special.spectra import Crossing, Spectra, Spectrograph
from satvo.resources.images.simulator.special.sunlight import sunlight_photons
from satvo.resources.images.simulator.special.wavelengths import WavelengthAxis
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.images.simulator.telescope import Telescope
from satvo.resources.masks.spectra import Contamination, contamination, contaminations
from satvo.resources.masks.sunlight import sunlight_in
from satvo.schemas.errors import BadParameter

FIBRES = 60
GAIN = 1.6  # electrons a count
EFFICIENCY = 0.85
AXIS = WavelengthAxis(480.0, 930.0, 400, fwhm_nm=2.2)
SKY_FIBRE = 12, 5
MAGS = np.linspace(3.5, 8.0, 10)


def spectrograph(axis: WavelengthAxis = AXIS, airglow: float = 1.0) -> Spectrograph:
    telescope = Telescope(
        diameter=8.2, focal_length=120, obstruction=0.14, observing_band=(480.0, 930.0),
        transmission=0.2, r_0=0.18, pointing=(34.5, -5.2), observing_mode="seeing_limited",
    )  # fmt: skip
    detector = Detector(
        resolution=(axis.count, FIBRES), pixel_size=116.4, exposure_time=900,
        quantum_efficiency=EFFICIENCY, readout_noise_variance=9, bitdepth=None,
        sensitivity=1.0 / GAIN,
    )  # fmt: skip
    sky = Spectrum.ab(21.0)
    return Spectrograph(telescope, detector, axis, sky, airglow=airglow, camera_pixel_um=15.0)


@lru_cache(maxsize=8)
def exposure(seed: int) -> tuple[Spectra, Any, Any, tuple[int, ...], tuple[Contamination, ...]]:
    """Sixty fibres, over ten of which satellites of 3.5 to 8 mag pass at 1500 arcsec/s."""
    random = np.random.default_rng(seed)
    targets: list[Any] = []
    for number in range(FIBRES):
        kelvin, mag = random.uniform(3500.0, 8000.0), random.uniform(18.5, 22.0)
        sky_only = number % SKY_FIBRE[0] == SKY_FIBRE[1]
        targets.append(None if sky_only else Spectrum.blackbody(kelvin, mag=mag))
    hit = tuple(int(fibre) for fibre in random.choice(FIBRES, len(MAGS), replace=False))
    crossings = [
        Crossing(fibre, Spectrum.solar(mag=float(mag)), 1500.0, impact_arcsec=0.2)
        for fibre, mag in zip(hit, MAGS, strict=True)
    ]
    spectra = spectrograph().fibres(targets, 1.5, random, crossings=crossings)
    electrons = spectra.counts * GAIN
    error = np.sqrt(np.maximum(electrons, 1.0) + 9.0)
    told = contaminations(AXIS.centres_nm, electrons, error, fwhm_nm=2.2)
    return spectra, electrons, error, hit, told


SEEDS = range(101, 105)


def test_satellites_are_found_in_a_set_of_fibres() -> None:
    """All above 10 expected sigma, and none where none is: 40 crossings, 200 clean spectra."""
    strong = found = clean = alarms = 0
    for seed in SEEDS:
        spectra, _, _, hit, told = exposure(seed)
        for fibre, one in enumerate(told):
            lit = EFFICIENCY * spectra.satellite[fibre].mean()
            if fibre not in hit:
                clean += 1
                alarms += one.found
            elif lit > 10.0 * one.error:
                strong += 1
                found += one.found
    assert strong >= 12
    assert found == strong
    assert clean == len(SEEDS) * (FIBRES - len(MAGS))
    assert alarms == 0


def test_amplitudes_scatter_by_their_errors_about_the_truth() -> None:
    pulls = np.array([
        (one.amplitude - EFFICIENCY * spectra.satellite[fibre][one.used].mean()) / one.error
        for seed in SEEDS
        for spectra, _, _, hit, told in [exposure(seed)]
        for fibre, one in enumerate(told)
    ])  # fmt: skip
    # 240 spectra: the mean is known to 0.06 sigma; what they have in common is told with noise
    assert abs(pulls.mean()) < 0.35
    assert 0.9 < pulls.std() < 1.25


def test_the_share_of_bright_crossings_is_right_to_five_percent() -> None:
    off = []
    for seed in SEEDS:
        spectra, _, _, hit, told = exposure(seed)
        for fibre in hit:
            light = spectra.satellite[fibre], spectra.rest[fibre]
            true = light[0][told[fibre].used].sum() / sum(light)[told[fibre].used].sum()
            if told[fibre].snr > 20.0:
                off.append(told[fibre].fraction / true - 1.0)
    assert len(off) >= 8
    assert abs(np.mean(off)) < 0.05


def test_a_single_fibre_needs_a_clean_exposure_as_reference() -> None:
    """The same target once more: colour and lines count, so that the error is smaller."""
    random = np.random.default_rng(110)
    targets = [Spectrum.blackbody(4500.0, mag=20.0)]
    satellite = Crossing(0, Spectrum.solar(mag=5.5), 1500.0)
    maker = spectrograph()
    crossed = maker.fibres(targets, 1.5, random, crossings=[satellite])
    clean = maker.fibres(targets, 1.5, random)
    first, again = crossed.counts[0] * GAIN, clean.counts[0] * GAIN
    told = contamination(
        AXIS.centres_nm, first, np.sqrt(first + 9.0), fwhm_nm=2.2,
        reference=again, reference_error=np.sqrt(again + 9.0),
    )  # fmt: skip
    alone = contamination(AXIS.centres_nm, first, np.sqrt(first + 9.0), fwhm_nm=2.2)
    true = EFFICIENCY * crossed.satellite[0][told.used].mean()
    assert told.found
    assert abs(told.amplitude - true) < 3.0 * told.error < 1.5 * alone.error
    nothing = contamination(
        AXIS.centres_nm, again, np.sqrt(again + 9.0), fwhm_nm=2.2,
        reference=maker.fibres(targets, 1.5, random).counts[0] * GAIN,
    )  # fmt: skip
    assert not nothing.found


def test_a_star_like_the_sun_is_told_to_be_undetermined() -> None:
    """Alone it is taken for a satellite at this resolving power; by a reference it is not."""
    nm, random = AXIS.centres_nm, np.random.default_rng(111)
    twin = 2000.0 * sunlight_in(nm, 2.2)
    error = np.full(len(nm), 15.0)
    seen, again = (twin + random.normal(0.0, 15.0, len(nm)) for _ in range(2))
    assert contamination(nm, seen, error, fwhm_nm=2.2).found
    told = contamination(nm, seen, error, fwhm_nm=2.2, reference=again, reference_error=error)
    assert not told.found
    assert told.error == np.inf


def test_weak_sunlight_beside_a_reference_has_no_bias() -> None:
    """The noise of the reference does not look like sunlight: 40 pairs, a share of 5 percent."""
    nm, random = AXIS.centres_nm, np.random.default_rng(119)
    target = 1000.0 * np.exp((nm - 700.0) / 300.0)
    error = np.full(len(nm), 20.0)
    pulls = []
    for _ in range(40):
        seen, again = (target + random.normal(0.0, 20.0, len(nm)) for _ in range(2))
        seen += 50.0 * sunlight_in(nm, 2.2)
        told = contamination(nm, seen, error, fwhm_nm=2.2, reference=again, reference_error=error)
        lit = 50.0 * sunlight_in(nm, 2.2)[told.used].mean()
        pulls.append((told.amplitude - lit) / told.error)
    assert abs(np.mean(pulls)) < 0.5
    assert 0.7 < np.std(pulls) < 1.4


def test_a_star_that_moves_faster_than_a_satellite_is_none() -> None:
    axis = WavelengthAxis(480.0, 680.0, 2000, fwhm_nm=0.2)
    nm, random = axis.centres_nm, np.random.default_rng(112)
    sun = sunlight_photons(axis, Spectrum.solar())
    for velocity, is_satellite in ((8.0, True), (-180.0, False)):
        shifted = sunlight_in(nm, 0.2, velocity_km_s=velocity)
        seen = 1000.0 + 500.0 * shifted + random.normal(0.0, 5.0, len(nm))
        told = contamination(nm, seen, np.full(len(nm), 5.0), fwhm_nm=0.2)
        if is_satellite:
            assert told.found
            assert abs(told.velocity_km_s - velocity) < 4.0 * told.velocity_error_km_s < 20.0
        else:
            assert not told.found
    assert np.corrcoef(sun, sunlight_in(nm, 0.2))[0, 1] > 0.9999


def test_a_star_with_hydrogen_lines_alone_is_none() -> None:
    random = np.random.default_rng(113)
    width = 2.2 / 2.3548
    lines = sum(
        depth * np.exp(-0.5 * ((AXIS.centres_nm - at) / np.hypot(width, 0.6)) ** 2)
        for at, depth in ((486.27, 0.5), (656.46, 0.4))
    )
    seen = 3000.0 * (1.0 - lines) + random.normal(0.0, 20.0, AXIS.count)
    told = contamination(AXIS.centres_nm, seen, np.full(AXIS.count, 20.0), fwhm_nm=2.2)
    assert not told.found


@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_lines_of_other_strength_shift_the_share_by_as_much(factor: float) -> None:
    axis = WavelengthAxis(480.0, 700.0, 400, fwhm_nm=1.1)
    sun = sunlight_in(axis.centres_nm, 1.1)
    smooth = sunlight_in(axis.centres_nm, 40.0)
    other = smooth * (sun / smooth) ** factor
    seen = 1000.0 + 300.0 * other + np.random.default_rng(114).normal(0.0, 2.0, 400)
    told = contamination(axis.centres_nm, seen, np.full(400, 2.0), fwhm_nm=1.1)
    assert told.found
    assert told.amplitude / 300.0 == pytest.approx(factor, abs=0.05)


def test_counts_of_unknown_response_tell_the_share() -> None:
    """Half of the light at all wavelengths is sunlight, behind a response that falls by ten."""
    axis = WavelengthAxis(480.0, 680.0, 500, fwhm_nm=1.0)
    nm = axis.centres_nm
    response = np.exp(-((nm - 520.0) ** 2) / 2.0 / 75.0**2)
    half = sunlight_in(nm, 40.0)
    seen = 2000.0 * response * (half + sunlight_in(nm, 1.0))
    seen = seen + np.random.default_rng(115).normal(0.0, 3.0, len(nm))
    told = contamination(nm, seen, np.full(len(nm), 3.0), fwhm_nm=1.0, calibrated=False)
    assert told.found
    assert told.fraction == pytest.approx(0.5, abs=0.04)


def test_particles_and_missing_pixels_do_not_matter() -> None:
    nm, random = AXIS.centres_nm, np.random.default_rng(116)
    seen = 3000.0 + 1000.0 * sunlight_in(nm, 2.2) + random.normal(0.0, 10.0, len(nm))
    error = np.full(len(nm), 10.0)
    whole = contamination(nm, seen, error, fwhm_nm=2.2)
    seen[[50, 51, 170]] += 4000.0
    seen[200:210] = np.nan
    holed = contamination(nm, seen, error, fwhm_nm=2.2)
    assert holed.found
    assert not holed.used[[50, 51, 170, 205]].any()
    assert abs(holed.amplitude - whole.amplitude) < 2.0 * whole.error


def test_noise_is_measured_where_no_errors_are_given() -> None:
    nm, random = AXIS.centres_nm, np.random.default_rng(117)
    seen = 3000.0 + 1000.0 * sunlight_in(nm, 2.2) + random.normal(0.0, 10.0, len(nm))
    told = contamination(nm, seen, fwhm_nm=2.2)
    given = contamination(nm, seen, np.full(len(nm), 10.0), fwhm_nm=2.2)
    assert told.found
    assert told.error == pytest.approx(given.error, rel=0.3)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"wavelength_nm": np.linspace(900.0, 500.0, 100)}, "increase"),
        ({"wavelength_nm": np.linspace(500.0, 900.0, 99)}, "one length"),
        ({"flux": np.full(100, np.nan)}, "without noise"),
        ({"error": np.zeros(100)}, "above 0"),
        ({"reference": np.ones(7)}, "a reference of shape"),
        ({"leave_out": [(400.0, 1000.0)]}, "pixels of a spectrum to fit"),
        ({"wavelength_nm": np.linspace(100.0, 200.0, 100)}, "begins at 300 nm"),
    ],
    ids=["falling", "lengths", "empty", "no-error", "reference", "nothing-left", "ultraviolet"],
)
def test_what_is_no_spectrum_is_refused(changed: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {
        "wavelength_nm": np.linspace(500.0, 900.0, 100), "flux": np.linspace(1.0, 2.0, 100),
        "error": np.ones(100),
    }  # fmt: skip
    if "flux" in changed:
        given["error"] = None
    with pytest.raises(BadParameter, match=said):
        contamination(**{**given, **changed})


def test_few_spectra_are_measured_alone() -> None:
    nm, random = AXIS.centres_nm, np.random.default_rng(118)
    clean = 3000.0 + random.normal(0.0, 10.0, (3, len(nm)))
    clean[1] += 1000.0 * sunlight_in(nm, 2.2)
    told = contaminations(nm, clean, np.full(clean.shape, 10.0), fwhm_nm=2.2)
    assert [one.found for one in told] == [False, True, False]
