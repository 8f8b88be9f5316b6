"""The frame of the archive that trails are drawn into, read by a confined child."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.ingest.confined.work import ConfinedLimits, work_on

if TYPE_CHECKING:
    from astropy.io.fits import Header
    from satvo.resources.images.simulator.backgrounds import Background

__all__ = ["background_of", "read_base", "take_image"]

_LOADED = ("satvo.resources.images.simulator.base_frame", "satvo.ingest.images.units")
_MOST_HEADER = 40_000
"""Characters of a header that are handed on: 500 cards."""
_OF_STRUCTURE = (
    "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "EXTEND", "PCOUNT", "GCOUNT", "GROUPS", "END",
    "EXTNAME", "EXTVER", "CD1_", "CD2_", "PC1_", "PC2_", "CDELT", "CROTA", "CTYPE", "CUNIT",
    "CRPIX", "CRVAL", "A_", "B_", "AP_", "BP_", "PV1_", "PV2_", "ZIMAGE", "ZCMP", "ZNAXIS",
    "ZTILE", "ZBITPIX",
)  # fmt: skip
"""How keywords begin that say how the file is built, or where its pixels are on the sky."""
_LEFT_OUT = ("COMMENT", "HISTORY", "", "CHECKSUM", "DATASUM", "BZERO", "BSCALE", "BLANK")


def read_base(
    source: Path, name: str, folder: Path, *, most_pixels: int
) -> tuple[NDArray[Any], Header]:
    """The pixels and the header of the first image in a FITS file.

    Parameters
    ----------
    source : Path
    name : str
        What messages call it.
    folder : Path
        Where the pixels are put on their way.
    most_pixels : int

    Returns
    -------
    (ndarray (rows, columns), Header)
        Pixels in the machine's byte order, scaled as the file says; NaN where it has none. The
        header has the cards of the primary header too, and no comments.

    Raises
    ------
    BadParameter, LimitExceeded
        If the file is damaged, has no image of two axes, or a larger one.
    """
    from astropy.io.fits import Header

    target = folder / "base.npy"
    told = work_on(
        source,
        target,
        function="satvo.resources.images.simulator.base_frame:take_image",
        about={"name": name, "most_pixels": most_pixels},
        name=name,
        limits=ConfinedLimits(memory_bytes=3 << 30),
        modules=_LOADED,
    )
    pixels = np.load(target, allow_pickle=False)
    target.unlink()
    return pixels, Header.fromstring(told["header"], sep="\n")


def background_of(pixels: NDArray[Any], header: Header, known: Mapping[str, Any]) -> Background:
    """The frame as composite scenes take it.

    Parameters
    ----------
    pixels, header
        As `read_base` gives them.
    known : mapping
        ``gain``, ``saturation`` and ``zero_point`` of satvo.dataproduct; None where not known.

    Returns
    -------
    Background
        Without a gain that is known a count is taken for an electron; without a zero point
        telescope and detector tell how bright a satellite is.
    """
    import warnings

    from astropy.wcs import WCS, FITSFixedWarning
    from satvo.resources.images.simulator.backgrounds import Background

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        wcs = WCS(header).celestial
        own = set(wcs.to_header(relax=True)) if wcs.has_celestial else set()
    cards = {
        card.keyword: (card.value, card.comment)
        for card in header.cards
        if card.keyword not in own and not card.keyword.startswith(_OF_STRUCTURE)
    }
    return Background(
        pixels,
        known["gain"] or 1.0,
        wcs if wcs.has_celestial else None,
        known["saturation"],
        known["zero_point"],
        cards=cards,
    )


def take_image(about: Mapping[str, Any], source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Write the first image as an array of numpy; what the child does.

    Parameters
    ----------
    about : mapping
        ``name`` and ``most_pixels``.
    source, target : file

    Returns
    -------
    dict
        ``header``: its cards, one a line.
    """
    from satvo.ingest.images.units import chips, open_units
    from satvo.schemas.errors import BadParameter, LimitExceeded

    name = str(about["name"])
    with open_units(source, name, most_bytes=int(about["most_pixels"]) * 16) as units:
        images = [unit for unit in chips(units) if len(unit.shape) == 2]
        if not images:
            raise BadParameter(f"{name}: has no image of two axes that trails could be drawn into")
        first = images[0]
        if first.shape[0] * first.shape[1] > about["most_pixels"]:
            raise LimitExceeded(
                f"{name}: {first.shape[1]} x {first.shape[0]} pixels; {about['most_pixels']} are "
                "accepted at most"
            )
        data = np.asarray(first.hdu.data).reshape(first.shape)
        pixels = data.astype(data.dtype.newbyteorder("="), copy=False)
        cards = _cards(first.whole[0].header) | _cards(first.header)
        np.save(target, pixels, allow_pickle=False)
    text = "\n".join(cards.values())
    if len(text) > _MOST_HEADER:
        raise LimitExceeded(f"{name}: its header has more than {_MOST_HEADER} characters")
    return {"header": text}


def _cards(header: Any) -> dict[str, str]:
    return {
        card.keyword: str(card.image)
        for card in header.cards
        if card.keyword not in _LEFT_OUT and len(card.image) == 80
    }
