"""From a received file to its columns: what the child found, what was told, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from satvo.ingest.confined.work import ConfinedLimits, work_on
from satvo.ingest.held import held_folder
from satvo.ingest.images.examined import Examined, Message
from satvo.ingest.images.folder import Received
from satvo.schemas.dataproduct import DATAPRODUCT, ITEMS
from satvo.schemas.errors import BadParameter, UnknownFormat
from satvo.schemas.obscore import OBSCORE, OBSERVED
from satvo.schemas.region_values import Circle, Polygon, parse_region

__all__ = ["LOADED", "ImageLimits", "examine_received"]

LOADED = ("satvo.ingest.images.ready",)
"""What is loaded before a child is forked that opens images."""

_FITS_ROLES = frozenset(("frame", "mask", "truthmask"))
_MASK_UCD = "meta.code.qual;instr.pixel"
_KINDS = {
    ".csv": "text/csv", ".tsv": "text/tab-separated-values", ".txt": "text/plain",
    ".tle": "text/plain", ".json": "application/json", ".ecsv": "application/x-ecsv",
    ".vot": "application/x-votable+xml", ".xml": "application/x-votable+xml",
    ".parquet": "application/vnd.apache.parquet", ".fits": "application/fits",
}  # fmt: skip
"""Media types of what is no image, by the ending of the name."""

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "site": ("site_lon", "site_lat", "site_height"), "wcs": ("s_region",), "start": ("t_min",),
    "duration": ("t_exptime",), "filter": ("filter_name",), "filter_url": ("filter_url",),
    "focal_length": ("focal_length",), "aperture": ("aperture",), "optics": ("optics",),
    "zero_point": ("zero_point",), "gain": ("gain",), "read_noise": ("read_noise",),
}  # fmt: skip
"""Columns that must be there for an item of ``missing`` not to be."""


@dataclass(frozen=True, slots=True)
class ImageLimits(ConfinedLimits):
    """What looking at one file may take.

    Attributes
    ----------
    most_bytes : int
        Of the images in it, uncompressed.
    """

    memory_bytes: int = 3 * 2**30
    most_bytes: int = 2**31


def examine_received(
    received: Received,
    name: str,
    told: Mapping[str, Any],
    *,
    authority: str,
    now: datetime,
    limits: ImageLimits,
) -> Examined:
    """The columns of a file that was received.

    Parameters
    ----------
    received : Received
    name : str
    told : mapping
        As `satvo.ingest.images.told.check_told` gives it.
    authority : str
    now : datetime
        UTC.
    limits : ImageLimits

    Raises
    ------
    BadParameter, LimitExceeded
        As `satvo.ingest.images.archive.ImageArchive.examine`.
    """
    role = told.get("role", "frame")
    if received.size == 0:
        raise UnknownFormat(f"{name}: is empty")
    if role in _FITS_ROLES:
        found, pictures = _looked_at(received, name, told, limits)
        ending = _fits_ending(received, name)
        media_type = "application/gzip" if ending.endswith(".gz") else "application/fits"
    else:
        found, pictures = {"obscore": {}, "dataproduct": {}, "messages": []}, []
        ending = Path(name).suffix.lower()
        if ending not in _KINDS:
            raise UnknownFormat(
                f"{name}: a file of role {role} ends with one of {', '.join(_KINDS)}"
            )
        media_type = _KINDS[ending]
    product_id = received.checksum[:16]
    identity = _identity(received, name, product_id, ending, media_type, authority)
    obscore, dataproduct = _columns(found, told, role)
    obscore["obs_id"] = obscore["obs_id"] or product_id
    obscore["obs_title"] = obscore["obs_title"] or _title(obscore, name)
    obscore |= {key: value for key, value in identity.items() if key in OBSCORE.c}
    dataproduct |= {key: value for key, value in identity.items() if key in DATAPRODUCT.c}
    dataproduct["ingest_date"] = now
    if pictures:
        dataproduct["preview_url"] = f"/previews/{product_id}.png"
        dataproduct["thumbnail_url"] = f"/previews/{product_id}_small.png"
    _place_by_region(obscore, told)
    missing = _missing(obscore, dataproduct, role)
    dataproduct["missing"] = None if missing is None else "#".join(missing)
    report = [Message(kind, text) for kind, text in found["messages"]]
    report += [Message("missing", item) for item in missing or ()]
    pair = (*pictures, None, None)
    return Examined(name, obscore, dataproduct, report, received, ending, pair[0], pair[1])


def _looked_at(
    received: Received, name: str, told: Mapping[str, Any], limits: ImageLimits
) -> tuple[dict[str, Any], list[bytes]]:
    about = {
        "name": name,
        "most_bytes": limits.most_bytes,
        "told": {key: told[key] for key in ("dataproduct_type", "role") if key in told},
    }
    with held_folder(received.path.parent) as folder:
        target = folder / "pictures"
        found = work_on(
            received.path, target, function="satvo.ingest.images.ready:read_image", about=about,
            name=name, limits=limits, modules=LOADED,
        )  # fmt: skip
        content = target.read_bytes()
    pictures = []
    for size in found["pictures"]:
        pictures.append(content[:size])
        content = content[size:]
    return found, pictures


def _fits_ending(received: Received, name: str) -> str:
    if received.head.startswith(b"\x1f\x8b"):
        return ".fits.gz"
    return ".fits.fz" if name.lower().endswith(".fz") else ".fits"


def _identity(
    received: Received, name: str, product_id: str, ending: str, media_type: str, authority: str
) -> dict[str, Any]:
    return {
        "obs_publisher_did": f"ivo://{authority}/images?{product_id}",
        "publisher_id": f"ivo://{authority}",
        "access_url": f"/files/{product_id}{ending}",
        "access_format": media_type,
        "access_estsize": max(1, round(received.size / 1000)),
        "product_id": product_id,
        "file_name": name,
        "media_type": media_type,
        "size_bytes": received.size,
        "checksum": received.checksum,
    }


def _columns(
    found: Mapping[str, Any], told: Mapping[str, Any], role: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What holds of every file, what was found in this one, what was told: the last word counts."""
    defaults: dict[str, Any] = {
        "data_source": OBSERVED, "data_rights": "public", "calib_level": 1,
    }  # fmt: skip
    if role == "frame":
        defaults["dataproduct_type"] = "image"
    elif role in _FITS_ROLES:
        defaults |= {
            "dataproduct_type": "image", "calib_level": 4, "o_ucd": _MASK_UCD,
            "dataproduct_subtype": "trailmask" if role == "mask" else role,
        }  # fmt: skip
    else:
        defaults |= {
            "dataproduct_type": "measurements", "dataproduct_subtype": role, "calib_level": 4,
        }  # fmt: skip
    whole = {**defaults, **found["obscore"], **found["dataproduct"], "role": role, **told}
    if role != "frame" and "o_ucd" not in told:
        whole["o_ucd"] = defaults.get("o_ucd")
    obscore = {str(col.name): whole.get(str(col.name)) for col in OBSCORE.columns}
    dataproduct = {str(col.name): whole.get(str(col.name)) for col in DATAPRODUCT.columns}
    return obscore, dataproduct


