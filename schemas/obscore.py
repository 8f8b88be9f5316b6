"""The table `ivoa.obscore`: every data product of the archive (ObsCore 1.1)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["ARTIFICIAL", "DATAPRODUCT_TYPES", "OBSCORE", "OBSERVED"]

DATAPRODUCT_TYPES = (
    "image", "cube", "spectrum", "sed", "timeseries", "visibility", "event", "measurements",
)  # fmt: skip
"""Values of ``dataproduct_type`` (ObsCore 1.1, section 3.3.1)."""

OBSERVED, ARTIFICIAL = "observation", "artificial"
"""Values of ``data_source``, in words of the IVOA vocabulary data-source."""

_PLACE = "Char.SpatialAxis"
_TIME = "Char.TimeAxis"
_SPECTRUM = "Char.SpectralAxis"
_CONFIGURATION = "Provenance.ObsConfig"


def _c(
    name: str,
    kind: sa.types.TypeEngine[Any],
    utype: str,
    ucd: str,
    description: str,
    unit: str = "",
    **about: Any,
) -> sa.Column[Any]:
    return column(
        name, kind, description, unit=unit, ucd=ucd, utype=f"obscore:{utype}", std=True, **about
    )


_CALIBRATED = "uncalibrated, raw, calibrated"

OBSCORE = published_table(
    "ivoa",
    "obscore",
    "Images, cubes, spectra, masks and catalogues of the archive (ObsCore 1.1), observed and "
    "simulated. What is known of each file beyond this is in satvo.dataproduct, the trails in it "
    "are in satvo.trail, and the test suite that it belongs to is in satvo.testcase.",
    _c(
        "dataproduct_type", sa.String(), "ObsDataset.dataProductType", "meta.code.class",
        f"What it is: {', '.join(DATAPRODUCT_TYPES)}; null for what is none of these",
        principal=True,
    ),
    _c(
        "dataproduct_subtype", sa.String(), "ObsDataset.dataProductSubtype", "meta.code.class",
        "More precisely: trailmask, truthmask, truthcatalogue, difference, ...; null for a plain "
        "frame",
    ),
    _c(
        "calib_level", sa.SmallInteger(), "ObsDataset.calibLevel", "meta.code;obs.calib",
        "0 raw, in the instrument's form; 1 raw, in a standard form; 2 calibrated; 3 products made "
        "of several; 4 results of analysis",
        nullable=False, principal=True,
    ),
    _c(
        "target_name", sa.String(), "Target.Name", "meta.id;src", "Object observed, if any",
        principal=True,
    ),
    _c("target_class", sa.String(), "Target.Class", "src.class", "Class of the object"),
    _c(
        "obs_id", sa.String(), "DataID.observationID", "meta.id",
        "The observation it comes from; products of one observation share it",
        nullable=False, principal=True, indexed=True,
    ),
    _c(
        "obs_title", sa.String(), "DataID.Title", "meta.title;obs", "A short title for people",
        principal=True,
    ),
    _c(
        "obs_collection", sa.String(), "DataID.Collection", "meta.id",
        "The collection it belongs to", nullable=False, principal=True,
    ),
    _c(
        "obs_creation_date", sa.DateTime(), "DataID.Date", "time;meta.dataset",
        "When the file was made (UTC)",
    ),
    _c(
        "obs_creator_name", sa.String(), "DataID.Creator", "meta.id",
        "Who made it, as it asks to be named",
    ),
    _c("obs_creator_did", sa.String(), "DataID.CreatorDID", "meta.id",
       "Identifier that its creator gave it"),
    _c(
        "obs_release_date", sa.DateTime(), "Curation.releaseDate", "time.release",
        "When it became public (UTC)",
    ),
    _c(
        "obs_publisher_did", sa.String(), "Curation.PublisherDID", "meta.ref.ivoid",
        "Identifier of the data product here; /datalink/links?ID= tells what belongs to it",
        key=True, principal=True,
    ),
    _c("publisher_id", sa.String(), "Curation.PublisherID", "meta.ref.ivoid",
       "Identifier of this service"),
    _c("bib_reference", sa.String(), "Curation.Reference", "meta.bib.bibcode",
       "Bibcode or DOI of what to cite"),
    _c(
        "data_rights", sa.String(), "Curation.Rights", "meta.code",
        "public, secure or proprietary; the licence is in satvo.dataproduct",
    ),
    _c(
        "access_url", sa.String(), "Access.Reference", "meta.ref.url", "Where to get it",
        base="service", principal=True,
    ),
    _c(
        "access_format", sa.String(), "Access.Format", "meta.code.mime", "Its media type",
        principal=True,
    ),
    _c(
        "access_estsize", sa.BigInteger(), "Access.Size", "phys.size;meta.file",
        "Its size, in units of 1000 bytes", "kbyte", principal=True,
    ),
    _c(
        "s_ra", sa.Double(), f"{_PLACE}.Coverage.Location.Coord.Position2D.Value2.C1",
        "pos.eq.ra",
        "Right ascension of the middle of s_region, ICRS; null where the WCS is not known", "deg",
        coosys="ICRS", principal=True, indexed=True,
    ),
    _c(
        "s_dec", sa.Double(), f"{_PLACE}.Coverage.Location.Coord.Position2D.Value2.C2",
        "pos.eq.dec", "Declination of the middle of s_region, ICRS", "deg",
        coosys="ICRS", principal=True, indexed=True,
    ),
    _c(
        "s_fov", sa.Double(), f"{_PLACE}.Coverage.Bounds.Extent.diameter",
        "phys.angSize;instr.fov",
        "Diameter of a circle around (s_ra, s_dec) that holds s_region", "deg", principal=True,
    ),
    _c(
        "s_region", sa.String(), f"{_PLACE}.Coverage.Support.Area", "pos.outline;obs.field",
        "Outline on the sky, ICRS: POLYGON and vertices, counter-clockwise, or CIRCLE, deg",
        xtype="adql:REGION", coosys="ICRS", principal=True, disc=("s_ra", "s_dec", "s_fov"),
    ),
    _c("s_ucd", sa.String(), f"{_PLACE}.ucd", "meta.ucd", "UCD of the spatial axis"),
    _c("s_unit", sa.String(), f"{_PLACE}.unit", "meta.unit", "Unit of the spatial axis"),
    _c(
        "s_resolution", sa.Double(), f"{_PLACE}.Resolution.Refval.value", "pos.angResolution",
        "Spatial resolution: full width at half maximum of a point source", "arcsec",
        principal=True,
    ),
    _c("s_resolution_min", sa.Double(), f"{_PLACE}.Resolution.Bounds.Limits.LoLimit",
       "pos.angResolution;stat.min", "Least spatial resolution in it", "arcsec"),
    _c("s_resolution_max", sa.Double(), f"{_PLACE}.Resolution.Bounds.Limits.HiLimit",
       "pos.angResolution;stat.max", "Greatest spatial resolution in it", "arcsec"),
    _c("s_calib_status", sa.String(), f"{_PLACE}.calibrationStatus", "meta.code.qual",
       f"Calibration of its positions: {_CALIBRATED}"),
    _c("s_stat_error", sa.Double(), f"{_PLACE}.Accuracy.statError.refval.value",
       "stat.error;pos.eq", "Statistical error of its positions", "arcsec"),
    _c(
        "s_pixel_scale", sa.Double(), f"{_PLACE}.Sampling.RefVal.SamplingPeriod",
        "phys.angSize;instr.pixel", "Angle of a pixel: root of its area in the middle", "arcsec",
        principal=True,
    ),
    _c("s_xel1", sa.BigInteger(), f"{_PLACE}.numBins1", "meta.number",
       "Pixels along the first spatial axis", principal=True),
    _c("s_xel2", sa.BigInteger(), f"{_PLACE}.numBins2", "meta.number",
       "Pixels along the second spatial axis", principal=True),
    _c(
        "t_min", sa.Double(), f"{_TIME}.Coverage.Bounds.Limits.StartTime",
        "time.start;obs.exposure", "Start of the exposure: MJD in UTC", "d",
        timesys="UTC TOPOCENTER", principal=True, indexed=True,
    ),
    _c(
        "t_max", sa.Double(), f"{_TIME}.Coverage.Bounds.Limits.StopTime",
        "time.end;obs.exposure", "End of the exposure: MJD in UTC", "d",
        timesys="UTC TOPOCENTER", principal=True, indexed=True,
    ),
    _c(
        "t_exptime", sa.Double(), f"{_TIME}.Coverage.Support.Extent",
        "time.duration;obs.exposure", "Exposure time: that of one pixel, all exposures together",
        "s", principal=True,
    ),
    _c("t_resolution", sa.Double(), f"{_TIME}.Resolution.Refval.value", "time.resolution",
       "Temporal resolution", "s"),
    _c("t_calib_status", sa.String(), f"{_TIME}.calibrationStatus", "meta.code.qual",
       f"Calibration of its times: {_CALIBRATED}"),
    _c("t_stat_error", sa.Double(), f"{_TIME}.Accuracy.StatError.refval.value",
       "stat.error;time", "Statistical error of its times", "s"),
    _c("t_xel", sa.BigInteger(), f"{_TIME}.numBins", "meta.number",
       "Elements along the time axis; null where there is none"),
    _c("em_min", sa.Double(), f"{_SPECTRUM}.Coverage.Bounds.Limits.LoLimit", "em.wl;stat.min",
       "Shortest wavelength, in vacuum", "m", principal=True),
    _c("em_max", sa.Double(), f"{_SPECTRUM}.Coverage.Bounds.Limits.HiLimit", "em.wl;stat.max",
       "Longest wavelength, in vacuum", "m", principal=True),
    _c("em_ucd", sa.String(), f"{_SPECTRUM}.ucd", "meta.ucd", "UCD of the spectral axis"),
    _c("em_unit", sa.String(), f"{_SPECTRUM}.unit", "meta.unit",
       "Unit of the spectral axis in the file"),
    _c("em_calib_status", sa.String(), f"{_SPECTRUM}.calibrationStatus", "meta.code.qual",
       f"Calibration of its wavelengths: {_CALIBRATED}"),
    _c("em_res_power", sa.Double(), f"{_SPECTRUM}.Resolution.ResolPower.refVal",
       "spect.resolution", "Spectral resolving power"),
    _c("em_res_power_min", sa.Double(), f"{_SPECTRUM}.Resolution.ResolPower.LoLimit",
       "spect.resolution;stat.min", "Least resolving power in it"),
    _c("em_res_power_max", sa.Double(), f"{_SPECTRUM}.Resolution.ResolPower.HiLimit",
       "spect.resolution;stat.max", "Greatest resolving power in it"),
    _c("em_resolution", sa.Double(), f"{_SPECTRUM}.Resolution.refval.value",
       "spect.resolution;stat.mean", "Mean spectral resolution", "m"),
    _c("em_stat_error", sa.Double(), f"{_SPECTRUM}.Accuracy.StatError.refval.value",
       "stat.error;em", "Statistical error of its wavelengths", "m"),
    _c("em_xel", sa.BigInteger(), f"{_SPECTRUM}.numBins", "meta.number",
       "Elements along the spectral axis; null where there is none"),
    _c("o_ucd", sa.String(), "Char.ObservableAxis.ucd", "meta.ucd",
       "UCD of what its values are: phot.count, phot.flux.density, meta.code.qual;instr.pixel, "
       "...", principal=True),
    _c("o_unit", sa.String(), "Char.ObservableAxis.unit", "meta.unit",
       "Unit of its values, as the file has it"),
    _c("o_calib_status", sa.String(), "Char.ObservableAxis.calibrationStatus",
       "meta.code.qual", "Calibration of its values: absolute, relative, normalized, any"),
    _c("o_stat_error", sa.Double(), "Char.ObservableAxis.Accuracy.StatError.refval.value",
       "stat.error", "Statistical error of its values, in their unit"),
    _c("pol_states", sa.String(), "Char.PolarizationAxis.stateList",
       "meta.code;phys.polarization",
       "Polarisation states, e.g. /I/Q/U/V/; null where there are none"),
    _c("pol_xel", sa.BigInteger(), "Char.PolarizationAxis.numBins", "meta.number",
       "Number of polarisation states; null where there are none"),
    _c("facility_name", sa.String(), f"{_CONFIGURATION}.Facility.name", "meta.id;instr.tel",
       "Observatory or telescope", principal=True),
    _c("instrument_name", sa.String(), f"{_CONFIGURATION}.Instrument.name", "meta.id;instr",
       "Instrument or camera", principal=True),
    _c("proposal_id", sa.String(), "Provenance.Proposal.identifier", "meta.id;obs.proposal",
       "Proposal it was made for"),
    column(
        "data_source", sa.String(),
        f"{OBSERVED}, or {ARTIFICIAL} for what is simulated: a word of the IVOA vocabulary "
        "data-source",
        ucd="meta.code.class", nullable=False, principal=True,
    ),
    title="Data products",
    utype="ivo://ivoa.net/std/ObsCore#core-1.1",
    order_by=("s_dec", "obs_publisher_did"),
)  # fmt: skip
