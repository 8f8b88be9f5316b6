"""Functions, casts and conversions written down as PostgreSQL SQL."""

from __future__ import annotations

from satvo.service.adql import core
from satvo.service.adql.core import Kind
from satvo.service.adql.emitting_values import WrittenOp
from satvo.service.adql.postgres_types import BYTES, REGION, TYPES, call, cast_to, double

__all__ = ["FUNCTION_WRITERS"]

_WHOLE = r"^\s*[-+]?[0-9]+\s*\Z"
_NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*\Z"
_TIME = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]*)?)?)?Z?\s*\Z"

_SMALLEST = {Kind.FLOAT: "7.1e-46", Kind.DOUBLE: "2.5e-324"}
"""Half of the smallest number of each type."""

_RANGES = {Kind.SHORT: 2**15, Kind.INT: 2**31, Kind.LONG: 2**63}


def _cast(op: core.Op, arguments: list[str]) -> str:
    (value,), source, kind = arguments, op.arguments[0].kind, op.kind
    if source.is_text and not kind.is_text:
        return _read(kind, value)
    if source.is_region and source is not Kind.MOC:
        return call("region_text", value)
    if kind.is_text and source in (Kind.FLOAT, Kind.DOUBLE):
        return call("digits", f"({value})::text")
    if kind.is_text and source is Kind.TIMESTAMP:
        return f"replace(CAST({value} AS text), ' ', 'T')"  # DALI 1.1, section 3.3.3
    if kind.is_integer:
        return _whole(kind, op.arguments[0], value)
    if kind is Kind.FLOAT and source is Kind.DOUBLE:
        return call("as_real", value)
    return f"CAST({value} AS {TYPES[kind]})"


def _whole(kind: Kind, argument: core.Expression, value: str) -> str:
    """A number as a whole one that its type can hold, or an error that names it."""
    beyond = _RANGES[kind]
    if argument.kind in (Kind.FLOAT, Kind.DOUBLE):
        ends = double(float(-beyond)), double(float(beyond))
        found = call("whole", cast_to(Kind.DOUBLE, argument, value), *ends, f"'{kind}'")
    else:
        ends = f"({-beyond})::bigint" if kind is not Kind.LONG else "", f"{beyond - 1}::bigint"
        if kind is Kind.LONG:
            return cast_to(kind, argument, value)
        found = call("narrower", value, *ends, f"'{kind}'")
    return f"CAST({found} AS {TYPES[kind]})"


def _read(kind: Kind, text: str) -> str:
    """What a string says, in another type."""
    if kind.is_region:
        return call("region", text, f"'{kind.value[2]}'")
    pattern = _WHOLE if kind.is_integer else _TIME if kind is Kind.TIMESTAMP else _NUMBER
    readable = call("readable", text, f"'{pattern}'", f"'{kind}'")
    if kind in _SMALLEST:
        readable = call("not_tiny", readable, _SMALLEST[kind])
    return f"CAST({readable} AS {TYPES[kind]})"


def _negative(op: core.Op, arguments: list[str]) -> str:
    if op.kind is Kind.SHORT:
        widened = core.Op(Kind.INT, "neg", op.arguments)
        return _whole(Kind.SHORT, widened, f"(-CAST({arguments[0]} AS integer))")
    return f"(-{arguments[0]})"


def _sum(op: core.Op, arguments: list[str]) -> str:
    # The engine sums BIGINT into NUMERIC, which no VOTable datatype holds, and REAL into REAL.
    distinct = "DISTINCT " if op.distinct else ""
    summed = arguments[0] if op.kind.is_integer else f"CAST({arguments[0]} AS double precision)"
    return f"CAST(sum({distinct}{summed}) AS {TYPES[op.kind]})"


def _digits(op: core.Op, arguments: list[str]) -> str:
    number = cast_to(Kind.DOUBLE, op.arguments[0], arguments[0])
    if len(arguments) > 1:
        rounds = "true" if op.name == "round" else "false"
        return call("to_digits", number, arguments[1], rounds)
    return call("round", number) if op.name == "round" else f"trunc({number})"


def _mod(op: core.Op, arguments: list[str]) -> str:
    kind = op.kind if op.kind.is_integer else Kind.DOUBLE
    both = [cast_to(kind, a, s) for a, s in zip(op.arguments, arguments, strict=True)]
    if kind is op.kind and kind.is_integer:
        return f"mod({', '.join(both)})"
    found = call("mod", *both)
    return found if op.kind is Kind.DOUBLE else f"CAST({found} AS real)"


