"""Strategies of ADQL statements over the declared grammar, most of them right, and of their ruins.

Whatever `satvo.service.adql.tree` has a node for is written here, and every function that
`satvo.service.adql.functions` declares is called, so that a new one is tried without a change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st
from satvo.service.adql.core import Kind
from satvo.service.adql.declarations import Function
from satvo.service.adql.functions import FUNCTIONS
from satvo.service.adql.words import RESERVED

__all__ = ["SKY", "TYPES", "ruined", "soup", "statements"]

NUMBER, WHOLE, TEXT, TIME, POINT, REGION, MOC, FLAG = TYPES = (
    "number", "whole", "text", "time", "point", "region", "moc", "flag"
)  # fmt: skip

Tables = dict[str, dict[str, str]]
"""Columns with their types, by the text that stands for their table in FROM."""

SKY: Tables = {
    "test_sky.stars": {
        "id": WHOLE, "ra": NUMBER, "dec": NUMBER, "mag": NUMBER, "n": WHOLE, "big": WHOLE,
        "name": TEXT, "seen": TIME, "flag": FLAG, '"size"': WHOLE,
    },
    "test_sky.obs": {"obs_id": WHOLE, "id": WHOLE, "band": TEXT, "flux": NUMBER, "seen": TIME},
}  # fmt: skip

_ORDERED = (NUMBER, WHOLE, TEXT, TIME)
_LITERALS = {
    NUMBER: ("2.5", "1e-3", ".5", "0.1", "90", "-1.5E2", "1e300"),
    WHOLE: ("0", "1", "7", "-3", "0xA", "2147483648", "9223372036854775807"),
    TEXT: ("'Vega'", "''", "'a%'", "'O''Neil'", "'Ω Cen'", "'1' '2'", "'2025-01-01'"),
    TIME: ("CAST('2025-01-01' AS TIMESTAMP)", "CAST('2024-12-31T23:59:59.5' AS TIMESTAMP)"),
    POINT: ("POINT(10, 20)", "POINT('ICRS', 0, 90)", "REGION('POSITION ICRS 1 2')"),
    REGION: ("CIRCLE(10, 20, 5)", "POLYGON(0, 0, 50, 0, 0, 50)", "BOX(180, 0, 20, 10)",
             "REGION('CIRCLE ICRS 10 -20.5 1')", "CAST('1 2 3' AS CIRCLE)"),
    MOC: ("MOC('2/0-80')", "MOC('3/5 9 100-200')", "REGION('MOC 1/3')"),
    FLAG: ("CAST(NULL AS INTEGER)",),
}  # fmt: skip
_OF_KIND = {
    Kind.DOUBLE: NUMBER, Kind.FLOAT: NUMBER, Kind.LONG: WHOLE, Kind.INT: WHOLE, Kind.SHORT: WHOLE,
    Kind.CHAR: TEXT, Kind.UNICODE: TEXT, Kind.TIMESTAMP: TIME, Kind.POINT: POINT,
}  # fmt: skip
_OF_ARGUMENT = {"number": NUMBER, "integer": WHOLE, "text": TEXT, "time": TIME, "ordered": NUMBER,
                "any": NUMBER, "literal": TEXT}  # fmt: skip
_CASTS = {NUMBER: ("REAL", "DOUBLE PRECISION"), WHOLE: ("SMALLINT", "INTEGER", "BIGINT"),
          TEXT: ("CHAR", "VARCHAR", "VARCHAR(3)"), TIME: ("TIMESTAMP",), POINT: ("POINT",),
          REGION: ("CIRCLE", "POLYGON")}  # fmt: skip
_UNSTABLE = frozenset(("RAND", "SATVO_NOW_MJD", "IVO_STRING_AGG"))
"""Whose values differ from one call to the next, or with the order of rows."""
_APART = frozenset(("COALESCE", "IN_UNIT"))
_COMPARISONS = ("=", "<>", "!=", "<", ">", "<=", ">=")


def _result(function: Function) -> str:
    if isinstance(function.result, Kind):
        return _OF_KIND[function.result]
    if function.is_aggregate and function.arguments[0] == "text":
        return TEXT
    return _OF_ARGUMENT[function.arguments[0].rstrip("?")]


def _callable(stable: bool, *, aggregate: bool) -> dict[str, list[tuple[str, Function]]]:
    """Functions by the type of what they give."""
    found: dict[str, list[tuple[str, Function]]] = {kind: [] for kind in TYPES}
    for name, function in FUNCTIONS.items():
        # What only one engine has cannot be compared, and asks for the name of a site.
        apart = name in _APART or function.engines
        if function.is_aggregate is aggregate and not apart:
            if not (stable and name in _UNSTABLE):
                found[_result(function)].append((name, function))
    return found


@dataclass
class _Scope:
    """Columns that may be written, by type; own are those of the FROM beside them."""

    own: list[tuple[str, str]] = field(default_factory=list)
    outer: list[tuple[str, str]] = field(default_factory=list)

    def of(self, kind: str) -> list[str]:
        kinds = (NUMBER, WHOLE) if kind == NUMBER else (kind,)
        return [name for name, each in (*self.own, *self.outer) if each in kinds]


class _Writer:
    """Writes one statement, with choices that hypothesis makes and shrinks."""

    def __init__(self, draw: st.DrawFn, tables: Tables, *, stable: bool, slips: bool) -> None:
        self._draw = draw
        self._tables = tables
        self._stable = stable
        self._slips = slips
        self._functions = _callable(stable, aggregate=False)
        self._aggregates = _callable(stable, aggregate=True)
        self._names = 0
        self._sizes = 0

    # Choices

    def one(self, *choices: str) -> str:
        return self._draw(st.sampled_from(choices))

    def often(self, times: int, of: int) -> bool:
        return self._draw(st.integers(1, of)) > of - times

    def name(self, start: str) -> str:
        self._names += 1
        return f"{start}{self._names}"

    def kind(self, *, ordered: bool = False) -> str:
        kinds = (NUMBER, NUMBER, WHOLE, TEXT, TIME)
        return self.one(*kinds) if ordered else self.one(*kinds, *TYPES)

    # Values

    def value(self, kind: str, scope: _Scope, depth: int) -> str:
        self._sizes += 1
        if self._slips and self.often(1, 60):
            kind = self.one(*TYPES)
        if depth <= 0 or self._sizes > 60 or self.often(2, 5):
            return self.leaf(kind, scope)
        shapes: list[Callable[[str, _Scope, int], str]] = [self._called, self._called, self._cast]
        shapes += {
            NUMBER: [self._arithmetic, self._arithmetic, self._measured, self._united],
            WHOLE: [self._arithmetic, self._predicate],
            TEXT: [self._joined],
            POINT: [self._placed, self._placed],
            REGION: [self._shaped, self._shaped],
        }.get(kind, [])
        if kind in _ORDERED:
            shapes += [self._coalesced, self._scalar]
        return self._draw(st.sampled_from(shapes))(kind, scope, depth - 1)

    def leaf(self, kind: str, scope: _Scope) -> str:
        columns = scope.of(kind)
        if columns and not self.often(1, 4):
            return self.one(*columns)
        return self.one(*_LITERALS[kind])

    def _called(self, kind: str, scope: _Scope, depth: int) -> str:
        choices = self._functions[kind]
        if kind == NUMBER:
            choices = choices + self._functions[WHOLE]
        if not choices:
            return self.leaf(kind, scope)
        name, function = self._draw(st.sampled_from(choices))
        return f"{name}({self._arguments(function, scope, depth)})"

    def _arguments(self, function: Function, scope: _Scope, depth: int) -> str:
        written = []
        for wanted in function.arguments:
            if wanted.endswith("?") and self.often(1, 2):
                break
            wanted = wanted.rstrip("?")
            if wanted == "literal":
                written.append("', '")
            elif self.often(1, 30):
                written.append("NULL")
            elif function.op.startswith("healpix") and not written:
                written.append(str(self._draw(st.integers(0, 30))))
            else:
                written.append(self.value(_OF_ARGUMENT[wanted], scope, depth))
        return ", ".join(written)

    def _cast(self, kind: str, scope: _Scope, depth: int) -> str:
        if kind not in _CASTS:
            return self.leaf(kind, scope)
        given = self.one(*{NUMBER: (NUMBER, WHOLE), WHOLE: (NUMBER, WHOLE)}.get(kind, (kind,)),
                         TEXT)  # fmt: skip
        if kind == TEXT:
            given = self.one(*_ORDERED, POINT, REGION)
        # As text, numbers that differ in their last bit differ in many digits.
        deep = depth if kind != TEXT or given in (TEXT, WHOLE, TIME) else 0
        inner = "NULL" if self.often(1, 12) else self.value(given, scope, deep)
        return f"CAST({inner} AS {self.one(*_CASTS[kind])})"

    def _arithmetic(self, kind: str, scope: _Scope, depth: int) -> str:
        if self.often(1, 6):
            return f"({self.one('-', '+')} {self.value(kind, scope, depth)})"
        left, right = (self.value(kind, scope, depth) for _ in "ab")
        return f"({left} {self.one(*'+-*/')} {right})"

    def _measured(self, kind: str, scope: _Scope, depth: int) -> str:
        point = self.value(POINT, scope, depth)
        word = self.one("DISTANCE", "COORD1", "COORD2", "AREA", "FOUR")
        if word == "DISTANCE":
            return f"DISTANCE({point}, {self.value(POINT, scope, depth)})"
        if word == "AREA":
            return f"AREA({self.value(self.one(REGION, MOC, POINT), scope, depth)})"
        if word == "FOUR":
            numbers = ", ".join(self.leaf(NUMBER, scope) for _ in "abcd")
            return f"DISTANCE({numbers})"
        return f"{word}({point})"

    def _united(self, kind: str, scope: _Scope, depth: int) -> str:
        unit = self.one("deg", "arcsec", "km", "m", "mag", "s", "rad", "1")
        return f"IN_UNIT({self.value(NUMBER, scope, depth)}, '{unit}')"

    def _predicate(self, kind: str, scope: _Scope, depth: int) -> str:
        word = self.one("CONTAINS", "INTERSECTS")
        first = self.value(self.one(POINT, POINT, REGION, MOC), scope, depth)
        return f"{word}({first}, {self.value(self.one(REGION, REGION, MOC), scope, depth)})"

    def _joined(self, kind: str, scope: _Scope, depth: int) -> str:
        if self.often(1, 5):
            return f"COORDSYS({self.value(self.one(POINT, REGION), scope, depth)})"
        return f"({self.value(TEXT, scope, depth)} || {self.value(TEXT, scope, depth)})"

    def _placed(self, kind: str, scope: _Scope, depth: int) -> str:
        if self.often(1, 4):
            return f"CENTROID({self.value(REGION, scope, depth)})"
        return f"POINT({self.value(NUMBER, scope, depth)}, {self.value(NUMBER, scope, depth)})"

    def _shaped(self, kind: str, scope: _Scope, depth: int) -> str:
        centre = self.value(POINT, scope, depth) if self.often(1, 2) else "ra, dec"
        if centre == "ra, dec":
            centre = f"{self.leaf(NUMBER, scope)}, {self.leaf(NUMBER, scope)}"
        match self.one("CIRCLE", "BOX", "POLYGON"):
            case "CIRCLE":
                return f"CIRCLE({centre}, {self.value(NUMBER, scope, depth)})"
            case "BOX":
                return f"BOX({centre}, {self.leaf(NUMBER, scope)}, {self.leaf(NUMBER, scope)})"
        if self.often(1, 2):
            return f"POLYGON({', '.join(self.value(POINT, scope, depth) for _ in 'abc')})"
        return f"POLYGON({', '.join(self.leaf(NUMBER, scope) for _ in 'abcdef')})"

    def _coalesced(self, kind: str, scope: _Scope, depth: int) -> str:
        values = [self.value(kind, scope, depth) for _ in range(self._draw(st.integers(1, 3)))]
        return f"COALESCE({', '.join(values)})"

    def _scalar(self, kind: str, scope: _Scope, depth: int) -> str:
        if self._sizes > 25:
            return self.leaf(kind, scope)
        inner = self._aggregated([kind], scope, depth)[0]
        return f"({inner})"

    # Conditions

    def condition(self, scope: _Scope, depth: int) -> str:
        if depth > 0 and self.often(1, 3):
            match self.one("AND", "OR", "NOT"):
                case "NOT":
                    return f"NOT ({self.condition(scope, depth - 1)})"
                case word:
                    terms = [self.condition(scope, depth - 1) for _ in "ab"]
                    return f"({f' {word} '.join(terms)})"
        kind, negated = self.kind(ordered=True), self.one("", "", "NOT ")
        left = self.value(kind, scope, depth)
        match self.one("compare", "compare", "between", "in", "null", "like", "query", "inside"):
            case "compare":
                return f"{left} {self.one(*_COMPARISONS)} {self.value(kind, scope, depth)}"
            case "between":
                low, high = (self.leaf(kind, scope) for _ in "ab")
                return f"{left} {negated}BETWEEN {low} AND {high}"
            case "in":
                members = [self.leaf(kind, scope) for _ in range(self._draw(st.integers(1, 4)))]
                return f"{left} {negated}IN ({', '.join(members)})"
            case "null":
                any_value = self.value(self.kind(), scope, depth)
                return f"{any_value} IS {negated}NULL"
            case "like":
                text, pattern = (self.value(TEXT, scope, depth - i) for i in range(2))
                return f"{text} {negated}{self.one('LIKE', 'ILIKE')} {pattern}"
            case "inside":
                return f"{self._predicate(WHOLE, scope, depth)} = {self.one('1', '0')}"
        if depth <= 0 or self._sizes > 40:
            return f"{left} IS NOT NULL"
        inner = self.select([kind], scope, depth - 1)
        if self.often(1, 2):
            return f"{negated}EXISTS ({inner})"
        return f"{left} {negated}IN ({inner})"

    # Queries

    def select(self, kinds: Sequence[str], outer: _Scope, depth: int, top: str = "") -> str:
        """A SELECT of columns v0, v1, ... of these types."""
        if self.often(1, 4):
            return self._aggregated(kinds, outer, depth, top)[0]
        scope, tables = self._from(outer, depth)
        items = ", ".join(
            f"{self.value(kind, scope, depth)} AS v{i}" for i, kind in enumerate(kinds)
        )
        word = self.one("", "", "ALL ", "DISTINCT ")
        if not self._stable and self.often(1, 8):
            items = "*" if self.often(1, 2) else items
            top = top or f"TOP {self._draw(st.integers(0, 5))} "
        return f"SELECT {word}{top}{items} FROM {tables}{self._where(scope, depth)}"

    def _aggregated(
        self, kinds: Sequence[str], outer: _Scope, depth: int, top: str = ""
    ) -> tuple[str, bool]:
        """A SELECT of aggregates, perhaps of groups; and whether there are groups."""
        scope, tables = self._from(outer, depth)
        own = _Scope(scope.own)
        grouped = depth > 0 and self.often(1, 2)
        key = self.one(*[name for name, kind in own.own if kind in _ORDERED] or ["1"])
        items = []
        for i, kind in enumerate(kinds):
            value = self._aggregate(kind, own, depth)
            items.append(f"{value} AS v{i}")
        text = f"SELECT {top}{', '.join(items)} FROM {tables}{self._where(scope, depth)}"
        if grouped:
            text += f" GROUP BY {key}"
            if self.often(1, 2):
                text += f" HAVING {self._aggregate(NUMBER, own, depth)} > {self.one('0', '1')}"
        return text, grouped

    def _aggregate(self, kind: str, own: _Scope, depth: int) -> str:
        if kind == WHOLE and self.often(1, 4):
            return "COUNT(*)"
        choices = self._aggregates[kind] + (self._aggregates[WHOLE] if kind == NUMBER else [])
        if kind in (TEXT, TIME, WHOLE):
            choices = [("MIN", FUNCTIONS["MIN"]), ("MAX", FUNCTIONS["MAX"]), *choices]
        if not choices:
            return self.one(*_LITERALS[kind])
        name, function = self._draw(st.sampled_from(choices))
        if name in ("MIN", "MAX"):
            argument = self.value(kind, own, depth - 1)
        elif name == "COUNT":
            argument = self.value(self.one(*_ORDERED), own, depth - 1)
        else:
            return f"{name}({self.one('', '', 'DISTINCT ') * (name == 'SUM')}" + (
                f"{self._arguments(function, own, depth - 1)})"
            )
        return f"{name}({self.one('', '', 'DISTINCT ', 'ALL ')}{argument})"

    def _from(self, outer: _Scope, depth: int) -> tuple[_Scope, str]:
        scope = _Scope([], [*outer.own, *outer.outer])
        text = self._table(scope, depth)
        if depth > 0 and self.often(1, 3):
            inner = _Scope([], scope.outer)
            right = self._table(inner, depth)
            scope.own += inner.own
            kind = self.one("JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT OUTER JOIN", "FULL JOIN", ",",
                            "NATURAL JOIN")  # fmt: skip
            text = f"{text} {kind} {right}"
            if kind not in (",", "NATURAL JOIN"):
                if self.often(1, 6):
                    text += " USING (id)"
                else:
                    # A sub-query in an ON, correlated with what is around it, is the hardest.
                    text += f" ON {self.condition(scope, depth - 1)}"
        return scope, text

    def _table(self, scope: _Scope, depth: int) -> str:
        alias = self.name("t")
        if depth > 1 and self.often(1, 6):
            kinds = [self.kind() for _ in range(self._draw(st.integers(1, 3)))]
            scope.own += [(f"{alias}.v{i}", kind) for i, kind in enumerate(kinds)]
            return f"({self.select(kinds, _Scope(), depth - 2)}) AS {alias}"
        table = self.one(*self._tables)
        scope.own += [(f"{alias}.{name}", kind) for name, kind in self._tables[table].items()]
        return f"{table} AS {alias}"

    def _where(self, scope: _Scope, depth: int) -> str:
        return f" WHERE {self.condition(scope, depth)}" if self.often(1, 2) else ""

    def statement(self) -> str:
        """A whole query."""
        count = self._draw(st.integers(1, 3))
        match self.one("plain", "plain", "set", "with", "ordered"):
            case "set":
                kinds = [self.kind(ordered=True) for _ in range(count)]
                word = self.one("UNION", "EXCEPT", "INTERSECT") + self.one("", " ALL")
                left, right = (self.select(kinds, _Scope(), 1) for _ in "ab")
                return f"({left}) {word} ({right})" + self.one("", " ORDER BY v0 DESC")
            case "with":
                kinds = [self.kind(ordered=True) for _ in range(count)]
                inner = self.select(kinds, _Scope(), 1)
                names = ", ".join(f"v{i}" for i in range(count)) if self.often(1, 2) else ""
                self._tables = {
                    **self._tables, "common": {f"v{i}": kind for i, kind in enumerate(kinds)}
                }  # fmt: skip
                outer = self.select([self.kind() for _ in range(count)], _Scope(), 2)
                return f"WITH common {names and f'({names})'} AS ({inner}) {outer}"
            case "ordered":
                kinds = [self.kind(ordered=True) for _ in range(count)]
                text = self.select(kinds, _Scope(), 2, f"TOP {self._draw(st.integers(0, 9))} ")
                # Which of equal rows TOP takes is nobody's business, so all columns order them.
                keys = ", ".join(f"v{i} {self.one('', 'ASC', 'DESC')}" for i in range(count))
                return f"{text} ORDER BY {keys}" + self.one("", " OFFSET 1", " OFFSET 1000000")
        return self.select([self.kind() for _ in range(count)], _Scope(), 3)


@st.composite
def statements(
    draw: st.DrawFn, tables: Tables = SKY, *, stable: bool = True, slips: bool = False
) -> str:
    """A statement.

    Parameters
    ----------
    tables : dict
    stable : bool
        Whether every engine gives the same answer every time.
    slips : bool
        Whether now and then a value has another type than its place takes.
    """
    return _Writer(draw, tables, stable=stable, slips=slips).statement()


WORDS = (
    *sorted(RESERVED), *sorted(FUNCTIONS), "id", "ra", "name", "seen", "flag", "x", "test_sky.obs",
    "satvo.gp", *"(),.;*+-/=<>'[%", "<>", "!=", "||", "1", "2.5", "1e999", "0x1F", "'text'", '"id"',
    '"', "--", "/*", "\n", "(SELECT id FROM satvo.gp)", "NULL",
)  # fmt: skip
_PIECE = re.compile(r"\s*(\w+|'[^']*'|.)", re.DOTALL)


@st.composite
def ruined(draw: st.DrawFn, tables: Tables = SKY) -> str:
    """A statement of which some words or characters are gone, doubled, changed or added."""
    text = draw(statements(tables, stable=False, slips=True))
    if draw(st.booleans()):
        pieces = list(text)
        others = st.characters(codec="utf-8")
    else:
        pieces = [piece[0] for piece in _PIECE.finditer(text)]
        others = st.sampled_from(WORDS).map(lambda word: f" {word} ")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(pieces) - 1)) if pieces else 0
        match draw(st.sampled_from(("delete", "double", "insert", "swap", "cut"))):
            case "delete":
                del pieces[at : at + draw(st.integers(1, 3))]
            case "double":
                pieces[at:at] = pieces[at : at + draw(st.integers(1, 5))]
            case "insert":
                pieces.insert(at, draw(others))
            case "swap":
                pieces[at : at + 2] = reversed(pieces[at : at + 2])
            case "cut":
                del pieces[at:][5:]
    return "".join(pieces)


soup = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
"""Words in any order."""
