"""Who asks: the token of a request, and what it may do."""

from __future__ import annotations

from flask import current_app, request
from satvo.schemas.errors import Denied, Unauthorized
from satvo.service.request_watch import request_record
from satvo.service.tokens import Token, TokenBook

__all__ = ["identity", "own_or_refused", "owner", "required"]


def identity() -> Token | None:
    """The token that the request carries as Bearer; None for an anonymous one.

    Raises
    ------
    Unauthorized
        If it carries something that is no valid token.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, secret = header.partition(" ")
    if scheme.lower() not in ("bearer", "ivoa_bearer"):
        raise Unauthorized("only tokens are accepted: send Authorization: Bearer and the token")
    tokens: TokenBook = current_app.extensions["satvo.tokens"]
    token = tokens.of(secret.strip())
    if token is None:
        raise Unauthorized("the token is not valid here; it may have been revoked")
    request_record().token_id = token.token_id
    return token


def owner() -> str | None:
    """The id by which things belong to who asks; None for an anonymous request.

    Raises
    ------
    Unauthorized
        If the request carries something that is no valid token.
    """
    token = identity()
    return None if token is None else token.token_id


def required(right: str) -> Token:
    """The token of the request, which must have a right.

    Raises
    ------
    Unauthorized
        If the request carries none.
    Denied
        If its token has not that right.
    """
    token = identity()
    if token is None:
        raise Unauthorized(f"this needs a token with the right {right}")
    if right not in token.rights:
        raise Denied(f"the token {token.name} has not the right {right}")
    return token


def own_or_refused(owner: str | None) -> None:
    """Let pass only the owner; what belongs to nobody is anyone's who knows its id.

    Raises
    ------
    Unauthorized, Denied
        If it belongs to somebody else.
    """
    if owner is None:
        return
    token = identity()
    if token is None:
        raise Unauthorized("this belongs to a token; send it")
    if token.token_id != owner:
        raise Denied("this belongs to another token")
