"""The table `ivoa.obsplan`: planned observations (ObsLocTAP 1.0)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["CATEGORIES", "EXECUTION_STATUSES", "OBSPLAN", "PRIORITIES", "TRACKING_TYPES"]

CATEGORIES = ("Fixed", "Coordinated", "Window", "Other")
PRIORITIES = (0, 1, 2)
EXECUTION_STATUSES = ("Planned", "Scheduled", "Unscheduled", "Performed", "Aborted")
TRACKING_TYPES = ("Sidereal", "Solar-system-object-tracking", "Fixed-az-el-transit")

_TIME = "Char.TimeAxis.Coverage"
_PLACE = "Char.SpatialAxis.Coverage"


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
        nullable=False,
        principal=True,
        indexed=True,
    ),
    _standard(
        "obs_collection",
        sa.String(),
        "The plan that it belongs to, as it was named when it was registered",
        ucd="meta.id",
        utype="DataID.collection",
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
        sa.ARRAY(sa.Double()),
        "Outline of the field as a DALI polygon in ICRS, vertices counter-clockwise; null where "
        "only s_fov is known",
        ucd="pos.outline;obs.field",
        utype=f"{_PLACE}.Support.Area",
        xtype="polygon",
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
