"""The core written down as DuckDB SQL.

Strings reach the engine as bound values, numbers as literals made from Python numbers, and names
only from the schemas and the resolver. What DuckDB means otherwise than PostgreSQL is fixed here:
integer division, the place of NULLs in an order, sums of integers. The store's settings turn
division by zero and logarithms of negative numbers into errors.
"""

from __future__ import annotations

from collections.abc import Callable

from satvo.schemas.errors import BadQuery
from satvo.schemas.store.interface import Statement
from satvo.service.adql import core
from satvo.service.adql.core import Kind

__all__ = ["emit"]

MAX_SQL_CHARACTERS = 2_000_000
"""Geometry repeats its arguments, so nested geometry could grow without bound; this bounds it."""

_TYPES = {
    Kind.SHORT: "SMALLINT",
    Kind.INT: "INTEGER",
    Kind.LONG: "BIGINT",
    Kind.FLOAT: "REAL",
    Kind.DOUBLE: "DOUBLE",
    Kind.CHAR: "VARCHAR",
    Kind.UNICODE: "VARCHAR",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.BOOLEAN: "BOOLEAN",
}

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "int_div": "//", "concat": "||",
    "eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "like": "LIKE", "ilike": "ILIKE",
}  # fmt: skip

_FUNCTIONS = {
    **{
        name: name
        for name in (
            [
                "abs",
                "acos",
                "asin",
                "atan",
                "atan2",
                "cos",
                "cot",
                "sin",
                "tan",
                "degrees",
                "radians",
                "exp",
                "log10",
                "sqrt",
                "floor",
                "round",
                "mod",
                "lower",
                "upper",
                "left",
                "coalesce",
                "min",
                "max",
            ]
        )
    },
    "log": "ln",
    "ceiling": "ceil",
    "power": "pow",
    "truncate": "trunc",
    "in_polygon": "satvo_in_polygon",
    "contains": "satvo_contains",
    "intersects": "satvo_intersects",
    "area": "satvo_area",
    "centroid": "satvo_centroid",
}


def emit(query: core.Query, limit: int | None) -> Statement:
    """The statement that answers a query.

    Parameters
    ----------
    query : Query
        From the resolver.
    limit : int or None
        At most so many rows, whatever the query's own TOP.

    Raises
    ------
    BadQuery
        If the SQL would grow beyond all measure.
    """
    writer = _Writer()
    sql = writer.query(query, limit)
    return Statement(sql, tuple(writer.parameters))


