"""The table `ivoa.obsplan`: planned observations (ObsLocTAP 1.0)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table
from satvo.schemas.errors import BadParameter

__all__ = [
    "CATEGORIES",
    "EXECUTION_STATUSES",
    "OBSPLAN",
    "PRIORITIES",
    "TRACKING_TYPES",
    "region_numbers",
]

CATEGORIES = ("Fixed", "Coordinated", "Window", "Other")
PRIORITIES = (0, 1, 2)
EXECUTION_STATUSES = ("Planned", "Scheduled", "Unscheduled", "Performed", "Aborted")
TRACKING_TYPES = ("Sidereal", "Solar-system-object-tracking", "Fixed-az-el-transit")

_SHAPES = ("POLYGON", "CIRCLE")

_TIME = "Char.TimeAxis.Coverage"
_PLACE = "Char.SpatialAxis.Coverage"


def region_numbers(text: str) -> tuple[str, list[float]]:
    """The shape and the numbers (deg) of a value of s_region.

    Parameters
    ----------
    text : str
        ``POLYGON ICRS ra dec ...`` or ``CIRCLE ICRS ra dec radius``; the frame may be missing, and
        numbers alone are a polygon, as DALI 1.1 writes one.

    Raises
    ------
    BadParameter
        If it is neither.

    Examples
    --------
    >>> region_numbers("Circle ICRS 10 -20 1.5")
    ('CIRCLE', [10.0, -20.0, 1.5])
    """
    words = text.upper().split()
    shape = words.pop(0) if words and words[0] in _SHAPES else "POLYGON"
    if words and words[0] == "ICRS":
        del words[0]
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    places = numbers[: 2 if shape == "CIRCLE" else None]
    inside = all(0 <= n <= 360 for n in places[::2]) and all(-90 <= n <= 90 for n in places[1::2])
    many = len(numbers) == 3 if shape == "CIRCLE" else len(numbers) >= 6 and len(numbers) % 2 == 0
    if not (inside and many and (shape != "CIRCLE" or 0 < numbers[2] <= 90)):
        raise BadParameter(
            f"s_region {text!r:.100}: give POLYGON ICRS and ra, dec of three vertices or more, or "
            "CIRCLE ICRS ra dec radius, in deg, from 0 to 360 and from -90 to 90"
        )
    return shape, numbers


def _standard(
    name: str, kind: sa.types.TypeEngine[Any], description: str, **about: Any
) -> sa.Column[Any]:
    return column(name, kind, description, std=True, **about)


OBSPLAN = published_table(
    "ivoa",
    "obsplan",
    "Observations planned, scheduled and done (ObsLocTAP 1.0), of the plans registered here. "
    "obs_id is exposure_id in satvo.transit, so that a join tells which satellites cross which "
    "of them.",
    _standard(
        "t_planning",
        sa.Double(),
        "When the observation came into the plan or was changed there: MJD in UTC",
        unit="d",
        nullable=False,
    ),
    _standard(
        "target_name",
        sa.String(),
        "Object observed, if any",
        ucd="meta.id;src",
        utype="Target.name",
        principal=True,
    ),
    _standard(
        "obs_id",
        sa.String(),
        "Identifier of the observation in its plan",
        ucd="meta.id",
        utype="DataID.observationID",
        key=True,
        principal=True,
    ),
    _standard(
        "obs_collection",
        sa.String(),
        "The plan that it belongs to, as it was named when it was registered",
        ucd="meta.id",
        utype="DataID.collection",
        key=True,
        principal=True,
    ),
    _standard(
        "s_ra",
        sa.Double(),
        "Right ascension of the centre, ICRS; null for an observation that has none",
        unit="deg",
        ucd="pos.eq.ra",
        utype=f"{_PLACE}.Location.Coord.Position2D.Value2.C1",
        coosys="ICRS",
        principal=True,
    ),
    _standard(
        "s_dec",
        sa.Double(),
        "Declination of the centre, ICRS",
        unit="deg",
        ucd="pos.eq.dec",
        utype=f"{_PLACE}.Location.Coord.Position2D.Value2.C2",
        coosys="ICRS",
        principal=True,
    ),
    _standard(
        "s_fov",
        sa.Double(),
        "Diameter of the field of view",
        unit="deg",
        ucd="phys.angSize;instr.fov",
        utype=f"{_PLACE}.Bounds.Extent.diameter",
        principal=True,
    ),
    _standard(
        "s_region",
        sa.String(),
        "Outline of the field: POLYGON ICRS and its vertices in deg, counter-clockwise, or CIRCLE "
        "ICRS with centre and radius, as in ObsCore; null where only s_fov is known",
        ucd="pos.outline;obs.field",
        utype=f"{_PLACE}.Support.Area",
        xtype="adql:REGION",
        coosys="ICRS",
    ),
    _standard(
        "s_resolution",
        sa.Double(),
        "Spatial resolution, full width at half maximum",
        unit="arcsec",
        ucd="pos.angResolution",
        utype="Char.SpatialAxis.Resolution.Refval.value",
    ),
    _standard(
        "t_min",
        sa.Double(),
        "Start: MJD in UTC; null while unscheduled. Of a category Window, its beginning",
        unit="d",
        ucd="time.start;obs.exposure",
        utype=f"{_TIME}.Bounds.Limits.StartTime",
        timesys="UTC TOPOCENTER",
        principal=True,
        indexed=True,
    ),
    _standard(
        "t_max",
        sa.Double(),
        "End: MJD in UTC; null while unscheduled",
        unit="d",
        ucd="time.end;obs.exposure",
        utype=f"{_TIME}.Bounds.Limits.StopTime",
        timesys="UTC TOPOCENTER",
        principal=True,
        indexed=True,
    ),
    _standard(
        "t_exptime",
        sa.Double(),
        "Total exposure time",
        unit="s",
        ucd="time.duration;obs.exposure",
        utype=f"{_TIME}.Support.Extent",
        principal=True,
    ),
    _standard(
        "t_resolution",
        sa.Double(),
        "Temporal resolution",
        unit="s",
        ucd="time.resolution",
        utype="Char.TimeAxis.Resolution.Refval.value",
    ),
    _standard(
        "em_min",
        sa.Double(),
        "Shortest wavelength",
        unit="m",
        ucd="em.wl;stat.min",
        utype="Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit",
    ),
    _standard(
        "em_max",
        sa.Double(),
        "Longest wavelength",
        unit="m",
        ucd="em.wl;stat.max",
        utype="Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit",
    ),
    _standard(
        "em_res_power",
        sa.Double(),
        "Spectral resolving power",
        ucd="spect.resolution",
        utype="Char.SpectralAxis.Resolution.ResolPower.refVal",
    ),
    _standard(
        "o_ucd",
        sa.String(),
        "UCD of what is measured, e.g. phot.count",
        ucd="meta.ucd",
        utype="Char.ObservableAxis.ucd",
    ),
    _standard(
        "pol_states",
        sa.String(),
        "Polarisation states, e.g. /I/Q/U/V/; null where there are none",
        ucd="meta.code;phys.polarization",
        utype="Char.PolarizationAxis.stateList",
    ),
    _standard(
        "pol_xel",
        sa.Integer(),
        "Number of polarisation states; null where there are none",
        ucd="meta.number",
        utype="Char.PolarizationAxis.numBins",
    ),
    _standard(
        "facility_name",
        sa.String(),
        "The observatory or telescope; where it is a site of satvo.observer, its facility_name",
        ucd="meta.id;instr.tel",
        utype="Provenance.ObsConfig.Facility.name",
        nullable=False,
        principal=True,
    ),
    _standard(
        "instrument_name",
        sa.String(),
        "The instrument",
        ucd="meta.id;instr",
        utype="Provenance.ObsConfig.Instrument.name",
        principal=True,
    ),
    _standard(
        "t_plan_exptime",
        sa.Double(),
        "Exposure time as it was planned",
        unit="s",
        ucd="time.duration;obs.exposure",
        utype=f"{_TIME}.Support.Extent",
    ),
    _standard(
        "category",
        sa.String(),
        f"One of {', '.join(CATEGORIES)}",
        nullable=False,
    ),
    _standard(
        "priority",
        sa.SmallInteger(),
        "0, 1 or 2, as the observatory ranks the observation",
        nullable=False,
    ),
    _standard(
        "execution_status",
        sa.String(),
        f"One of {', '.join(EXECUTION_STATUSES)}",
        nullable=False,
        principal=True,
    ),
    _standard(
        "tracking_type",
        sa.String(),
        f"One of {', '.join(TRACKING_TYPES)}",
        nullable=False,
    ),
    title="Planned observations",
    utype="ivo://ivoa.net/std/obsloctap#table-1.0",
    order_by=("t_min", "obs_id"),
)
