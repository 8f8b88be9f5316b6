"""The user-defined functions: those of the IVOA's catalogue, and satvo's own.

References
----------
Catalogue of ADQL User Defined Functions 1.2 (ivo_...). It leaves open what NULL does: here the
answer is NULL where any argument is, as strict functions of SQL have it.
"""

from __future__ import annotations

from collections.abc import Callable

from satvo.service.adql.core import Kind, common
from satvo.service.adql.declarations import Function

__all__ = ["USER_FUNCTIONS"]


def _declared(
    op: str,
    arguments: tuple[str, ...],
    result: Kind | Callable[[tuple[Kind, ...]], Kind],
    description: str,
    *signatures: str,
    is_aggregate: bool = False,
    engines: tuple[str, ...] = (),
) -> Function:
    name, _, written = signatures[-1].partition(" ->")[0].rstrip(")").partition("(")
    names = [argument.split()[0] for argument in written.split(", ") if argument]
    return Function(
        op,
        arguments,
        result,
        f"{name}({', '.join(names)})",
        is_aggregate=is_aggregate,
        signatures=signatures,
        description=description,
        engines=engines,
    )


_FROM = (
    " by SGP4 from the element set nearest to that time. NULL for an unknown satellite, without a "
    "set within 30 days, before launch, after decay, and where the Earth's orientation is not "
    "known. The observer is a site's name, an MPC code or 'lon,lat,height' (deg, deg, m)."
)


def _position(quantity: str, description: str) -> Function:
    """A function that propagates: where the engine calls Python."""
    return _declared(
        f"satvo_{quantity}",
        ("integer", "number", "text"),
        Kind.DOUBLE,
        f"{description} of a satellite at a time (MJD in UTC), as seen by an observer,{_FROM}",
        f"satvo_{quantity}(norad_id INTEGER, mjd DOUBLE PRECISION, observer TEXT)"
        " -> DOUBLE PRECISION",
        engines=("duckdb",),
    )


def _joined(kinds: tuple[Kind, ...]) -> Kind:
    return common(*kinds)


USER_FUNCTIONS: dict[str, Function] = {
    "IVO_HEALPIX_INDEX": _declared(
        "healpix_index",
        ("integer", "number", "number"),
        Kind.LONG,
        "Index of the HEALPix cell, in NESTED numbering at an order from 0 to 29, that contains "
        "the position: longitude and latitude in degrees, or a point.",
        "ivo_healpix_index(hpxOrder INTEGER, point POINT) -> BIGINT",
        "ivo_healpix_index(hpxOrder INTEGER, long DOUBLE PRECISION, lat DOUBLE PRECISION)"
        " -> BIGINT",
    ),
    "IVO_HEALPIX_CENTER": _declared(
        "healpix_center",
        ("integer", "integer"),
        Kind.POINT,
        "Centre of the HEALPix cell of that index, in NESTED numbering at an order from 0 to 29.",
        "ivo_healpix_center(hpxOrder INTEGER, hpxIndex BIGINT) -> POINT",
    ),
    "IVO_STRING_AGG": _declared(
        "string_agg",
        ("text", "literal"),
        _joined,
        "All values of the expression in a group that are not NULL, in no certain order, joined "
        "by the delimiter, which is a string written in the query.",
        "ivo_string_agg(expression TEXT, delimiter TEXT) -> TEXT",
        is_aggregate=True,
    ),
    "IVO_NOCASEMATCH": _declared(
        "nocasematch",
        ("text", "text"),
        Kind.INT,
        "1 if the value matches the pattern as LIKE has it, in any case of letters, 0 otherwise.",
        "ivo_nocasematch(value TEXT, pattern TEXT) -> INTEGER",
    ),
    "IVO_HASWORD": _declared(
        "hasword",
        ("text", "text"),
        Kind.INT,
        "1 if each word of needle is a word of haystack in any case of letters, 0 otherwise. "
        "Words are runs of letters and digits; there is no stemming.",
        "ivo_hasword(haystack TEXT, needle TEXT) -> INTEGER",
    ),
    "IVO_HASHLIST_HAS": _declared(
        "hashlist_has",
        ("text", "text"),
        Kind.INT,
        "1 if the item is among the words of the list, which are parted by #, in any case of "
        "letters, 0 otherwise.",
        "ivo_hashlist_has(hashlist TEXT, item TEXT) -> INTEGER",
    ),
    "IVO_INTERVAL_OVERLAPS": _declared(
        "interval_overlaps",
        ("number", "number", "number", "number"),
        Kind.INT,
        "1 if the intervals from a1 to b1 and from a2 to b2 have a number in common, ends "
        "included, 0 otherwise. An interval that ends before it starts overlaps nothing.",
        "ivo_interval_overlaps(a1 DOUBLE PRECISION, b1 DOUBLE PRECISION, "
        "a2 DOUBLE PRECISION, b2 DOUBLE PRECISION) -> INTEGER",
    ),
    "IVO_TO_JD": _declared(
        "to_jd",
        ("time",),
        Kind.DOUBLE,
        "Julian date of a timestamp, or of the text of one, in the timestamp's own time scale; "
        "good to 0.05 ms.",
        "ivo_to_jd(d TIMESTAMP) -> DOUBLE PRECISION",
    ),
    "IVO_TO_MJD": _declared(
        "to_mjd",
        ("time",),
        Kind.DOUBLE,
        "Modified Julian date of a timestamp, or of the text of one, in the timestamp's own time "
        "scale; good to 1 microsecond.",
        "ivo_to_mjd(d TIMESTAMP) -> DOUBLE PRECISION",
    ),
    "SATVO_NOW_MJD": _declared(
        "now_mjd",
        (),
        Kind.DOUBLE,
        "Modified Julian date, UTC, of the moment at which the query began.",
        "satvo_now_mjd() -> DOUBLE PRECISION",
    ),
    "SATVO_RA": _position("ra", "Right ascension (deg, astrometric, topocentric, ICRS)"),
    "SATVO_DEC": _position("dec", "Declination (deg, astrometric, topocentric, ICRS)"),
    "SATVO_AZ": _position("az", "Azimuth (deg, from north through east)"),
    "SATVO_ALT": _position("alt", "Altitude (deg, without refraction)"),
    "SATVO_RANGE": _position("range", "Distance (km)"),
    "SATVO_SUNLIT": _declared(
        "satvo_sunlit",
        ("integer", "number"),
        Kind.DOUBLE,
        "Fraction of the Sun's disc that a satellite sees at a time (MJD in UTC), 0 in the shadow "
        "of the Earth; NULL as satvo_ra.",
        "satvo_sunlit(norad_id INTEGER, mjd DOUBLE PRECISION) -> DOUBLE PRECISION",
        engines=("duckdb",),
    ),
}
"""By name in upper case."""