class _Writer:
    def __init__(self) -> None:
        self.parameters: dict[str, int] = {}

    # Queries

    def query(self, query: core.Query, limit: int | None = None) -> str:
        parts = []
        if query.ctes:
            ctes = ", ".join(f"{name} AS ({self.query(inner)})" for name, inner in query.ctes)
            parts.append(f"WITH {ctes}")
        if isinstance(query.body, core.Select):
            parts.append(self._select(query.body, query.kinds))
        else:
            parts.append(self._set_operation(query.body, query.kinds))
        if query.order_by:
            parts.append("ORDER BY " + ", ".join(map(self._order_key, query.order_by)))
        limits = [n for n in (query.limit, limit) if n is not None]
        if limits:
            parts.append(f"LIMIT {min(limits)}")
        if query.offset:
            parts.append(f"OFFSET {query.offset}")
        return " ".join(parts)

    def _select(self, select: core.Select, kinds: tuple[Kind, ...]) -> str:
        items = ", ".join(
            f"{self._as_kind(item, kind)} AS c{i}"
            for i, (item, kind) in enumerate(zip(select.items, kinds, strict=True), 1)
        )
        sql = [f"SELECT {'DISTINCT ' if select.distinct else ''}{items}"]
        sql.append(f"FROM {self._relation(select.relation)}")
        if select.where is not None:
            sql.append(f"WHERE {self.value(select.where)}")
        if select.group_by:
            sql.append("GROUP BY " + ", ".join(map(self.value, select.group_by)))
        if select.having is not None:
            sql.append(f"HAVING {self.value(select.having)}")
        return " ".join(sql)

    def _as_kind(self, item: core.Expression, kind: Kind) -> str:
        sql = self.value(item)
        return sql if item.kind is kind else f"CAST({sql} AS {_TYPES[kind]})"

    def _set_operation(self, operation: core.SetOperation, kinds: tuple[Kind, ...]) -> str:
        word = operation.operator + (" ALL" if operation.all else "")
        columns = ", ".join(
            f"CAST(c{i} AS {_TYPES[kind]}) AS c{i}" if kind in _TYPES else f"c{i}"
            for i, kind in enumerate(kinds, 1)
        )
        left, right = (
            f"(SELECT {columns} FROM ({self.query(side)}) AS s)"
            for side in (operation.left, operation.right)
        )
        names = ", ".join(f"c{i}" for i in range(1, len(kinds) + 1))
        return f"SELECT {names} FROM ({left} {word} {right}) AS s"

    def _order_key(self, key: core.OrderKey) -> str:
        value = str(key.value) if isinstance(key.value, int) else self.value(key.value)
        # NULL is greater than everything, as PostgreSQL has it.
        return f"{value} {'DESC NULLS FIRST' if key.descending else 'ASC NULLS LAST'}"

    def _relation(self, relation: core.Relation) -> str:
        match relation:
            case core.Scan():
                return f'"{relation.table.schema}"."{relation.table.name}" AS {relation.name}'
            case core.CteScan():
                return f"{relation.cte} AS {relation.name}"
            case core.Derived():
                return f"({self.query(relation.query)}) AS {relation.name}"
        left, right = self._relation(relation.left), self._relation(relation.right)
        if relation.kind == "cross":
            return f"({left} CROSS JOIN {right})"
        word = "INNER" if relation.kind == "inner" else f"{relation.kind.upper()} OUTER"
        condition = "TRUE" if relation.condition is None else self.value(relation.condition)
        return f"({left} {word} JOIN {right} ON {condition})"

    # Values

    def value(self, expression: core.Expression) -> str:
        sql = self._value(expression)
        if len(sql) > MAX_SQL_CHARACTERS:
            raise BadQuery("the query is too complex", suggestion="nest fewer geometry functions")
        return sql

    def _value(self, expression: core.Expression) -> str:
        match expression:
            case core.Constant():
                return self._constant(expression)
            case core.Column():
                return f'{expression.relation}."{expression.name}"'
            case core.Scalar():
                return f"({self.query(expression.query)})"
            case core.InQuery():
                return f"({self.value(expression.value)} IN ({self.query(expression.query)}))"
            case core.Exists():
                return f"EXISTS ({self.query(expression.query)})"
            case core.Op():
                return self._operation(expression)
        raise AssertionError(expression)

    def _constant(self, constant: core.Constant) -> str:
        value = constant.value
        if isinstance(value, str):
            number = self.parameters.setdefault(value, len(self.parameters) + 1)
            return f"CAST(${number} AS {_TYPES[constant.kind]})"
        if isinstance(value, float):
            text = repr(value)
            return text if "e" in text else f"{text}e0"  # without exponent it would be DECIMAL
        return (
            str(value)
            if constant.kind is Kind.INT and value >= 0
            else f"CAST({value} AS {_TYPES[constant.kind]})"
        )

    def _operation(self, op: core.Op) -> str:
        name = op.name
        if name in ("and", "or"):
            return self._joined(op.arguments, name.upper())
        arguments = [self.value(a) for a in op.arguments]
        if writer := _SPECIAL.get(name):
            return writer(op, arguments)
        if name in _INFIX:
            return self._infix(op, arguments)
        return f"{_FUNCTIONS[name]}({'DISTINCT ' if op.distinct else ''}{', '.join(arguments)})"

    def _joined(self, terms: tuple[core.Expression, ...], word: str) -> str:
        """Terms joined as a balanced tree: the engine walks its depth, which then is a logarithm."""
        if len(terms) == 1:
            return self.value(terms[0])
        middle = len(terms) // 2
        left = self._joined(terms[:middle], word)
        right = self._joined(terms[middle:], word)
        return f"({left} {word} {right})"

    def _infix(self, op: core.Op, arguments: list[str]) -> str:
        left, right = arguments
        if op.kind.is_number:
            # Both sides in the type of the answer: SMALLINT + SMALLINT must not overflow a SMALLINT
            # that the FIELD calls an int, and 1/2.0 is not an integer division.
            left, right = (
                sql if side.kind is op.kind else f"CAST({sql} AS {_TYPES[op.kind]})"
                for side, sql in zip(op.arguments, arguments, strict=True)
            )
        return f"({left} {_INFIX[op.name]} {right})"


