"""Warm mirrors against astropy's black body, and the glow of OH."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import constants, units
from astropy.modeling.models import BlackBody
from satvo.resources.images.simulator.passbands import passband
from satvo.resources.images.simulator.scene_file import read_scene
from satvo.resources.images.simulator.special.infrared import thermal_photons, uneven_glow
from satvo.schemas.errors import BadParameter


@pytest.mark.parametrize("temperature", [77.0, 240.0, 290.0])
def test_a_warm_mirror_sends_what_planck_says(temperature: float) -> None:
    nm = np.linspace(1990.0, 2300.0, 200)
    through = np.interp(nm, [1990.0, 2050.0, 2250.0, 2300.0], [0.0, 0.9, 0.9, 0.0])
    made = thermal_photons(nm, through, temperature_k=temperature, emissivity=0.1)
    metres = nm * 1e-9
    nu = (constants.c / (nm * units.nm)).to(units.Hz)
    radiance = BlackBody(temperature * units.K)(nu).to(units.W / units.m**2 / units.Hz / units.sr)
    # Photons of each Hz, then of each metre of wavelength: |d nu / d lambda| = c / lambda**2.
    photons = radiance.value / (constants.h.value * nu.value) * constants.c.value / metres**2
    expected = 0.1 * np.trapezoid(photons * through, metres) * units.arcsec.to(units.rad) ** 2
    assert made == pytest.approx(expected, rel=1e-6)


def test_the_glow_is_even_on_the_mean_and_as_uneven_as_asked() -> None:
    fields = [
        uneven_glow((200, 160), np.random.default_rng(seed), scale_px=20.0, contrast=0.06)
        for seed in range(12)
    ]
    assert all(field.mean() == pytest.approx(1.0, abs=1e-12) for field in fields)
    assert all(field.min() > 0.0 for field in fields)
    # Root mean square over twelve skies; six waves of random phase leave 10 % of scatter.
    assert np.mean([field.std() for field in fields]) == pytest.approx(0.06, rel=0.1)
    again = uneven_glow((200, 160), np.random.default_rng(0), scale_px=20.0, contrast=0.06)
    assert np.array_equal(again, fields[0])


def test_what_cannot_be_is_refused() -> None:
    one = np.ones(2)
    with pytest.raises(BadParameter, match="temperature above 0"):
        thermal_photons(one, one, temperature_k=0.0, emissivity=0.1)
    with pytest.raises(BadParameter, match="emissivity from 0 to 1"):
        thermal_photons(one, one, temperature_k=280.0, emissivity=1.5)
    with pytest.raises(BadParameter, match="a scale above"):
        uneven_glow((5, 5), np.random.default_rng(1), scale_px=0.0)


def test_a_description_makes_the_sky_uneven_and_warm() -> None:
    text = """
    {telescope: {diameter: 4.1, focal_length: 12.07, obstruction: 0.4, observing_band: K, r_0: 0.55,
     transmission: 0.6, pointing: [10.0, 10.0]},
     detector: {resolution: [64, 48], pixel_size: 20, exposure_time: 10, photon_noise: false,
     bitdepth: none}, scene: {kind: simulated, stars: [], sky: {brightness: 14.9}, effects: %s}}"""

    def frame(effects: str) -> np.ndarray:
        plan = read_scene((text % effects).encode(), "warm")
        return np.asarray(plan.exposures(0)[0].counts, float)

    dark = frame("[]")
    glow = frame("[{kind: airglow, contrast: 0.1, scale_deg: 0.003}]")
    warm = frame("[{kind: warm_telescope, temperature: 290, emissivity: 0.2}]")
    assert glow.mean() == pytest.approx(dark.mean(), rel=1e-6)
    assert 0.05 < glow.std() / dark.mean() < 0.2
    band = passband("K")
    each = thermal_photons(band.wavelength_nm, band.response, temperature_k=290.0, emissivity=0.2)
    area = np.pi / 4 * 4.1**2 * (1 - 0.4**2)
    scale = 20e-6 / 12.07 * 648000 / np.pi
    assert (warm - dark).mean() == pytest.approx(each * area * scale**2 * 10.0, rel=1e-4)
