"""Tokens: who may do more than read. Only the digest of a secret is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.state import TOKEN

__all__ = ["RIGHTS", "Token", "TokenBook"]

RIGHTS = ("read", "job", "write", "operate")
"""read: what everyone may; job: own jobs and user tables; write: ingest; operate: change and remove
what others brought."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret."""

    token_id: str
    name: str
    rights: tuple[str, ...]
    created: datetime
    revoked: datetime | None


class TokenBook:
    """The tokens of a home.

    Parameters
    ----------
    engine : Engine
        The state database.
    clock : callable
        The present, UTC without a zone.
    """

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, name: str, rights: Iterable[str]) -> tuple[Token, str]:
        """A new token and its secret, which is told this once and never again.

        Raises
        ------
        BadParameter
            For an empty or odd name, or a right that there is not.
        """
        wanted = tuple(right for right in RIGHTS if right in set(rights))
        if unknown := set(rights) - set(RIGHTS):
            raise BadParameter(
                f"no right {', '.join(sorted(unknown))}; the rights are {', '.join(RIGHTS)}"
            )
        if not (name.isprintable() and 0 < len(name.strip()) <= 100):
            raise BadParameter("a token needs a name of up to 100 printable characters")
        secret = f"satvo_{secrets.token_urlsafe(32)}"
        values = {
            "token_id": secrets.token_hex(6),
            "name": name.strip(),
            "digest": _digest(secret),
            "rights": list(wanted or ("read",)),
            "created": self._clock(),
        }
        with self._engine.begin() as connection:
            connection.execute(sa.insert(TOKEN).values(values))
        return self._get(TOKEN.c.token_id == values["token_id"])[0], secret

    def all(self) -> list[Token]:
        """Every token, also revoked ones, oldest first."""
        return self._get(sa.true())

    def revoke(self, token_id: str) -> None:
        """Let a token be good for nothing any more.

        Raises
        ------
        NotFound
            If there is none of that id.
        """
        with self._engine.begin() as connection:
            changed = connection.execute(
                sa.update(TOKEN)
                .where(TOKEN.c.token_id == token_id, TOKEN.c.revoked.is_(None))
                .values(revoked=self._clock())
            ).rowcount
        if not changed:
            raise NotFound(f"there is no valid token {token_id}; satvo token list shows them")

    def of(self, secret: str) -> Token | None:
        """The valid token that has this secret, or None.

        Looked up by digest, so that the time taken tells nothing of the secret.
        """
        found = self._get(TOKEN.c.digest == _digest(secret), TOKEN.c.revoked.is_(None))
        return found[0] if found else None

    def _get(self, *conditions: sa.ColumnElement[bool]) -> list[Token]:
        query = sa.select(TOKEN).where(*conditions).order_by(TOKEN.c.created)
        with self._engine.connect() as connection:
            return [
                Token(row.token_id, row.name, tuple(row.rights), row.created, row.revoked)
                for row in connection.execute(query)
            ]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