def _title(obscore: Mapping[str, Any], name: str) -> str:
    """A few words for people, of what is known."""
    by = obscore["facility_name"] or obscore["instrument_name"]
    words = [obscore["target_name"] or name, f"by {by}" if by else ""]
    return " ".join(word for word in words if word)


def _place_by_region(obscore: dict[str, Any], told: Mapping[str, Any]) -> None:
    """Where an outline was told, the middle and the diameter follow from it."""
    if "s_region" not in told:
        return
    from satvo.ingest.images.outlines import outline_of_region

    obscore |= outline_of_region(_region(told["s_region"])).columns()


def _region(text: str) -> Circle | Polygon:
    kind, *numbers = text.replace(",", " ").split()
    numbers = [each for each in numbers if each.upper() not in ("ICRS", "TOPOCENTER", "SPHERICAL2")]
    if kind.upper() not in ("POLYGON", "CIRCLE"):
        raise BadParameter(f"s_region={text[:60]}: give POLYGON or CIRCLE and numbers of degrees")
    region = parse_region(" ".join(numbers), kind.lower())
    if not isinstance(region, (Circle, Polygon)):
        raise BadParameter(f"s_region={text[:60]}: give POLYGON or CIRCLE and numbers of degrees")
    return region


def _missing(
    obscore: Mapping[str, Any], dataproduct: Mapping[str, Any], role: str
) -> list[str] | None:
    if role != "frame":
        return None
    known = {**obscore, **dataproduct}
    return [item for item in ITEMS if any(known.get(name) is None for name in _NEEDS[item])]
