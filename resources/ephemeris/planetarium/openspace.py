"""An OpenSpace asset and the elements beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from satvo.resources.ephemeris.planetarium.members import LeftOut, Member
from satvo.schemas.errors import BadParameter
from satvo.schemas.gp import ElementSet

__all__ = ["openspace_asset", "openspace_omm"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")

_ASSET = """\
-- {count} satellites; the elements are in {file} beside this asset.
local transforms = asset.require("scene/solarsystem/planets/earth/transforms")

local elements = asset.resource("{file}")

local Satellites = {{
  Identifier = "{identifier}",
  Parent = transforms.EarthInertial.Identifier,
  Renderable = {{
    Type = "RenderableOrbitalKepler",
    Path = elements,
    Format = "OMM",
    SegmentQuality = 3,
    Color = {{ 0.75, 0.75, 0.35 }},
    TrailFade = 15,
    PointSizeExponent = 5.0,
    RenderBinMode = "PostDeferredTransparent"
  }},
  Tag = {{ "earth_satellites" }},
  GUI = {{
    Name = "{identifier}",
    Path = "/Solar System/Planets/Earth/Satellites"
  }}
}}

asset.onInitialize(function()
  openspace.addSceneGraphNode(Satellites)
end)

asset.onDeinitialize(function()
  openspace.removeSceneGraphNode(Satellites)
end)

asset.export(Satellites)

asset.meta = {{
  Name = "Satellites: {identifier}",
  Description = "Mean elements of {count} satellites, exported by satvo",
  Author = "satvo",
  License = "Element sets belong to their providers"
}}
"""


def openspace_asset(identifier: str, file: str, count: int) -> str:
    """The Lua of an asset that shows the satellites of an OMM file beside it.

    Parameters
    ----------
    identifier : str
        A letter, then letters, digits and underscores, 63 in all; names the node of the scene.
    file : str
        Name of the OMM file.

    Raises
    ------
    BadParameter
        If the identifier is none, or the name would need quoting in Lua.
    """
    if _NAME.fullmatch(identifier) is None:
        raise BadParameter(
            f"identifier {identifier[:40]!a}: a letter and up to 62 letters, digits and _ "
            "are accepted"
        )
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", file) is None:
        raise BadParameter(f"file {file[:40]!a}: letters, digits, _ . and - are accepted")
    return _ASSET.format(identifier=identifier, file=file, count=count)


def openspace_omm(members: Iterable[Member], left_out: list[LeftOut]) -> Iterator[str]:
    """OMM messages in keyword = value notation one after the other, as OpenSpace reads them.

    Any catalogue number has its place. SGP4-XP elements are left out: OpenSpace draws the Kepler
    ellipse of mean elements, which theirs are not.
    """
    for member in members:
        if member.elements.mean_element_theory != "SGP4":
            reason = f"its theory is {member.elements.mean_element_theory}; SGP4 can be drawn"
            left_out.append(LeftOut(member.elements.norad_id, reason))
            continue
        yield _message(member.name, member.elements)


def _message(name: str, es: ElementSet) -> str:
    values = {
        "CCSDS_OMM_VERS": "2.0",
        "CREATION_DATE": (es.creation_date or es.epoch).isoformat(),
        "ORIGINATOR": es.originator or "UNKNOWN",
        "OBJECT_NAME": name,
        "OBJECT_ID": es.object_id or "UNKNOWN",
        "CENTER_NAME": "EARTH",
        "REF_FRAME": "TEME",
        "TIME_SYSTEM": "UTC",
        "MEAN_ELEMENT_THEORY": "SGP4",
        "EPOCH": es.epoch.isoformat(timespec="microseconds"),
        "MEAN_MOTION": es.mean_motion,
        "ECCENTRICITY": _plain(es.eccentricity),
        "INCLINATION": es.inclination,
        "RA_OF_ASC_NODE": es.ra_of_asc_node,
        "ARG_OF_PERICENTER": es.arg_of_pericenter,
        "MEAN_ANOMALY": es.mean_anomaly,
        "EPHEMERIS_TYPE": 0,
        "CLASSIFICATION_TYPE": es.classification_type or "U",
        "NORAD_CAT_ID": es.norad_id,
        "ELEMENT_SET_NO": es.element_set_no or 0,
        "REV_AT_EPOCH": es.rev_at_epoch or 0,
        "BSTAR": es.bstar,
        "MEAN_MOTION_DOT": es.mean_motion_dot,
        "MEAN_MOTION_DDOT": es.mean_motion_ddot,
    }
    return "".join(f"{keyword} = {value}\n" for keyword, value in values.items()) + "\n"


def _plain(value: float) -> str:
    """Without an exponent, which simple readers of eccentricities do not expect."""
    return f"{value:.12f}".rstrip("0") + ("0" if value in (0.0, 1.0) else "")
