"""What the header of a simulated frame says beside its WCS."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from satvo.resources.images.simulator.backgrounds import Background
from satvo.resources.images.simulator.scene import Scene
from satvo.resources.images.simulator.sheet import Sheet
from satvo.resources.images.simulator.view import View
from satvo.schemas.moments import mjd_of

__all__ = ["cards_of", "composite_cards", "written_moment"]

Cards = dict[str, tuple[Any, str]]


def cards_of(scene: Scene, sheet: Sheet) -> Cards:
    """Of a frame: when, with what, and by which parameters it was made."""
    view = sheet.view
    cards: Cards = {
        "ORIGIN": ("satvo", "simulated, not observed"),
        "SCENE": (type(scene).__name__, "kind of scene"),
        **_times(view),
        "BUNIT": ("adu", ""),
    }
    cards |= _site(view.telescope) | _telescope(view.telescope) | _detector(sheet)
    if np.ndim(sheet.sky) == 0 and sheet.sky > 0.0:
        area = view.pixel_arcsec**2
        cards["SKYMAG"] = (
            round(float(sheet.mag(sheet.sky / area)), 4), "[mag/arcsec2] AB, of the sky"
        )  # fmt: skip
    return cards | _told(scene, sheet)


def _times(view: View) -> Cards:
    end = view.start + timedelta(seconds=view.exposure_s)
    return {
        "TIMESYS": ("UTC", ""),
        "DATE-OBS": (written_moment(view.start), "start"),
        "MJD-OBS": (mjd_of(view.start), "[d] start"),
        "DATE-END": (written_moment(end), "end"),
        "MJD-END": (mjd_of(end), "[d] end"),
        "EXPTIME": (view.exposure_s, "[s]"),
        "FRAMENO": (view.number, "in its series, from 0"),
    }


def _told(scene: Scene, sheet: Sheet) -> Cards:
    """What is in the frame."""
    stars = sum(each["kind"] == "star" for each in sheet.objects)
    cards: Cards = {
        "NSTARS": (stars, "stars drawn in the frame"),
        "NTRAILS": (len(sheet.trails), "satellite trails in the frame"),
        "MASKFWHM": (scene.mask_width, "width of trails in the truth mask, FWHM"),
    }
    if scene.drift is not None:
        cards["DRIFT"] = (scene.drift[0], "[arcsec/s] of the stars over the detector")
        cards["DRIFTPA"] = (scene.drift[1], "[deg] position angle of that")
    for number, trail in enumerate(sheet.trails[:9], 1):
        cards[f"TRLMAG{number}"] = (round(trail.mag, 4), "[mag] AB, of the satellite")
        cards[f"TRLLEN{number}"] = (round(trail.length_px, 3), "[pix] length in the frame")
        if np.isfinite(trail.snr_avg):
            cards[f"TRLSNR{number}"] = (round(trail.snr_avg, 4), "mean S/N of its pixels")
    return cards


def composite_cards(scene: Scene, sheet: Sheet, background: Background) -> Cards:
    """Of a frame on a real image: its own header, then what is known of what was added."""
    view = sheet.view
    zero = 2.5 * np.log10(sheet.zero_rate * view.exposure_s / background.gain)
    cards: Cards = {
        **background.cards,
        "SCENE": (type(scene).__name__, "kind of scene"),
        **_times(view),
        "BUNIT": ("adu", ""),
        "GAIN": (background.gain, "[electron/adu]"),
        "MAGZERO": (round(float(zero), 4), "magnitude of one adu in the exposure"),
        "MAGSYS": ("AB", ""),
        "SIMULATE": (True, "satellite trails were added to this image"),
    }
    if np.isfinite(background.full):
        cards["SATURATE"] = (background.full, "[adu]")
    return cards | _told(scene, sheet)


def written_moment(moment: datetime) -> str:
    """An instant to the microsecond, or the millisecond where it has no more.

    Examples
    --------
    >>> written_moment(datetime(2026, 1, 2, 3, 4, 5, 150))
    '2026-01-02T03:04:05.000150'
    """
    return moment.isoformat(
        timespec="microseconds" if moment.microsecond % 1000 else "milliseconds"
    )


def _site(telescope: Any) -> Cards:
    site = getattr(telescope, "site", None)
    if isinstance(site, str):
        from satvo.resources.ephemeris.sites import find_site

        site = find_site(site)
    if site is None or not hasattr(site, "lon_deg"):
        return {}
    return {
        "SITELONG": (round(site.lon_deg, 6), "[deg] WGS84, east positive"),
        "SITELAT": (round(site.lat_deg, 6), "[deg] WGS84"),
        "SITEELEV": (round(site.height_m, 1), "[m] above the ellipsoid"),
    }


def _telescope(telescope: Any) -> Cards:
    cards: Cards = {
        "FOCALLEN": (round(telescope.focal_length * 1e3, 3), "[mm]"),
        "APTDIA": (round(telescope.diameter * 1e3, 3), "[mm]"),
        "FILTER": (str(telescope.observing_band), "observing band"),
        "OBSMODE": (telescope.observing_mode, "where the point spread comes from"),
    }
    if telescope.r_0 is not None:
        cards["FRIED"] = (telescope.r_0, "[m] Fried parameter at the band's wavelength")
    return cards


def _detector(sheet: Sheet) -> Cards:
    detector = sheet.view.detector
    electrons = sheet.efficiency * sheet.zero_rate * sheet.view.exposure_s
    zero = 2.5 * np.log10(electrons * detector.sensitivity)
    cards: Cards = {
        "GAIN": (1.0 / detector.sensitivity, "[electron/adu]"),
        "RDNOISE": (round(float(np.sqrt(detector.readout_noise_variance)), 6), "[electron]"),
        "DARKCUR": (detector.dark_current, "[electron/s]"),
        "QE": (detector.quantum_efficiency, "[electron/photon]"),
        "OFFSET": (detector.offset, "[adu] of no light"),
        "PIXSIZE1": (detector.pixel_size, "[um]"),
        "PIXSIZE2": (detector.pixel_size, "[um]"),
        "MAGZERO": (round(float(zero), 4), "magnitude of one adu in the exposure"),
        "MAGSYS": ("AB", ""),
        "CALIBRAT": ("raw", ""),
    }
    if detector.bitdepth is not None:
        cards["BITDEPTH"] = (detector.bitdepth, "")
    cards["SATURATE"] = (_saturation(detector), "[adu]")
    if detector.bayer_order:
        cards["BAYERPAT"] = (detector.bayer_order, "filters of the pixels")
    return cards


def _saturation(detector: Any) -> float:
    ends = []
    if detector.bitdepth is not None:
        ends.append(2.0**detector.bitdepth - 1.0)
    if getattr(detector, "full_well", None) is not None:
        ends.append(detector.full_well * detector.sensitivity + detector.offset)
    return float(min(ends)) if ends else 1e30
