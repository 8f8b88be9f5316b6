"""The JSON Schema of scene descriptions, and tables of their parameters for the documentation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from satvo.resources.images.simulator.instrument_fields import DETECTOR, TELESCOPE
from satvo.resources.images.simulator.scene_fields import DESCRIPTION
from satvo.resources.images.simulator.sections import Either, Field, ListOf, OneOf, Section

__all__ = ["parameter_rows", "parameter_table", "scene_schema", "schema_text"]


def scene_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scene description.

    It follows from the declaration that the reader uses. What it does not say: that a preset of
    that name exists, that a satellite meets the field, and what hangs on several values at once.

    Examples
    --------
    >>> scene_schema()["properties"]["detector"]["properties"]["bitdepth"]["anyOf"][0]["maximum"]
    32
    """
    whole = DESCRIPTION.schema()
    needed = {
        name: {"required": [field.name for field in section.fields if field.required]}
        for name, section in (("telescope", TELESCOPE), ("detector", DETECTOR))
    }
    for name in needed:
        del whole["properties"][name]["required"]
    # An instrument brings what is required of telescope and detector.
    whole["anyOf"] = [
        {"required": ["instrument"]},
        {"required": list(needed), "properties": needed},
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "satvo scene description",
        "description": "What satvo simulate and the job imagesimulate make an image of.",
        **whole,
    }


def schema_text() -> str:
    """The same as indented JSON."""
    return json.dumps(scene_schema(), indent=1) + "\n"


def parameter_rows() -> list[tuple[str, str, str, str, str]]:
    """Path, unit, what is accepted, default and meaning of every parameter, in order."""
    return list(_rows("", DESCRIPTION))


def parameter_table() -> str:
    """The same as a table in Markdown, which deploy/simulate.md has."""
    lines = ["| parameter | unit | accepted | default | meaning |", "|---|---|---|---|---|"]
    for path, unit, told, default, about in parameter_rows():
        value = f"`{default}`" if default and default != "required" else default
        lines.append(f"| `{path}` | {unit} | {told} | {value} | {about} |")
    return "\n".join(lines) + "\n"


def _rows(path: str, kind: Any) -> Iterator[tuple[str, str, str, str, str]]:
    if isinstance(kind, Section):
        for field in kind.fields:
            yield from _field_rows(f"{path}{field.name}", field)
    elif isinstance(kind, OneOf):
        for name, section in kind.sections:
            yield from _rows(f"{path}({name}).", section)
    elif isinstance(kind, ListOf):
        yield from _rows(path, kind.kind)
    elif isinstance(kind, Either):
        for each in kind.kinds:
            yield from _rows(path, each)


def _field_rows(path: str, field: Field) -> Iterator[tuple[str, str, str, str, str]]:
    default = "required" if field.required else _default(field.default)
    yield path, field.unit, _told(field.kind), default, field.about
    ending = "[]." if isinstance(field.kind, ListOf) else "."
    if isinstance(field.kind, Either) and any(isinstance(k, ListOf) for k in field.kind.kinds):
        ending = "[]."
    yield from _rows(path + ending, field.kind)


def _told(kind: Any) -> str:
    if isinstance(kind, (Section, OneOf)):
        return kind.what
    if isinstance(kind, Either):
        return ", or ".join(_told(each) for each in kind.kinds)
    return str(kind.told())


def _default(value: Any) -> str:
    return "" if value is None or value == {} else json.dumps(value)
