"""Queries made at random: soup and ruins that must be refused cleanly, grammar that must run."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from adql_statements import ruined, soup, statements
from how_many import examples
from hypothesis import given
from hypothesis import strategies as st
from satvo.schemas.errors import BadQuery, LimitExceeded

if TYPE_CHECKING:
    from conftest import Sky


@given(soup)
@examples(200)
def test_soup_of_words_is_refused_with_nothing_but_bad_query(sky: Sky, query: str) -> None:
    with contextlib.suppress(BadQuery):
        sky.rows(query)


@given(st.text(max_size=80), st.integers(0, 60))
@examples(300)
def test_any_text_is_refused_with_nothing_but_bad_query(sky: Sky, text: str, at: int) -> None:
    query = "SELECT id, 'a' AS x FROM test_sky.stars WHERE ra > 1.5 ORDER BY id"
    with contextlib.suppress(BadQuery):
        sky.translate(text)
    with contextlib.suppress(BadQuery):
        sky.translate(query[:at] + text + query[at:])


def runs(sky: Sky, query: str) -> None:
    """Translate and run it; anything but a refusal comes out."""
    with contextlib.suppress(BadQuery, LimitExceeded):
        done = sky.translate(query)
        with sky.store.query(done.statement, time_limit_s=2, batch_rows=1000) as rows:
            for batch in rows:
                batch.validate(full=True)


@given(statements(stable=False, slips=True))
@examples(150)
def test_query_of_the_grammar_runs_or_fails_in_its_arithmetic(sky: Sky, query: str) -> None:
    runs(sky, query)


@given(ruined())
@examples(250)
def test_a_ruined_query_is_refused_with_nothing_but_bad_query(sky: Sky, query: str) -> None:
    runs(sky, query)