def _sum(op: core.Op, arguments: list[str]) -> str:
    # The engine sums integers into 128 bits, which no VOTable datatype holds.
    distinct = "DISTINCT " if op.distinct else ""
    return f"CAST(sum({distinct}{arguments[0]}) AS {_TYPES[op.kind]})"


def _in_circle(op: core.Op, arguments: list[str]) -> str:
    """Haversine against sin(r/2)**2: exact for small and large circles, and without an arc cosine."""
    lon, lat, centre_lon, centre_lat, radius = arguments
    return (
        f"(pow(sin(radians(({lat}) - ({centre_lat})) / 2), 2) "
        f"+ cos(radians({lat})) * cos(radians({centre_lat})) "
        f"* pow(sin(radians(({lon}) - ({centre_lon})) / 2), 2) "
        f"<= pow(sin(radians({radius}) / 2), 2))"
    )


def _distance(op: core.Op, arguments: list[str]) -> str:
    """Vincenty's form, which is exact from nothing to the antipodes."""
    lon1, lat1, lon2, lat2 = arguments
    sin1, cos1, sin2, cos2 = (
        f"{function}(radians({lat}))" for lat in (lat1, lat2) for function in ("sin", "cos")
    )
    delta = f"radians(({lon2}) - ({lon1}))"
    return (
        f"degrees(atan2(sqrt(pow({cos2} * sin({delta}), 2) "
        f"+ pow({cos1} * {sin2} - {sin1} * {cos2} * cos({delta}), 2)), "
        f"{sin1} * {sin2} + {cos1} * {cos2} * cos({delta})))"
    )


_SPECIAL: dict[str, Callable[[core.Op, list[str]], str]] = {
    "neg": lambda op, a: f"(-{a[0]})",
    "not": lambda op, a: f"(NOT {a[0]})",
    "is_null": lambda op, a: f"({a[0]} IS NULL)",
    "in": lambda op, a: f"({a[0]} IN ({', '.join(a[1:])}))",
    "truth": lambda op, a: f"CAST({a[0]} AS INTEGER)",
    "cast": lambda op, a: _cast(op, a),
    "pi": lambda op, a: "pi()",
    "rand": lambda op, a: "random()",
    "count": lambda op, a: f"count({'DISTINCT ' if op.distinct else ''}{a[0]})",
    "count_star": lambda op, a: "count(*)",
    "sum": _sum,
    "avg": lambda op, a: f"avg({'DISTINCT ' if op.distinct else ''}CAST({a[0]} AS DOUBLE))",
    "point": lambda op, a: f"[CAST({a[0]} AS DOUBLE), CAST({a[1]} AS DOUBLE)]",
    "circle": lambda op, a: "[" + ", ".join(f"CAST({x} AS DOUBLE)" for x in a) + "]",
    "polygon": lambda op, a: "[" + ", ".join(f"CAST({x} AS DOUBLE)" for x in a) + "]",
    "coord1": lambda op, a: f"({a[0]})[1]",
    "coord2": lambda op, a: f"({a[0]})[2]",
    "in_circle": _in_circle,
    "distance": _distance,
}


def _cast(op: core.Op, arguments: list[str]) -> str:
    value = arguments[0]
    source = op.arguments[0].kind
    if op.kind.is_integer and source in (Kind.FLOAT, Kind.DOUBLE):
        value = f"trunc({value})"  # ADQL 2.1, section 2.4: the fraction is cut off, not rounded
    return f"CAST({value} AS {_TYPES[op.kind]})"
