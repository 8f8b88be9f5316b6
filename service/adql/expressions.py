"""The grammar of values and conditions (ADQL 2.1, section 2 and appendix A).

One precedence climber reads both, without backtracking: an opening parenthesis may start a value, a
condition or a sub-query, and which one it was is checked when it is used. So the time is linear in
the text, and three stack frames a nesting level bound the stack.
"""

from __future__ import annotations

from satvo.service.adql import tree
from satvo.service.adql.functions import FUNCTIONS
from satvo.service.adql.geometry import GEOMETRY
from satvo.service.adql.lexer import Token, near
from satvo.service.adql.limits import MAX_OPERATORS, MAX_TERMS
from satvo.service.adql.reader import Reader
from satvo.service.adql.words import RESERVED

__all__ = ["ExpressionParser"]

_OR, _AND, _NOT, _PREDICATE, _SUM, _PRODUCT, _SIGN = range(1, 8)
_COMPARISONS = frozenset(("=", "<>", "!=", "<", ">", "<=", ">="))
_SUMS = frozenset(("+", "-", "||"))
_PRODUCTS = frozenset(("*", "/"))
_PREDICATE_WORDS = frozenset(("BETWEEN", "IN", "LIKE", "ILIKE", "IS", "NOT"))

_SQL_FUNCTIONS = """
BIT_LENGTH CHARACTER_LENGTH CHAR_LENGTH CONVERT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATE
EXTRACT LEFT NULLIF OCTET_LENGTH POSITION RIGHT SPACE SUBSTRING TIME TIMESTAMP TRANSLATE TRIM USER
"""
_ELSEWHERE = frozenset(_SQL_FUNCTIONS.split())
"""Reserved words that are functions elsewhere: nobody means a column before a parenthesis."""

_QUANTIFIED = frozenset(("COUNT", "SUM", "AVG", "MIN", "MAX"))
"""What takes DISTINCT or ALL before its argument."""


