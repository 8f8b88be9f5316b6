"""User-defined functions, casts and conversions written down as DuckDB SQL."""

from __future__ import annotations

from collections.abc import Callable

from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.duckdb_types import TYPES, cast_to, named_once, refused

__all__ = ["FUNCTION_WRITERS"]

_WORDS = r"[\p{L}\p{N}]+"
_WHOLE = r"\s*[-+]?[0-9]+\s*"
_NUMBER = r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"
_TIME = r"\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d*)?)?)?Z?\s*"

_DAY_US = "8.64e10"
"""Microseconds of a day; the engine's times have no leap seconds."""


def _cast(op: core.Op, arguments: list[str]) -> str:
    value = arguments[0]
    source = op.arguments[0].kind
    if source.is_text and not op.kind.is_text:
        return _read(op.kind, value)
    if source.is_region and source is not Kind.MOC:
        return f"array_to_string({value}, ' ')"
    if op.kind.is_integer and source in (Kind.FLOAT, Kind.DOUBLE):
        value = f"trunc({value})"  # ADQL 2.1, section 2.4: the fraction is cut off, not rounded
    text = f"CAST({value} AS {TYPES[op.kind]})"
    if op.kind.is_text and source is Kind.TIMESTAMP:
        return f"replace({text}, ' ', 'T')"  # DALI 1.1, section 3.3.3
    return text


def _read(kind: Kind, text: str) -> str:
    """What a string says, in another type: the engine alone reads 1_000, 0x1F and infinity."""
    if kind.is_region:
        return f"satvo_region({text}, '{kind.value[2]}')"
    pattern = _WHOLE if kind.is_integer else _TIME if kind is Kind.TIMESTAMP else _NUMBER
    cause = refused(f"'''' || left($, 60) || ''' cannot be cast to {kind}'")
    cast = f"CAST($ AS {TYPES[kind]})"
    large = ""
    if kind in (Kind.FLOAT, Kind.DOUBLE):
        large = f" WHEN NOT isfinite({cast}) THEN {cause}"
    unlike = f"WHEN NOT regexp_full_match($, '{pattern}') THEN {cause}"
    return named_once(text, f"CASE {unlike}{large} ELSE {cast} END")


def _overlaps(op: core.Op, arguments: list[str]) -> str:
    kind = op.arguments[0].kind
    for argument in op.arguments[1:]:
        kind = core.common(kind, argument.kind)
    ends = ", ".join(cast_to(kind, a, s) for a, s in zip(op.arguments, arguments, strict=True))
    overlap = "p[1] <= p[2] AND p[3] <= p[4] AND p[1] <= p[4] AND p[3] <= p[2]"
    whole = f"CASE WHEN list_count(p) = 4 THEN CAST({overlap} AS INTEGER) END"
    return f"list_transform([[{ends}]], lambda p: {whole})[1]"


def _hasword(op: core.Op, arguments: list[str]) -> str:
    haystack, needle = (f"regexp_extract_all(lower({a}), '{_WORDS}')" for a in arguments)
    return f"CAST(list_has_all({haystack}, {needle}) AS INTEGER)"


def _hashlist_has(op: core.Op, arguments: list[str]) -> str:
    words, item = arguments
    return f"CAST(list_contains(string_split(lower({words}), '#'), lower({item})) AS INTEGER)"


def _days(origin: str) -> Callable[[core.Op, list[str]], str]:
    def write(op: core.Op, arguments: list[str]) -> str:
        return f"(CAST(epoch_us({arguments[0]}) AS DOUBLE) / {_DAY_US} + {origin})"

    return write


def _position(op: core.Op, arguments: list[str]) -> str:
    # What has no position comes as NaN, since such a function of the engine gives no NULL.
    types = ("BIGINT", "DOUBLE", "VARCHAR")
    cast = (f"CAST({a} AS {kind})" for a, kind in zip(arguments, types, strict=False))
    return f"nullif({op.name}({', '.join(cast)}), CAST('nan' AS DOUBLE))"


FUNCTION_WRITERS: dict[str, Callable[[core.Op, list[str]], str]] = {
    "null": lambda op, a: f"CAST(NULL AS {TYPES.get(op.kind, 'DOUBLE[]')})",
    "cast": _cast,
    "in_unit": lambda op, a: f"({cast_to(Kind.DOUBLE, op.arguments[0], a[0])} * {a[1]})",
    "healpix_index": lambda op, a: (
        "satvo_healpix_index("
        f"CAST({a[0]} AS BIGINT), CAST({a[1]} AS DOUBLE), CAST({a[2]} AS DOUBLE))"
    ),
    "healpix_center": lambda op, a: (
        f"satvo_healpix_center(CAST({a[0]} AS BIGINT), CAST({a[1]} AS BIGINT))"
    ),
    "string_agg": lambda op, a: f"string_agg({a[0]}, {a[1]})",
    "nocasematch": lambda op, a: f"CAST({a[0]} ILIKE {a[1]} AS INTEGER)",
    "hasword": _hasword,
    "hashlist_has": _hashlist_has,
    "interval_overlaps": _overlaps,
    **{f"satvo_{q}": _position for q in ("ra", "dec", "az", "alt", "range", "sunlit")},
    "to_jd": _days("2440587.5"),
    "to_mjd": _days("40587"),
    "now_mjd": lambda op, a: f"(CAST(epoch_us(now()) AS DOUBLE) / {_DAY_US} + 40587)",
}
"""How each of them is written."""
