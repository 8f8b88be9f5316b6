"""Tokens: told once, kept as digests."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.state import TOKEN
from satvo.service.tokens import TokenBook


@pytest.fixture
def tokens(state: sa.Engine) -> TokenBook:
    return TokenBook(state, lambda: datetime(2026, 1, 1))


def test_a_token_is_found_by_its_secret_and_the_secret_is_not_kept(
    tokens: TokenBook, state: sa.Engine
) -> None:
    token, secret = tokens.add("telescope", ["job", "read"])
    assert tokens.of(secret) == token
    assert token.rights == ("read", "job")
    assert tokens.of(secret + "x") is None
    with state.connect() as connection:
        (kept,) = connection.execute(sa.select(TOKEN)).all()
    assert secret not in str(kept)


def test_a_revoked_token_is_good_for_nothing(tokens: TokenBook) -> None:
    token, secret = tokens.add("telescope", ["write"])
    tokens.revoke(token.token_id)
    assert tokens.of(secret) is None
    assert tokens.all()[0].revoked is not None
    with pytest.raises(NotFound, match="no valid token"):
        tokens.revoke(token.token_id)


def test_two_tokens_of_one_name_have_different_secrets(tokens: TokenBook) -> None:
    (one, a), (two, b) = tokens.add("x", []), tokens.add("x", [])
    assert a != b
    assert one.token_id != two.token_id
    assert one.rights == ("read",)


@pytest.mark.parametrize(
    ("name", "rights"), [("", []), ("x" * 101, []), ("a\nb", []), ("x", ["root"])]
)
def test_odd_names_and_unknown_rights_are_refused(
    tokens: TokenBook, name: str, rights: list[str]
) -> None:
    with pytest.raises(BadParameter):
        tokens.add(name, rights)