class ExpressionParser(Reader):
    """Reads values and conditions; `satvo.service.adql.parser` adds the queries around them."""

    def value(self) -> tree.Node:
        """A value; a condition here is an error."""
        return self._as_value(self.expression(_SUM))

    def condition(self) -> tree.Node:
        """A condition; a bare value here is an error."""
        return self._as_condition(self.expression(_OR))

    def expression(self, strength: int) -> tree.Node:
        """Whatever comes, with operators that bind at least so strongly."""
        token = self.token
        if strength <= _NOT and token.upper == "NOT":
            self.take()
            self.descend(token.at)
            left: tree.Node = tree.Not(token.at, self._as_condition(self.expression(_NOT)))
            self.ascend()
        else:
            left = self.primary()
        operators = 0
        while True:
            word = self.token.upper
            if word in _PRODUCTS and strength <= _PRODUCT:
                operators = self._one_more(operators)
                left = self._binary(left, _PRODUCT + 1)
            elif word in _SUMS and strength <= _SUM:
                operators = self._one_more(operators)
                left = self._binary(left, _SUM + 1)
            elif word in _COMPARISONS and strength <= _PREDICATE:
                left = self._comparison(left)
            elif word in _PREDICATE_WORDS and strength <= _PREDICATE:
                left = self._predicate(left)
            elif word == "AND" and strength <= _AND:
                left = tree.And(left.at, self._terms(left, "AND", _NOT))
            elif word == "OR" and strength <= _OR:
                left = tree.Or(left.at, self._terms(left, "OR", _AND))
            else:
                return left

    def _one_more(self, operators: int) -> int:
        what = "arithmetic operators in one row"
        return self.lengthen(operators, MAX_OPERATORS, what, self.token.at)

    def _binary(self, left: tree.Node, strength: int) -> tree.Node:
        operator = self.take()
        right = self._as_value(self.expression(strength))
        return tree.Binary(operator.at, operator.text, self._as_value(left), right)

    def _comparison(self, left: tree.Node) -> tree.Node:
        operator = self.take()
        right = self._as_value(self.expression(_SUM))
        word = "<>" if operator.text == "!=" else operator.text
        return tree.Comparison(operator.at, word, self._as_value(left), right)

    def _terms(self, first: tree.Node, word: str, strength: int) -> tuple[tree.Node, ...]:
        terms = [self._as_condition(first)]
        while self.accept(word):
            terms.append(self._as_condition(self.expression(strength)))
            if len(terms) > MAX_TERMS:
                raise self.source.error(
                    terms[-1].at,
                    f"more than {MAX_TERMS} conditions joined by {word}",
                    "use IN (...) or upload the values as a table",
                )
        return tuple(terms)

    def _predicate(self, left: tree.Node) -> tree.Node:
        value = self._as_value(left)
        at = self.token.at
        if self.accept("IS"):
            negated = self.accept("NOT") is not None
            self.expect("NULL", "after IS")
            return tree.IsNull(at, value, negated)
        negated = self.accept("NOT") is not None
        if self.accept("BETWEEN"):
            low = self.value()
            self.expect("AND", "between the two ends of BETWEEN")
            return tree.Between(at, value, low, self.value(), negated)
        if self.accept("IN"):
            return self._in(at, value, negated)
        if word := self.accept("LIKE", "ILIKE"):
            pattern = self.value()
            if self.token.upper == "ESCAPE":
                raise self.unexpected("ADQL knows no ESCAPE after LIKE")
            return tree.Like(at, value, pattern, negated, word.upper == "ILIKE")
        raise self.unexpected("expected BETWEEN, IN or LIKE after NOT")

    def _in(self, at: int, value: tree.Node, negated: bool) -> tree.Node:
        self.expect("(", "after IN")
        if self.at_query():
            query = self.sub_query()
            self.expect(")", "after the sub-query of IN")
            return tree.InQuery(at, value, query, negated)
        values = [self.value()]
        while self.accept(","):
            values.append(self.value())
        self.expect(")", "after the list of IN")
        return tree.InList(at, value, tuple(values), negated)

    def primary(self) -> tree.Node:
        """A literal, a name, a call, or something in parentheses."""
        token = self.token
        match token.kind:
            case "integer" | "hex":
                return tree.Literal(token.at, self.whole_number(self.take()))
            case "real":
                self.take()
                return tree.Literal(token.at, float(token.text))
            case "string":
                self.take()
                return tree.Literal(token.at, token.text)
            case "delimited":
                return self._name()
            case "word":
                return self._word(token)
        if token.upper == "(":
            return self._parenthesis(token)
        if token.upper in ("+", "-"):
            self.take()
            self.descend(token.at)
            operand = self._as_value(self.primary())
            self.ascend()
            return tree.Unary(token.at, token.upper, operand)
        raise self.unexpected("expected a value")

    def _parenthesis(self, token: Token) -> tree.Node:
        self.take()
        self.descend(token.at)
        inner: tree.Node
        if self.at_query():
            inner = tree.ScalarQuery(token.at, self.sub_query())
        else:
            inner = self.expression(_OR)
        self.expect(")", "to close the parenthesis")
        self.ascend()
        return inner

    def _word(self, token: Token) -> tree.Node:
        reader = {"EXISTS": self._exists, "CAST": self._cast}.get(token.upper)
        if reader is None and self.peek().upper == "(" and self._is_call(token):
            reader = self._call
        if reader is not None:
            self.descend(token.at)
            node = reader(token)
            self.ascend()
            return node
        if token.upper == "CASE":
            raise self.source.error(token.at, "CASE is not part of ADQL")
        if token.upper == "NULL":
            self.take()
            return tree.Null(token.at)
        return self._name()

    def _is_call(self, token: Token) -> bool:
        """Whether this word before an opening parenthesis is a function's name."""
        word = token.upper
        if word not in RESERVED or word in FUNCTIONS or word in GEOMETRY:
            return True
        if word in _ELSEWHERE:
            known = [name.lower() for name in (*FUNCTIONS, *GEOMETRY)]
            raise self.source.error(
                token.at, f"there is no function {token.text}", near(token.text, known)
            )
        return False

    def _name(self) -> tree.Node:
        at = self.token.at
        parts = [self.identifier("a column name")]
        while self.accept("."):
            parts.append(self.identifier("a column name"))
        if len(parts) > 3:
            raise self.source.error(
                at, "a column has at most three parts", "write schema.table.column"
            )
        return tree.Name(at, tuple(parts))

    def _exists(self, token: Token) -> tree.Node:
        self.take()
        self.expect("(", "after EXISTS")
        if not self.at_query():
            raise self.unexpected("expected a sub-query after EXISTS (")
        query = self.sub_query()
        self.expect(")", "after the sub-query of EXISTS")
        return tree.Exists(token.at, query)

    def _cast(self, token: Token) -> tree.Node:
        self.take()
        self.expect("(", "after CAST")
        operand = self.value()
        self.expect("AS", "in CAST(value AS type)")
        if self.token.kind != "word":
            raise self.unexpected("expected a type in CAST(value AS type)")
        name = self.take().upper
        if name == "DOUBLE":
            self.expect("PRECISION", "after DOUBLE")
            name = "DOUBLE PRECISION"
        length = None
        if self.accept("("):
            length = self.unsigned_integer("expected the length of the type")
            self.expect(")", "after the length of the type")
        self.expect(")", "after CAST(value AS type")
        return tree.Cast(token.at, operand, name, length)

    def _call(self, token: Token) -> tree.Node:
        self.take()
        self.take()
        distinct = star = False
        arguments: list[tree.Node] = []
        if token.upper in _QUANTIFIED:
            if token.upper == "COUNT" and self.accept("*"):
                star = True
            else:
                distinct = self.accept("DISTINCT") is not None
                if not distinct:
                    self.accept("ALL")
        if not star and not self.accept(")"):
            arguments.append(self.value())
            while self.accept(","):
                arguments.append(self.value())
            self.expect(")", f"after the arguments of {token.text}")
        elif star:
            self.expect(")", "after COUNT(*")
        return tree.Call(token.at, token.text, tuple(arguments), distinct, star)

    def _as_value(self, node: tree.Node) -> tree.Node:
        if isinstance(node, tree.Condition):
            raise self.source.error(node.at, "a condition stands where a value is expected")
        return node

    def _as_condition(self, node: tree.Node) -> tree.Node:
        if not isinstance(node, tree.Condition):
            hint = None
            if isinstance(node, tree.Call) and node.name.upper() in ("CONTAINS", "INTERSECTS"):
                hint = f"write {node.name}(...) = 1"
            raise self.source.error(
                self.token.at if hint is None else node.at,
                "expected a comparison after the value",
                hint,
            )
        return node

    # What the grammar of queries provides

    def sub_query(self) -> tree.Query:
        """A query inside parentheses."""
        raise NotImplementedError
