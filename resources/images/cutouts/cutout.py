"""Parts of the files of the archive, cut out by confined child processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from satvo.ingest.confined.work import ConfinedLimits, work_on
from satvo.resources.images.cutouts.asked import CutOut

__all__ = ["MOST_BYTES", "MOST_BYTES_AT_ONCE", "Product", "cut_out", "cut_picture"]

MOST_BYTES_AT_ONCE = 1 << 28
"""Bytes of a part that is cut out while the client waits."""

MOST_BYTES = 1 << 31
"""Bytes of a part that a job cuts out."""

_LOADED = ("satvo.resources.images.cutouts.cutting", "satvo.resources.images.cutouts.picture")


@dataclass(frozen=True, slots=True)
class Product:
    """A file that is cut out of, and what ivoa.obscore says of it.

    Attributes
    ----------
    did : str
        Its obs_publisher_did.
    path : Path
    file_name : str
        What it was called where it came from.
    known : mapping
        ``em_min``, ``em_max``, ``t_min``, ``t_max`` and ``pol_states``; None where not known.
    masks : tuple of Product
        Masks made of it.
    """

    did: str
    path: Path
    file_name: str
    known: Mapping[str, Any] = field(default_factory=dict)
    masks: tuple[Product, ...] = ()


def cut_out(
    product: Product, target: Path, asked: CutOut, *, most_bytes: int, with_masks: bool = False
) -> list[dict[str, Any]]:
    """Write the part of a product that is asked for as FITS.

    Parameters
    ----------
    product : Product
    target : Path
        Not made where nothing of the product is in the part.
    asked : CutOut
    most_bytes : int
        Of the part.
    with_masks : bool
        Whether the same part of each of its masks follows as an extension called MASK, MASK2, ...:
        by the same pixels where the mask has as many as the frame, by the same region of the sky
        where not.

    Returns
    -------
    list of dict
        For each unit of the product that was cut: ``unit``, ``name``, ``sizes`` and ``box``, first
        and last pixel of each axis, from 1. Empty where nothing is in the part.

    Raises
    ------
    BadParameter
        If the file cannot be read or cut like this.
    LimitExceeded
        If the part is too large, or takes too long.
    """
    cuts = _cut(product, target, asked, most_bytes=most_bytes)
    if not cuts:
        target.unlink()
        return []
    for number, mask in enumerate(product.masks if with_masks else (), 1):
        piece = target.with_name(f"{target.name}.mask")
        try:
            _cut(
                mask, piece, asked, most_bytes=most_bytes, like=cuts,
                extname="MASK" if number == 1 else f"MASK{number}",
            )  # fmt: skip
            with target.open("ab") as whole:
                whole.write(piece.read_bytes())
        finally:
            piece.unlink(missing_ok=True)
    return cuts


def _cut(
    product: Product,
    target: Path,
    asked: CutOut,
    *,
    most_bytes: int,
    like: Sequence[Mapping[str, Any]] = (),
    extname: str = "",
) -> list[dict[str, Any]]:
    answer = work_on(
        product.path,
        target,
        function="satvo.resources.images.cutouts.cutting:cut",
        about={
            "asked": asked.about(),
            "did": product.did,
            "known": dict(product.known),
            "most_bytes": most_bytes,
            "like": list(like),
            "as_extensions": bool(extname),
            "extname": extname,
        },
        name=product.file_name[:100],
        limits=ConfinedLimits(file_bytes=most_bytes + (1 << 24)),
        modules=_LOADED,
    )
    cuts: list[dict[str, Any]] = answer["cuts"]
    return cuts


def cut_picture(source: Path, target: Path) -> None:
    """Write a picture, as PNG, of what `cut_out` wrote.

    Raises
    ------
    BadParameter
        If there is nothing in it that could be shown.
    """
    work_on(
        source,
        target,
        function="satvo.resources.images.cutouts.picture:draw",
        about={},
        name="the part",
        limits=ConfinedLimits(),
        modules=_LOADED,
    )
