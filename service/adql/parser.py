"""The grammar of queries (ADQL 2.1, section 3 and appendix A): text in, parse tree out."""

from __future__ import annotations

from satvo.service.adql import tree
from satvo.service.adql.expressions import ExpressionParser
from satvo.service.adql.lexer import Source, near
from satvo.service.adql.limits import MAX_COLUMNS, MAX_DEPTH, MAX_KEYS, MAX_TABLES
from satvo.service.adql.words import RESERVED

__all__ = ["parse"]

_NOT_ADQL = {
    "LIMIT": "write TOP n after SELECT",
    "CROSS": "write a comma between the tables",
}

_Body = tree.Select | tree.SetOperation | tree.Query


def parse(text: str) -> tree.Query:
    """Read one ADQL query.

    Raises
    ------
    BadQuery
        With line, column, cause, and where there is one a suggestion.

    Examples
    --------
    >>> parse("SELECT TOP 2 object_name FROM satvo.satellite").body.top
    2
    """
    return _QueryParser(Source(text)).whole()


class _QueryParser(ExpressionParser):
    _tables_read = 0

    def whole(self) -> tree.Query:
        """The query, and nothing after it."""
        if self.at_end():
            raise self.source.error(0, "the query is empty")
        query = self.query()
        if self.token.upper == ";" and self.peek().kind == "end":
            self.take()
        if not self.at_end():
            word = self.token.upper
            if word == ";":
                raise self.source.error(self.token.at, "only one statement is accepted")
            raise self.unexpected("expected the end of the query", _NOT_ADQL.get(word))
        return query

    def sub_query(self) -> tree.Query:
        """A query inside parentheses."""
        self.descend(self.token.at)
        query = self.query()
        self.ascend()
        return query

    def query(self) -> tree.Query:
        """[WITH ...] SELECT ... [set operations] [ORDER BY ...] [OFFSET n]."""
        at = self.token.at
        with_items = self._with() if self.accept("WITH") else ()
        body = self._union()
        order_by: tuple[tree.OrderKey, ...] = ()
        if self.accept("ORDER"):
            self.expect("BY", "after ORDER")
            keys = [self._order_key()]
            while comma := self.accept(","):
                self.lengthen(len(keys), MAX_KEYS, "terms in ORDER BY", comma.at)
                keys.append(self._order_key())
            order_by = tuple(keys)
        offset = None
        if self.accept("OFFSET"):
            offset = self.unsigned_integer("OFFSET needs an unsigned integer")
        if isinstance(body, tree.Query) and not with_items and not order_by and offset is None:
            return body  # parentheses around it that say nothing
        return tree.Query(at, with_items, body, order_by, offset)

    def _with(self) -> tuple[tree.WithItem, ...]:
        if self.token.upper == "RECURSIVE" and self.peek().upper != "AS":
            raise self.unexpected("ADQL knows no recursive WITH")
        items = []
        while True:
            at = self.token.at
            name = self.identifier("a name after WITH")
            columns: tuple[tree.Identifier, ...] = ()
            if self.token.upper == "(" and self.peek().upper not in ("SELECT", "WITH", "("):
                columns = self._column_names("after the columns in WITH")
            self.expect("AS", "after the name in WITH")
            self.expect("(", "before the query in WITH")
            items.append(tree.WithItem(at, name, columns, self.sub_query()))
            self.expect(")", "after the query in WITH")
            if not self.accept(","):
                return tuple(items)

    def _column_names(self, where: str) -> tuple[tree.Identifier, ...]:
        """Names in parentheses."""
        self.take()
        names = [self.identifier("a column name")]
        while comma := self.accept(","):
            self.lengthen(len(names), MAX_COLUMNS, "columns", comma.at)
            names.append(self.identifier("a column name"))
        self.expect(")", where)
        return tuple(names)

    def _union(self) -> _Body:
        left: _Body = self._intersect()
        length = 0
        while operator := self.accept("UNION", "EXCEPT"):
            length = self.lengthen(length, MAX_DEPTH, "queries in one row", operator.at)
            everything = self._quantifier()
            left = tree.SetOperation(
                operator.at, operator.upper, everything, left, self._intersect()
            )
        return left

    def _intersect(self) -> _Body:
        left: _Body = self._operand()
        length = 0
        while operator := self.accept("INTERSECT"):
            length = self.lengthen(length, MAX_DEPTH, "queries in one row", operator.at)
            everything = self._quantifier()
            left = tree.SetOperation(operator.at, operator.upper, everything, left, self._operand())
        return left

    def _quantifier(self) -> bool:
        everything = self.accept("ALL") is not None
        if not everything:
            self.accept("DISTINCT")
        return everything

    def _operand(self) -> tree.Select | tree.Query:
        if self.token.upper == "(":
            self.take()
            query = self.sub_query()
            self.expect(")", "after the query")
            return query
        return self._select()

    def _select(self) -> tree.Select:
        at = self.token.at
        self.expect("SELECT", "at the start of a query")
        distinct = self.accept("DISTINCT") is not None
        if not distinct:
            self.accept("ALL")
        top = None
        if self.accept("TOP"):
            top = self.unsigned_integer("TOP needs an unsigned integer")
            if self.token.upper in ("DISTINCT", "ALL"):
                raise self.unexpected(
                    "expected the columns after TOP", f"write SELECT {self.token.upper} TOP {top}"
                )
        items = [self._item()]
        while comma := self.accept(","):
            self.lengthen(len(items), MAX_COLUMNS, "columns", comma.at)
            items.append(self._item())
        self._from(items[-1])
        table = self._tables()
        where = self.condition() if self.accept("WHERE") else None
        group_by: tuple[tree.Node, ...] = ()
        if self.accept("GROUP"):
            self.expect("BY", "after GROUP")
            terms = [self.value()]
            while comma := self.accept(","):
                self.lengthen(len(terms), MAX_KEYS, "terms in GROUP BY", comma.at)
                terms.append(self.value())
            group_by = tuple(terms)
        having = self.condition() if self.accept("HAVING") else None
        return tree.Select(at, distinct, top, tuple(items), table, where, group_by, having)

    def _from(self, last: tree.Item | tree.Star) -> None:
        if self.token.upper != "FROM" and isinstance(last, tree.Item) and last.alias:
            alias = self.peek(-1)
            if alias.text == last.alias.text and near(alias.text, ["from"]):
                # SELECT a FORM b: the misspelt word was read as the alias of a
                raise self.source.error(alias.at, f"expected FROM, found '{alias.text}'")
        self.expect("FROM", "after the select list")

    def _item(self) -> tree.Item | tree.Star:
        at = self.token.at
        if self.accept("*"):
            return tree.Star(at)
        if star := self._table_star(at):
            return star
        value = self.value()
        alias = None
        if self.accept("AS") or self.token.kind == "delimited" or self._plain_word():
            alias = self.identifier("a column alias")
        return tree.Item(at, value, alias)

    def _table_star(self, at: int) -> tree.Star | None:
        ahead = 0
        while self.peek(ahead).kind in ("word", "delimited") and self.peek(ahead + 1).upper == ".":
            ahead += 2
            if self.peek(ahead).upper == "*":
                parts = []
                while not self.accept("*"):
                    parts.append(self.identifier("a table name"))
                    self.take()
                return tree.Star(at, tuple(parts))
        return None

    def _plain_word(self) -> bool:
        """Whether a name follows that can be an alias without AS."""
        token = self.token
        if token.kind != "word":
            return False
        if token.upper == "LIMIT":
            raise self.unexpected("ADQL knows no LIMIT", _NOT_ADQL["LIMIT"])
        return token.upper not in RESERVED

    def _tables(self) -> tree.TableExpression:
        left = self._joined()
        while comma := self.accept(","):
            left = tree.Join(comma.at, "cross", left, self._joined())
        return left

    def _joined(self) -> tree.TableExpression:
        left = self._table()
        while self.token.upper in ("NATURAL", "INNER", "LEFT", "RIGHT", "FULL", "JOIN", "CROSS"):
            left = self._join(left)
        return left

    def _join(self, left: tree.TableExpression) -> tree.Join:
        at = self.token.at
        if self.token.upper == "CROSS":
            raise self.unexpected("ADQL knows no CROSS JOIN", _NOT_ADQL["CROSS"])
        natural = self.accept("NATURAL") is not None
        word = self.accept("INNER", "LEFT", "RIGHT", "FULL")
        kind = "inner" if word is None else word.upper.lower()
        if kind in ("left", "right", "full"):
            self.accept("OUTER")
        self.expect("JOIN", f"after {word.text}" if word else "between the tables")
        right = self._table()
        if natural:
            return tree.Join(at, kind, left, right, natural=True)
        if self.accept("ON"):
            return tree.Join(at, kind, left, right, condition=self.condition())
        if self.accept("USING"):
            if self.token.upper != "(":
                raise self.unexpected("expected ( after USING")
            using = self._column_names("after the columns of USING")
            return tree.Join(at, kind, left, right, using=using)
        raise self.unexpected(
            "expected ON or USING after JOIN",
            "or write NATURAL JOIN, or a comma between the tables",
        )

    def _table(self) -> tree.TableExpression:
        token = self.token
        if token.upper == "(":
            return self._table_in_parentheses()
        what = "tables in one query"
        self._tables_read = self.lengthen(self._tables_read, MAX_TABLES, what, token.at)
        parts = [self.identifier("a table name")]
        while self.accept("."):
            parts.append(self.identifier("a table name"))
        if len(parts) > 3:
            raise self.source.error(token.at, "a table has at most catalogue, schema and name")
        if self.token.upper == "(":
            raise self.source.error(
                token.at,
                f"{token.text}(...) is a table function, and there is none in this service",
            )
        return tree.TableName(token.at, tuple(parts), self._alias())

    def _table_in_parentheses(self) -> tree.TableExpression:
        at = self.token.at
        self.take()
        self.descend(at)
        if self.at_query():
            query = self.sub_query()
            self.expect(")", "after the sub-query")
            self.ascend()
            alias = self._alias()
            if alias is None:
                raise self.unexpected(
                    "a sub-query in FROM needs a name", "write (SELECT ...) AS name"
                )
            return tree.DerivedTable(at, query, alias)
        inner = self._joined()
        self.expect(")", "to close the parenthesis")
        self.ascend()
        return inner

    def _alias(self) -> tree.Identifier | None:
        if self.accept("AS"):
            return self.identifier("a table alias")
        if self.token.kind == "delimited" or self._plain_word():
            return self.identifier("a table alias")
        return None

    def _order_key(self) -> tree.OrderKey:
        at = self.token.at
        value = self.value()
        descending = False
        if word := self.accept("ASC", "DESC"):
            descending = word.upper == "DESC"
        return tree.OrderKey(at, value, descending)
