"""What an address does, declared beside its view; /openapi.json is made of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from satvo.schemas.resource import JobParameter

__all__ = ["Operation", "Reply", "described", "operation", "operation_of"]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer that a client may get.

    Attributes
    ----------
    description : str
    media_types : tuple of str
        Empty for an answer without content.
    schema : str
        Name of the schema of its JSON among the document's own; empty for none.
    """

    description: str
    media_types: tuple[str, ...] = ()
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one address does.

    Attributes
    ----------
    summary : str
    parameters : tuple of JobParameter
        Of the address with GET, of the form with POST.
    replies : mapping
        By status; those that are not errors.
    takes_files : bool
        Whether a form may have parts that `parameters` does not name: the tables of UPLOAD.
    right : str
        What a token must allow; empty where none is needed.
    bodies : mapping
        Media types of bodies that are no form, and the name of the schema of their JSON; empty for
        a file as it is. Where there are such, a form with files is one of parts alone.
    """

    summary: str
    parameters: tuple[JobParameter, ...] = ()
    replies: Mapping[int, Reply] = field(default_factory=dict)
    takes_files: bool = False
    right: str = ""
    bodies: Mapping[str, str] = field(default_factory=dict)


def operation(summary: str, **more: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare what a view does; the arguments are those of `Operation`."""
    return lambda view: described(view, Operation(summary, **more))


def described(view: Callable[P, R], told: Operation) -> Callable[P, R]:
    """The same view with its declaration."""

    @functools.wraps(view)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return view(*args, **kwargs)

    call.operation = told  # type: ignore[attr-defined]
    return call


def operation_of(view: Callable[..., Any]) -> Operation:
    """The declaration of a view; one that has none is described by its docstring.

    Examples
    --------
    >>> def health():
    ...     '''Whether the service is well.'''
    >>> operation_of(health).summary
    'Whether the service is well'
    """
    told = getattr(view, "operation", None)
    if isinstance(told, Operation):
        return told
    first = (view.__doc__ or view.__name__).strip().splitlines()[0]
    return Operation(first.rstrip("."))
