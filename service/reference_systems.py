"""The COOSYS and TIMESYS elements that the FIELDs of a VOTable refer to."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree
from satvo.schemas.columns import Field

__all__ = ["reference_systems", "system_id"]

_SYSTEMS_1_4 = {
    "ICRS": "ICRS",
    "FK4": "eq_FK4",
    "FK5": "eq_FK5",
    "geo_app": "geo_app",
    "GALACTIC": "galactic",
}
"""The frames that VOTable 1.4 has a word for (section 3.1), by their word in 1.5."""


def reference_systems(fields: Iterable[Field], version: str) -> list[etree._Element]:
    """One element for each system that a field names.

    Parameters
    ----------
    fields : iterable of Field
    version : str
        1.4, whose COOSYS has a closed list of frames and no refposition; or 1.5.
    """
    found: dict[str, etree._Element] = {}
    for field in fields:
        tag, attributes = _system(field, version)
        if attributes:
            name = _id(attributes)
            found.setdefault(name, etree.Element(tag, {"ID": name, **attributes}))
    return list(found.values())


def system_id(field: Field, version: str) -> str:
    """The ID of the system that a FIELD refers to; empty where there is none to refer to.

    Examples
    --------
    >>> system_id(Field("epoch_mjd", "double", timesys="UTC GEOCENTER"), "1.4")
    'utc_geocenter_mjd_origin'
    >>> system_id(Field("az", "double", coosys="AZ_EL TOPOCENTER"), "1.4")
    ''
    """
    _, attributes = _system(field, version)
    return _id(attributes) if attributes else ""


def _id(attributes: dict[str, str]) -> str:
    return "_".join(attributes.values()).replace("-", "_").lower()


def _system(field: Field, version: str) -> tuple[str, dict[str, str]]:
    if field.coosys:
        return "COOSYS", _coosys(field.coosys, version)
    return "TIMESYS", _timesys(field) if field.timesys else {}


def _coosys(coosys: str, version: str) -> dict[str, str]:
    frame, _, position = coosys.partition(" ")
    if version == "1.4":
        return {"system": _SYSTEMS_1_4[frame]} if frame in _SYSTEMS_1_4 else {}
    return {"system": frame, **({"refposition": position} if position else {})}


def _timesys(field: Field) -> dict[str, str]:
    """Of a time written as a date TIMESYS must name no origin (VOTable 1.4, section 3.2)."""
    scale, position, *origin = field.timesys.split()
    about = {"timescale": scale, "refposition": position}
    if field.datatype not in ("char", "unicodeChar"):
        about["timeorigin"] = origin[0] if origin else "MJD-origin"
    return about
