"""What a declared function is: its arguments, its result, and how it is told to clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from satvo.service.adql.core import Kind

__all__ = ["Function"]


@dataclass(frozen=True, slots=True)
class Function:
    """One declared function.

    Attributes
    ----------
    op : str
        Its name in the emitters' vocabulary.
    arguments : tuple of str
        What each argument must be: number, integer, text, literal (a string written there), time (a
        timestamp or the text of one), point, ordered or any; a trailing ``?`` makes it optional.
    result : Kind or callable
        Type of the answer, or a function of the arguments' types.
    form : str
        How it is written, for messages.
    keeps_unit : bool
        Whether the answer has the unit of the first argument.
    is_aggregate : bool
        Whether it takes the values of a group.
    signatures : tuple of str
        Of a user-defined function, as ADQL 2.1, section 4.3.2, has them in a capability.
    description : str
        Of a user-defined function, for its users.
    engines : tuple of str
        The dialects of the stores that have it; empty where all do.
    """

    op: str
    arguments: tuple[str, ...]
    result: Kind | Callable[[tuple[Kind, ...]], Kind]
    form: str
    keeps_unit: bool = False
    is_aggregate: bool = False
    signatures: tuple[str, ...] = ()
    description: str = ""
    engines: tuple[str, ...] = ()

    @property
    def at_least(self) -> int:
        """How many arguments must be there."""
        return sum(not a.endswith("?") for a in self.arguments)

    def is_in(self, engine: str) -> bool:
        """Whether a store of this dialect has it."""
        return not self.engines or engine in self.engines

    def result_of(self, kinds: tuple[Kind, ...]) -> Kind:
        """Type of the answer for arguments of these types."""
        return self.result if isinstance(self.result, Kind) else self.result(kinds)
