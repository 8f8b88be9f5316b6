"""Kinds of values that hold others: lists, rows, alternatives, and sections of named fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from satvo.resources.images.simulator.kinds import Kind, Mistakes, nearest, shown

__all__ = ["Either", "Field", "ListOf", "OneOf", "Row", "Section"]


@dataclass(frozen=True, slots=True)
class Field:
    """A named value of a section.

    Attributes
    ----------
    name : str
    kind : Kind
    about : str
        What it means: the description in the schema and in the documentation.
    unit : str
        Empty for what has none.
    default : Any
        What is taken where it is not given; None for nothing.
    required : bool
    """

    name: str
    kind: Kind
    about: str
    unit: str = ""
    default: Any = None
    required: bool = False

    def schema(self) -> dict[str, Any]:
        """JSON Schema, with description, unit and default."""
        found = {**self.kind.schema(), "description": self.about}
        if self.unit:
            found["unit"] = self.unit
        if self.default is not None:
            found["default"] = self.default
        return found


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping with known keys, which becomes a mapping with all of them but those without value.

    Attributes
    ----------
    fields : tuple of Field
    what : str
        What it is, for messages.
    one_of : tuple of str
        Fields of which at least one is needed.
    """

    fields: tuple[Field, ...]
    what: str = "a mapping"
    one_of: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The keys."""
        return tuple(field.name for field in self.fields)

    def schema(self, *, required: bool = True) -> dict[str, Any]:
        """JSON Schema; without ``required`` of a section that changes a preset."""
        found: dict[str, Any] = {
            "type": "object",
            "properties": {field.name: field.schema() for field in self.fields},
            "additionalProperties": False,
        }
        needed = [field.name for field in self.fields if field.required]
        if required and needed:
            found["required"] = needed
        if self.one_of:
            found["anyOf"] = [{"required": [name]} for name in self.one_of]
        return found

    def told(self) -> str:
        return f"{self.what} with {', '.join(self.names)}"

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        if not isinstance(value, Mapping):
            mistakes.tell(path, f"{shown(value)}: give {self.told()}")
            return None
        for key in value:
            if key not in self.names:
                hint = nearest(key, self.names) or f"; there are {', '.join(self.names)}"
                mistakes.tell(_at(path, shown(key)), f"not known{hint}")
        if self.one_of and not any(name in value for name in self.one_of):
            mistakes.tell(path, f"give one of {', '.join(self.one_of)}")
        read: dict[str, Any] = {}
        for field in self.fields:
            if field.name in value:
                read[field.name] = field.kind.read(
                    value[field.name], _at(path, field.name), mistakes
                )
            elif field.required:
                mistakes.tell(_at(path, field.name), f"missing: give {field.kind.told()}")
            elif field.default is not None:
                read[field.name] = field.kind.read(field.default, field.name, Mistakes())
        return read


@dataclass(frozen=True, slots=True)
class OneOf:
    """A section whose ``kind`` says which it is; what it becomes has ``kind`` in it.

    Attributes
    ----------
    sections : tuple of (str, Section)
    what : str
    """

    sections: tuple[tuple[str, Section], ...]
    what: str = "a mapping"

    def schema(self) -> dict[str, Any]:
        options = []
        for name, section in self.sections:
            one = section.schema()
            one["properties"] = {"kind": {"const": name}, **one["properties"]}
            one["required"] = ["kind", *one.get("required", [])]
            options.append(one)
        return {"type": "object", "oneOf": options}

    def told(self) -> str:
        return f"{self.what} whose kind is one of {', '.join(name for name, _ in self.sections)}"

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        kind = value.get("kind") if isinstance(value, Mapping) else None
        known = dict(self.sections)
        if not isinstance(kind, str) or kind not in known:
            given = shown(value) if kind is None else f"kind {shown(kind)}"
            mistakes.tell(path, f"{given}: give {self.told()}{nearest(kind, list(known))}")
            return None
        rest = {key: each for key, each in value.items() if key != "kind"}
        return {"kind": kind, **(known[kind].read(rest, path, mistakes) or {})}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one kind."""

    kind: Kind
    most: int
    least: int = 0

    def schema(self) -> dict[str, Any]:
        return {
            "type": "array",
            "items": self.kind.schema(),
            "minItems": self.least,
            "maxItems": self.most,
        }

    def told(self) -> str:
        return f"a list of {self.least} to {self.most}"

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            given = f"a list of {len(value)}" if isinstance(value, list) else shown(value)
            mistakes.tell(path, f"{given}: give {self.told()}")
            return None
        return [self.kind.read(each, f"{path}[{i}]", mistakes) for i, each in enumerate(value)]


@dataclass(frozen=True, slots=True)
class Row:
    """A list of a fixed number of values, which becomes a tuple.

    Attributes
    ----------
    kinds : tuple of Kind
    what : str
        What they are, for messages.
    """

    kinds: tuple[Kind, ...]
    what: str

    def schema(self) -> dict[str, Any]:
        return {
            "type": "array",
            "prefixItems": [kind.schema() for kind in self.kinds],
            "minItems": len(self.kinds),
            "maxItems": len(self.kinds),
        }

    def told(self) -> str:
        return f"[{self.what}]"

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        if not isinstance(value, list) or len(value) != len(self.kinds):
            mistakes.tell(path, f"{shown(value)}: give {self.told()}")
            return None
        return tuple(
            kind.read(each, f"{path}[{i}]", mistakes)
            for i, (kind, each) in enumerate(zip(self.kinds, value, strict=True))
        )


@dataclass(frozen=True, slots=True)
class Either:
    """A value of the first of some kinds that takes it; no two of them have the same JSON type."""

    kinds: tuple[Kind, ...]

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [kind.schema() for kind in self.kinds]}

    def told(self) -> str:
        return ", or ".join(kind.told() for kind in self.kinds)

    def read(self, value: Any, path: str, mistakes: Mistakes) -> Any:
        for kind in self.kinds:
            if _json_type(value) in _types_of(kind):
                return kind.read(value, path, mistakes)
        mistakes.tell(path, f"{shown(value)}: give {self.told()}")
        return None


def _types_of(kind: Kind) -> set[str]:
    if isinstance(kind, Either):
        return set().union(*(_types_of(each) for each in kind.kinds))
    schema = kind.schema()
    if "enum" in schema:
        return {"string"}
    named = schema["type"]
    return {"number"} if named == "integer" else {named}


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, (str, date)):
        return "string"
    if isinstance(value, Mapping):
        return "object"
    return "array" if isinstance(value, list) else "null"


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
