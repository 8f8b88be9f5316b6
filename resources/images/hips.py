"""What a HiPS of a collection of images says of itself.

References
----------
HiPS 1.0, sections 4.4.1 (properties) and 5.2 (the list of a server).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from satvo.schemas.hips import FORMATS, cell_side_deg

__all__ = ["TILE_WIDTH", "HipsFacts", "hips_properties", "order_for"]

TILE_WIDTH = 512
_ORDERS = (3, 12)
"""The least and the greatest that a HiPS of images goes to: pixels of 52 to 0.1 arcsec."""
_OPTICAL_M = (3e-7, 1e-6)


@dataclass(frozen=True, slots=True)
class HipsFacts:
    """What is told of a HiPS.

    Attributes
    ----------
    collection : str
        ``obs_collection`` of its images.
    mask : bool
        Whether it shows masks.
    count : int
        Of how many images it is.
    order : int
    scale_arcsec : float
        Of the finest image; NaN where none is known.
    spans : (float, float), (float, float)
        Of time, MJD in UTC, and of wavelength, m; NaN where not known.
    lon_deg, lat_deg, fov_deg : float
        Where a client looks first, ICRS.
    licences : sequence of str
    sky_fraction : float
        Of the sky that it covers.
    cut : (float, float) or None
        Range of values of the newest image.
    most_files : int
        A tile is drawn of so many images at most.
    """

    collection: str
    mask: bool
    count: int
    order: int
    scale_arcsec: float
    times: tuple[float, float]
    wavelengths: tuple[float, float]
    lon_deg: float
    lat_deg: float
    fov_deg: float
    licences: Sequence[str]
    sky_fraction: float
    cut: tuple[float, float] | None
    most_files: int


def order_for(scale_arcsec: float) -> int:
    """The order whose pixels are as fine as those of an image, within 3 to 12.

    Parameters
    ----------
    scale_arcsec : float
        Angle of a pixel; NaN: the least order.

    Examples
    --------
    >>> [order_for(scale) for scale in (200.0, 1.0, 0.2)]
    [3, 9, 12]
    """
    if not scale_arcsec > 0:
        return _ORDERS[0]
    wanted = math.log2(cell_side_deg(TILE_WIDTH.bit_length() - 1) * 3600 / scale_arcsec)
    return min(max(math.ceil(wanted), _ORDERS[0]), _ORDERS[1])


def hips_properties(
    facts: HipsFacts, *, identifier: str, url: str, released: datetime
) -> dict[str, str]:
    """The entries of the file ``properties``.

    Parameters
    ----------
    facts : HipsFacts
    identifier : str
        IVOID of the HiPS.
    url : str
        Where it is served.
    released : datetime
        When the newest of its images came, UTC.
    """
    what = "masks" if facts.mask else "images"
    moment = released.strftime("%Y-%m-%dT%H:%MZ")
    depth = TILE_WIDTH.bit_length() - 1
    cut = (0.0, 1.0) if facts.mask else facts.cut
    told = {
        "creator_did": identifier,
        "obs_collection": facts.collection,
        "obs_title": f"{facts.collection}: {what}",
        "obs_description": _description(facts, what),
        "obs_regime": _regime(facts.wavelengths),
        "obs_copyright": "; ".join(facts.licences),
        "prov_progenitor": f"ivoa.obscore WHERE obs_collection = '{facts.collection}'",
        **_span("t", facts.times, ".8f"),
        **_span("em", facts.wavelengths, ".4g"),
        "data_ucd": "meta.code.qual" if facts.mask else "phot.count",
        "hips_initial_ra": f"{facts.lon_deg:.6f}",
        "hips_initial_dec": f"{facts.lat_deg:.6f}",
        "hips_initial_fov": f"{min(180.0, max(2 * facts.fov_deg, 0.005)):.4g}",
        "hips_builder": "satvo",
        "hips_creator": "satvo",
        "hips_version": "1.4",
        "hips_creation_date": moment,
        "hips_release_date": moment,
        "hips_frame": "equatorial",
        "hips_order": str(facts.order),
        "hips_order_min": "0",
        "hips_tile_width": str(TILE_WIDTH),
        "hips_service_url": url,
        "hips_status": "public master clonableOnce",
        "hips_tile_format": " ".join(FORMATS),
        "hips_pixel_bitpix": "-32",
        "hips_pixel_cut": "" if cut is None else f"{cut[0]!r} {cut[1]!r}",
        "hips_pixel_scale": f"{cell_side_deg(facts.order + depth):.4g}",
        "s_pixel_scale": _number(facts.scale_arcsec / 3600, ".4g"),
        "hips_sampling": "nearest" if facts.mask else "bilinear",
        "hips_hierarchy": "max" if facts.mask else "mean",
        "moc_sky_fraction": f"{facts.sky_fraction:.4g}",
        "dataproduct_type": "image",
    }
    return {key: " ".join(value.split()) for key, value in told.items() if value}


def _description(facts: HipsFacts, what: str) -> str:
    return (
        f"The {facts.count} {what} of the collection {facts.collection}, drawn from their files as "
        "they are asked for. Where several overlap the newest is shown; a tile is drawn of the "
        f"newest {facts.most_files} at most. "
        + (
            "Pixels that are marked are red."
            if facts.mask
            else "In PNG each image has a range of its own; FITS has the values of the files."
        )
    )


def _regime(wavelengths: tuple[float, float]) -> str:
    low, high = wavelengths
    if math.isnan(low) or math.isnan(high):
        return "Optical"
    middle = (low + high) / 2
    if middle < _OPTICAL_M[0]:
        return "UV"
    if middle > 1e-3:
        return "Radio"
    return "Optical" if middle <= _OPTICAL_M[1] else "Infrared"


def _span(name: str, span: tuple[float, float], form: str) -> dict[str, str]:
    return {f"{name}_min": _number(span[0], form), f"{name}_max": _number(span[1], form)}


def _number(value: float, form: str) -> str:
    return "" if math.isnan(value) else format(value, form)
