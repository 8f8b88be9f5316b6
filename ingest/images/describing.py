"""Columns of ivoa.obscore and satvo.dataproduct from what a header says, nothing guessed."""

from __future__ import annotations

import re
from typing import Any

from satvo.ingest.images.bands import band_of, is_open
from satvo.ingest.images.sites import find_site
from satvo.ingest.images.synonyms import Found, Headers, number
from satvo.ingest.images.times import find_times

__all__ = ["Description", "describe"]

_INVERSE_GAIN = re.compile(r"\b(adu|dn|counts?)\s*(/|per)\s*(e|electrons?)\b", re.IGNORECASE)
_ZERO_POINTS = {"nanomaggy": 22.5, "nanomaggies": 22.5, "nmgy": 22.5, "maggy": 0.0, "jy": 8.9,
                "mjy": 16.4, "ujy": 23.9, "njy": 31.4}  # fmt: skip
"""AB magnitude of one unit, by the unit's definition (Oke & Gunn 1983; SDSS for the maggy)."""
_UCDS = (
    (r"(adu|dn|counts?|ct|electrons?|e-?|photons?|ph)", "phot.count"),
    (r"(adu|dn|counts?|ct|electrons?|e-?|photons?|ph)\s*(/\s*s(ec)?|s-1|s\^-1|s\*\*-1)",
     "arith.rate;phot.count"),
    (r"([munk]?jy|nano?magg(y|ies)|nmgy|maggy|erg.*(cm|m).*(hz|angstrom|a|nm).*|w.*m.*hz.*)",
     "phot.flux.density"),
    (r"[munk]?jy/beam", "phot.flux.density"),
    (r"mag.*arcsec.*", "phot.mag.sb"),
    (r"k", "phys.temperature"),
)  # fmt: skip
_SUBTYPES = {"bias": "bias", "zero": "bias", "dark": "dark", "flat": "flat", "dome flat": "flat",
             "sky flat": "flat", "flat field": "flat", "flatfield": "flat", "comp": "arc",
             "arc": "arc", "flat frame": "flat", "bias frame": "bias",
             "dark frame": "dark"}  # fmt: skip
_PHYSICAL = ("phot.flux.density", "phot.mag.sb", "phys.temperature")


class Description:
    """What is known of a file, as it grows.

    Attributes
    ----------
    obscore, dataproduct : dict
    messages : list of (str, str)
        Kind and text.
    """

    def __init__(self) -> None:
        self.obscore: dict[str, Any] = {}
        self.dataproduct: dict[str, Any] = {}
        self.messages: list[tuple[str, str]] = []

    def found(self, text: str) -> None:
        """Note what was found."""
        self.messages.append(("found", text))

    def doubt(self, text: str) -> None:
        """Note what is doubtful."""
        self.messages.append(("doubtful", text))


def describe(headers: Headers, about: Description) -> None:
    """Add what the headers say to what is known."""
    for column in ("facility_name", "instrument_name", "target_name", "obs_creator_name",
                   "proposal_id", "obs_id", "o_unit"):  # fmt: skip
        about.obscore[column] = headers.text(column)
    _add_times(headers, about)
    _add_site(headers, about)
    _add_filter(headers, about)
    _add_detector(headers, about)
    _add_values(headers, about)
    _add_optics(headers, about)


def _add_times(headers: Headers, about: Description) -> None:
    times = find_times(headers)
    about.obscore |= {"t_min": times.start, "t_max": times.end, "t_exptime": times.exposure_s}
    if times.start is not None:
        about.obscore["t_min"] = round(times.start, 10)
    if times.end is not None:
        about.obscore["t_max"] = round(times.end, 10)
    for text in times.found:
        about.found(text)
    for text in times.doubtful:
        about.doubt(text)


def _add_site(headers: Headers, about: Description) -> None:
    site = find_site(headers)
    about.dataproduct |= {
        "site_lon": site.lon_deg, "site_lat": site.lat_deg, "site_height": site.height_m,
    }  # fmt: skip
    for text in site.found:
        about.found(text)
    for text in site.doubtful:
        about.doubt(text)