def _of_doubles(name: str) -> WrittenOp:
    def write(op: core.Op, arguments: list[str]) -> str:
        return call(
            name,
            *(cast_to(Kind.DOUBLE, a, s) for a, s in zip(op.arguments, arguments, strict=True)),
        )

    return write


def _between(op: core.Op, arguments: list[str]) -> str:
    # The engine's parser copies the value: of a sub-query in a sub-query it would make a million.
    if "SELECT" not in arguments[0]:
        return f"({arguments[0]} BETWEEN {arguments[1]} AND {arguments[2]})"
    return call("within", *_of_one_kind(op, arguments))


def _in(op: core.Op, arguments: list[str]) -> str:
    # The engine's IN copies the value too, once for each member that is not constant.
    value, *members = _of_one_kind(op, arguments)
    return f"({value} = ANY (ARRAY[{', '.join(members)}]))"


def _of_one_kind(op: core.Op, arguments: list[str]) -> list[str]:
    kind = op.arguments[0].kind
    for argument in op.arguments[1:]:
        kind = core.common(kind, argument.kind)
    if kind is Kind.FLOAT and any(a.kind.is_integer for a in op.arguments):
        kind = Kind.DOUBLE
    return [f"CAST({sql} AS {TYPES[kind]})" if kind.is_number else sql for sql in arguments]


def _like(word: str) -> WrittenOp:
    def write(op: core.Op, arguments: list[str]) -> str:
        value, pattern = arguments
        if word == "ILIKE":
            value, pattern = (f"({call('lower', text)} {BYTES})" for text in (value, pattern))
        # ADQL's LIKE knows no escape; an empty one takes the engine's own away.
        match = f"({value} LIKE {pattern} ESCAPE '')"
        return match if op.kind is Kind.BOOLEAN else f"CAST({match} AS integer)"

    return write


def _overlaps(op: core.Op, arguments: list[str]) -> str:
    kind = op.arguments[0].kind
    for argument in op.arguments[1:]:
        kind = core.common(kind, argument.kind)
    ends = (cast_to(kind, a, s) for a, s in zip(op.arguments, arguments, strict=True))
    return call("overlap", *ends)


FUNCTION_WRITERS: dict[str, WrittenOp] = {
    "null": lambda op, a: f"CAST(NULL AS {TYPES.get(op.kind, REGION)})",
    "cast": _cast,
    "neg": _negative,
    "not": lambda op, a: f"(NOT {a[0]})",
    "is_null": lambda op, a: f"({a[0]} IS NULL)",
    "in": _in,
    "between": _between,
    "truth": lambda op, a: f"CAST({a[0]} AS integer)",
    "like": _like("LIKE"),
    "ilike": _like("ILIKE"),
    "nocasematch": _like("ILIKE"),
    "lower": lambda op, a: call("lower", *a),
    "upper": lambda op, a: call("upper", *a),
    "left": lambda op, a: f"left({a[0]}, {a[1]})",
    "pi": lambda op, a: "pi()",
    "rand": lambda op, a: "random()",
    "exp": _of_doubles("exp"),
    "power": _of_doubles("power"),
    "cot": _of_doubles("cot"),
    "mod": _mod,
    "round": _digits,
    "truncate": _digits,
    "sum": _sum,
    "avg": lambda op, a: f"avg({'DISTINCT ' * op.distinct}CAST({a[0]} AS double precision))",
    "count": lambda op, a: f"count({'DISTINCT ' * op.distinct}{a[0]})",
    "count_star": lambda op, a: "count(*)",
    "string_agg": lambda op, a: f"string_agg({a[0]}, {a[1]})",
    "in_unit": lambda op, a: f"({cast_to(Kind.DOUBLE, op.arguments[0], a[0])} * {a[1]})",
    "hasword": lambda op, a: call("hasword", *a),
    "hashlist_has": lambda op, a: call("hashlist_has", *(call("lower", x) for x in a)),
    "interval_overlaps": _overlaps,
    "to_jd": lambda op, a: call("days", a[0], double(2440587.5)),
    "to_mjd": lambda op, a: call("days", a[0], double(40587.0)),
    "now_mjd": lambda op, a: call(
        "days", "CAST(statement_timestamp() AT TIME ZONE 'UTC' AS timestamp)", double(40587.0)
    ),
    "healpix_index": lambda op, a: call(
        "healpix_index",
        f"CAST({a[0]} AS bigint)",
        *(f"CAST({x} AS double precision)" for x in a[1:]),
    ),
    "healpix_center": lambda op, a: call("healpix_center", *(f"CAST({x} AS bigint)" for x in a)),
}
"""How each of them is written."""
