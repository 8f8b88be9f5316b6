"""SODA as a job: parts of data products, each a result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from satvo.resources.images.cutouts.asked import read_cut_outs
from satvo.resources.images.cutouts.cutout import MOST_BYTES, Product, cut_out, cut_picture
from satvo.resources.images.cutouts.parameters import FILTERS, FORMATS
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["MOST_PARTS", "PRODUCTS", "SEPARATOR", "is_with_masks", "picture_wanted", "run"]

PRODUCTS = "products.json"
"""Where the work folder tells of the products; their files are beside it."""

SEPARATOR = ";"
"""Between the values of a parameter that was given more than once."""

MOST_PARTS = 200
"""Results of one job."""


def run(
    parameters: Mapping[str, str],
    folder: Path,
    uploads: Path,
    progress: Callable[[float], object],
) -> list[dict[str, str]]:
    """Cut out every part of every product that is asked for (SODA 1.0, section 3.2).

    Parameters
    ----------
    parameters : mapping
        Those of `satvo.resources.images.cutouts.parameters`; several values of one have
        `SEPARATOR` between.
    folder : Path
        Has the products, by `satvo.resources.images.cutouts.build.prepare_cutouts`; gets the parts.
    uploads : Path
        Not read.
    progress : callable
        Told the fraction done.

    Returns
    -------
    list of dict
        A result for each part, in the order of the identifiers: ``result`` where there is one,
        ``cutout_1`` and so on for more. Of a part without a pixel the result is a line of text
        that begins with NoContent.

    Raises
    ------
    BadParameter, LimitExceeded
        For what cannot be done, naming it.
    """
    given = {name: text.split(SEPARATOR) for name, text in parameters.items()}
    wanted = read_cut_outs({name: given.get(name, []) for name in FILTERS})
    with_masks = is_with_masks(parameters.get("MASK"))
    as_picture = picture_wanted(parameters.get("RESPONSEFORMAT"))
    products = json.loads((folder / PRODUCTS).read_text("utf-8"))
    total = len(products) * len(wanted)
    if total > MOST_PARTS:
        raise LimitExceeded(f"{total} parts are asked for; one job cuts out {MOST_PARTS} at most")
    results = []
    for number, (about, asked) in enumerate(
        ((about, asked) for about in products for asked in wanted), 1
    ):
        name = "result" if total == 1 else f"cutout_{number}"
        file = folder / f"{name}.fits"
        cuts = cut_out(
            _product(about, folder), file, asked, most_bytes=MOST_BYTES, with_masks=with_masks
        )
        results.append(_result(name, file, about["did"], bool(cuts), as_picture))
        progress(number / total)
    for about in products:
        for each in (about, *about["masks"]):
            (folder / each["path"]).unlink(missing_ok=True)
    return results


def _result(name: str, file: Path, did: str, has_pixels: bool, as_picture: bool) -> dict[str, str]:
    if not has_pixels:
        text = file.with_suffix(".txt")
        text.write_text(f"NoContent: nothing of {did} is in the part\n", "utf-8")
        return {"id": name, "file": text.name, "media_type": "text/plain"}
    if not as_picture:
        return {"id": name, "file": file.name, "media_type": FORMATS[0]}
    picture = file.with_suffix(".png")
    cut_picture(file, picture)
    file.unlink()
    return {"id": name, "file": picture.name, "media_type": FORMATS[1]}


def _product(about: Mapping[str, Any], folder: Path) -> Product:
    masks = tuple(_product(mask, folder) for mask in about.get("masks", ()))
    return Product(about["did"], folder / about["path"], about["file_name"], about["known"], masks)


def is_with_masks(text: str | None) -> bool:
    """What MASK says; raises `BadParameter` for neither true nor false."""
    if (text or "false").lower() not in ("true", "1", "false", "0"):
        raise BadParameter(f"MASK={str(text)[:20]}: give true or false")
    return (text or "").lower() in ("true", "1")


def picture_wanted(text: str | None) -> bool:
    """Whether RESPONSEFORMAT asks for a picture; raises `BadParameter` for what is not known.

    Examples
    --------
    >>> picture_wanted("image/png"), picture_wanted("FITS"), picture_wanted(None)
    (True, False, False)
    """
    wanted = (text or FORMATS[0]).partition(";")[0].strip().lower()
    if wanted in ("image/png", "png"):
        return True
    if wanted in ("image/fits", "application/fits", "fits"):
        return False
    raise BadParameter(f"RESPONSEFORMAT={str(text)[:60]}: give one of {', '.join(FORMATS)}")
