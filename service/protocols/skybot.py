"""/skybot: artificial satellites under the parameters and columns of SkyBoT's cone search.

A client of IMCCE's SkyBoT (astroquery.imcce.Skybot, Aladin) that is given this address finds
satellites as it finds asteroids there. What differs: the limit of -filter is not applied, since
satellites are known less well than asteroids and none would be left; -objFilter chooses nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from flask import Blueprint, Response, current_app, request
from satvo.resources.ephemeris.frames import AU_KM, Frames
from satvo.resources.passes.chosen import Chosen
from satvo.resources.passes.cone import search_cone
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import JobParameter
from satvo.service.cone_requests import Cone, Found, number_of, read_time, written
from satvo.service.config import Config
from satvo.service.formats import find_format
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.satellites import Satellites
from satvo.service.sexagesimal import sexagesimal
from satvo.service.software import software_version
from satvo.service.votable import Info

__all__ = ["skybot_blueprint"]

_DAY_S = 86_400.0
_LIGHT_KM_S = 299_792.458
_JD_OF_MJD = 2_400_000.5
_MAX_AGE_D = 30.0

_INPUTS = (
    JobParameter("-ra", "Right ascension of the centre, ICRS", datatype="double", unit="deg"),
    JobParameter("-dec", "Declination of the centre, ICRS", datatype="double", unit="deg"),
    JobParameter("-rd", "Radius of the cone", datatype="double", unit="deg"),
    JobParameter("-ep", "When, UTC: JD, MJD or ISO 8601; the present where it is not given"),
    JobParameter("-loc", "Who looks: MPC code, or as OBSERVER of /scs/satellites", default="500"),
    JobParameter("-filter", "Taken and not applied; errpos has the error of each position"),
    JobParameter("-objFilter", "Taken and not applied: there are no asteroids here"),
    JobParameter("-refsys", "Axes", default="EQJ2000", choices=("EQJ2000",)),
    JobParameter("-output", "Taken; all columns are given", default="all"),
    JobParameter("-mime", "Format of the answer", default="votable", choices=("votable",)),
    JobParameter("-from", "Taken: who asks"),
    JobParameter(
        "-population", "A constellation of satvo.satellite, simulated ones among them, to search "
        "it alone",
    ),
)  # fmt: skip


def _field(name: str, kind: str, unit: str, ucd: str, description: str) -> Field:
    size = "*" if kind == "char" else ""
    return Field(name, kind, size, unit=unit, ucd=ucd, description=description)


_FIELDS = (
    _field("num", "char", "", "meta.id;meta.number", "NORAD (SATCAT) catalogue number"),
    _field("name", "char", "", "meta.id;meta.main", "Common name"),
    _field("ra", "char", "", "pos.eq.ra", "Right ascension, h m s, astrometric, ICRS axes"),
    _field("de", "char", "", "pos.eq.dec", "Declination, d m s, astrometric, ICRS axes"),
    _field("class", "char", "", "meta.code.class;src.class", "Artificial, and the constellation"),
    _field("magV", "double", "mag", "phot.mag;em.opt.V", "Predicted V; null in the shadow"),
    _field("errpos", "double", "arcsec", "stat.error;pos", "1-sigma error, the longer semi-axis"),
    _field("angdist", "double", "arcsec", "pos.angDistance", "Distance from the centre"),
    _field("dracosdec", "double", "arcsec/h", "pos.pm;pos.eq.ra", "Motion in RA times cos(dec)"),
    _field("ddec", "double", "arcsec/h", "pos.pm;pos.eq.dec", "Motion in declination"),
    _field("dgeo", "double", "au", "phys.distance", "Distance from the observer"),
    _field("dhelio", "double", "au", "phys.distance", "Distance from the Sun"),
    _field("phase", "double", "deg", "pos.phaseAng", "Angle Sun - satellite - observer"),
    _field("solelong", "double", "deg", "pos.angDistance", "Angle from the Sun"),
    _field("px", "double", "au", "pos.cartesian.x", "Heliocentric x, ICRS axes"),
    _field("py", "double", "au", "pos.cartesian.y", "Heliocentric y, ICRS axes"),
    _field("pz", "double", "au", "pos.cartesian.z", "Heliocentric z, ICRS axes"),
    _field("vx", "double", "au/d", "phys.veloc;pos.cartesian.x", "Barycentric velocity, x"),
    _field("vy", "double", "au/d", "phys.veloc;pos.cartesian.y", "Barycentric velocity, y"),
    _field("vz", "double", "au/d", "phys.veloc;pos.cartesian.z", "Barycentric velocity, z"),
    _field("jdref", "double", "d", "time.epoch", "Epoch of the element set, JD in UTC"),
    _field("_raj2000", "double", "deg", "pos.eq.ra;meta.main", "Right ascension"),
    _field("_decj2000", "double", "deg", "pos.eq.dec;meta.main", "Declination"),
)
"""Names are those that astroquery.imcce knows."""


def skybot_blueprint(config: Config) -> Blueprint:
    """The address for clients of SkyBoT."""
    blueprint = Blueprint("skybot", __name__)

    @blueprint.route("/skybot", methods=["GET", "POST"])
    @operation(
        "Satellites inside a cone, for clients of SkyBoT",
        parameters=_INPUTS,
        replies={200: Reply("The table", ("application/x-votable+xml",))},
    )
    def skybot() -> Response:
        parameters = read_parameters(request)
        _check_words(parameters)
        satellites: Satellites = current_app.extensions["satvo.satellites"]
        cone = _cone(parameters, satellites)
        found = _found(cone, satellites)
        infos = [
            Info("server_software", f"satvo/{software_version()}"),
            Info("-filter", parameters.single("-FILTER") or "", "not applied; see errpos"),
        ]
        format_, media_type = find_format("votable/td")
        body = b"".join(written(found, format_, infos, config.hard_maxrec))
        return Response(body, content_type=media_type)

    return blueprint


def _check_words(parameters: Parameters) -> None:
    for name, accepted in (("-REFSYS", ("EQJ2000",)), ("-MIME", ("votable",))):
        given = parameters.single(name)
        if given and given.lower() not in [word.lower() for word in accepted]:
            raise BadParameter(
                f"{name.lower()}={ascii(given)[:40]}: {', '.join(accepted)} is accepted"
            )


def _cone(parameters: Parameters, satellites: Satellites) -> Cone:
    ra, dec, radius = (number_of(parameters, name) for name in ("-RA", "-DEC", "-RD"))
    now = datetime.now(UTC).replace(tzinfo=None)
    start, end = read_time(parameters.single("-EP"), "-ep", now)
    if end != start:
        raise BadParameter("-ep: one time is accepted; /scs/satellites takes a range")
    population = parameters.single("-POPULATION")
    observer = satellites.observer(parameters.single("-LOC") or "500")
    populations = (population,) if population else None
    cone = Cone(ra, dec, radius, start, end, observer, populations).checked(("-ra", "-dec", "-rd"))
    if cone.radius_deg == 0:
        raise BadParameter("-rd=0: above 0 to 180 deg is accepted")
    return cone


def _found(cone: Cone, satellites: Satellites) -> Found:
    noon = np.floor(cone.start_mjd) + 0.5
    catalogue = satellites.catalogue(noon, _MAX_AGE_D, Chosen(populations=cone.populations))
    columns, seen, ours = search_cone(
        catalogue, cone.observer, cone.start_mjd, cone.ra_deg, cone.dec_deg, cone.radius_deg,
        max_age_d=_MAX_AGE_D,
    )  # fmt: skip
    frames = Frames.at(np.array([cone.start_mjd]))
    helio = (seen.satellite_km - frames.sun_km) / AU_KM
    velocity = (columns["velocity_km_s"] + frames.earth_velocity * _LIGHT_KM_S) * (_DAY_S / AU_KM)
    values = {
        "num": [str(number) for number in ours.norad_id.tolist()],
        "name": [
            name or f"NORAD {number}"
            for name, number in zip(ours.object_name, ours.norad_id, strict=True)
        ],
        "ra": [sexagesimal(ra / 15.0, 4) for ra in columns["ra"].tolist()],
        "de": [sexagesimal(dec, 3, signed=True) for dec in columns["dec"].tolist()],
        "class": [f"Artificial>{each or 'other'}" for each in ours.constellation.tolist()],
        "magV": columns["mag"],
        "errpos": columns["err_maj"],
        "angdist": columns["separation"],
        "dracosdec": columns["pm_ra_cosdec"] * 3600.0,
        "ddec": columns["pm_dec"] * 3600.0,
        "dgeo": columns["range"] / AU_KM,
        "dhelio": np.linalg.norm(helio, axis=1),
        "phase": columns["phase_angle"],
        "solelong": columns["sun_sep"],
        **{f"p{axis}": helio[:, place] for place, axis in enumerate("xyz")},
        **{f"v{axis}": velocity[:, place] for place, axis in enumerate("xyz")},
        "jdref": ours.epoch_mjd + _JD_OF_MJD,
        "_raj2000": columns["ra"],
        "_decj2000": columns["dec"],
    }
    arrays = [
        pa.array(values[f.name], pa.string())
        if f.datatype == "char"
        else pa.array(values[f.name], mask=np.isnan(values[f.name])).cast(pa.float64())
        for f in _FIELDS
    ]
    table = pa.Table.from_arrays(arrays, names=[f.name for f in _FIELDS])
    infos = (Info("satellites_searched", str(len(catalogue.elements))),)
    return Found(_FIELDS, table, infos)