def _add_filter(headers: Headers, about: Description) -> None:
    name = _filter_name(headers, about)
    if name is None:
        return
    about.dataproduct["filter_name"] = name
    band = band_of(name)
    if band is not None:
        about.obscore |= {"em_min": band[0], "em_max": band[1]}
        about.found(f"filter {name}, {band[0] * 1e9:.4g} to {band[1] * 1e9:.4g} nm by its name")
    elif is_open(name):
        about.found(f"no filter ({name})")
    else:
        about.found(f"filter {name}")
        about.doubt(f"the name {name} alone tells no band; tell em_min and em_max")


def _filter_name(headers: Headers, about: Description) -> str | None:
    for found in headers.all("filter"):
        if number(found.value) is not None:
            about.doubt(f"{found.keyword}={found.value} is a place in a wheel, not a filter")
            continue
        names = [str(found.value), *_more(headers, found)]
        real = [name for name in names if not is_open(name)]
        return "+".join(real) or names[0]
    return None


def _more(headers: Headers, found: Found) -> list[str]:
    values = (headers.get(key) for key in found.about.get("more", ()))
    return [str(value) for value in values if value is not None and number(value) is None]


def _add_detector(headers: Headers, about: Description) -> None:
    gain = headers.number("gain", above=0.0)
    for found in headers.all("gain"):
        if gain is None and number(found.value) is not None:
            about.doubt(f"{found.keyword}={found.value} is no gain")
    if gain is not None:
        value, found = gain
        if _INVERSE_GAIN.search(found.comment):
            about.dataproduct["gain"] = float(f"{1 / value:.9g}")
            about.doubt(f"{found.keyword} is in counts for an electron by its comment; inverted")
        else:
            about.dataproduct["gain"] = _of_amplifiers(headers, found, value, about)
        about.found(f"gain {about.dataproduct['gain']:g} ({found.keyword})")
    noise = headers.number("read_noise", above=0.0)
    if noise is not None:
        value = _of_amplifiers(headers, noise[1], noise[0], about)
        about.dataproduct["read_noise"] = value
        about.found(f"read noise {value:g} ({noise[1].keyword})")
    saturation = headers.number("saturation", above=0.0)
    if saturation is not None:
        about.dataproduct["saturation"] = saturation[0]


def _of_amplifiers(headers: Headers, found: Found, value: float, about: Description) -> float:
    """The mean of the amplifiers, where each has its own."""
    others = (number(headers.get(key)) for key in found.about.get("amplifiers", ()))
    values = [value, *(each for each in others if each is not None and each > 0)]
    if len(values) > 1:
        about.doubt(
            f"{found.keyword} and others differ by amplifier, "
            f"{min(values):g} to {max(values):g}; their mean is taken"
        )
    return float(f"{sum(values) / len(values):.9g}")


def _add_values(headers: Headers, about: Description) -> None:
    unit = about.obscore["o_unit"]
    plain = (unit or "").lower().replace(" ", "")
    ucd = next((ucd for form, ucd in _UCDS if unit and re.fullmatch(form, plain)), None)
    about.obscore["o_ucd"] = ucd
    if ucd in _PHYSICAL:
        about.obscore |= {"calib_level": 2, "o_calib_status": "absolute"}
        about.found(f"calibrated values, in {unit}")
    told = headers.number("zero_point")
    if told is not None:
        value, found = told
        about.dataproduct["zero_point"] = value
        system = re.search(r"\b(AB|Vega|ST)\b", found.comment, re.IGNORECASE)
        if system:
            about.dataproduct["zero_point_system"] = {"ab": "AB", "vega": "Vega", "st": "ST"}[
                system[1].lower()
            ]
        about.found(f"zero point {value:g} ({found.keyword})")
    elif plain in _ZERO_POINTS:
        about.dataproduct |= {"zero_point": _ZERO_POINTS[plain], "zero_point_system": "AB"}
        about.found(f"zero point {_ZERO_POINTS[plain]:g} AB, by the unit {unit}")
    kind = (headers.text("image_type") or "").lower()
    if kind in _SUBTYPES:
        about.obscore["dataproduct_subtype"] = _SUBTYPES[kind]


def _add_optics(headers: Headers, about: Description) -> None:
    for item in ("focal_length", "aperture"):
        told = headers.number(item, above=0.0)
        if told is not None:
            about.dataproduct[item] = float(f"{told[0]:.9g}")
            about.found(f"{item.replace('_', ' ')} {told[0]:g} m ({told[1].keyword})")
    about.dataproduct["optics"] = headers.text("optics")
