"""Imports go down the layers only, and are written with the installed name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("schemas", "ingest", "resources", "service")  # each imports those before it
RESOURCES = (  # each imports those after it
    "assessment", "masks", "images", "trails", "pass_probability", "passes", "brightness",
    "ephemeris", "constellations", "orbits",
)  # fmt: skip
WEB = frozenset(("flask", "werkzeug", "jinja2", "gunicorn"))
DATABASE = frozenset(("sqlalchemy", "duckdb", "psycopg"))
DECLARING = frozenset(("resource.py", "build.py", "job.py"))
HEAVY = frozenset(("torch", "onnxruntime", "astropy", "scipy"))

MODULES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[str]:
    """The dotted names that a module imports; `from a import b` gives a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(path: Path, text: str) -> list[str]:
    """What a module at this path below the root imports and must not."""
    layer, *inner = path.parts
    found = []
    for name in imports(ast.parse(text)):
        first, *rest = name.split(".")
        if first in LAYERS:
            found.append(f"{name}: write satvo.{name}")
        if first in WEB and layer != "service":
            found.append(f"{name}: the web is service's")
        if first in DATABASE and layer == "resources" and len(inner) > 1:
            if inner[-1] not in DECLARING:
                found.append(f"{name}: computation knows no database")
        if first != "satvo":
            continue
        if LAYERS.index(rest[0]) > LAYERS.index(layer):
            found.append(f"{name}: climbs from {layer}")
        if layer == rest[0] == "resources" and inner[0] in RESOURCES and rest[1] in RESOURCES:
            if RESOURCES.index(rest[1]) < RESOURCES.index(inner[0]):
                found.append(f"{name}: {inner[0]} may not import {rest[1]}")
        if (
            layer == "service"
            and inner[:1] == ["protocols"]
            and rest[:2] == ["service", "protocols"]
        ):
            if rest[2] not in (Path(inner[-1]).stem, "uws"):
                found.append(f"{name}: protocols import no siblings")
        if inner and inner[-1] == "resource.py" and first in HEAVY:
            found.append(f"{name}: a declaration imports nothing heavy")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_down_the_layers(path: Path) -> None:
    assert faults(path.relative_to(ROOT), path.read_text()) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("schemas/gp.py", "from satvo.ingest import load"),
        ("ingest/load.py", "import flask"),
        ("service/web/pages.py", "from service.web import x"),
        ("resources/orbits/resource.py", "from satvo.resources.passes import transits"),
        ("resources/passes/transits.py", "import sqlalchemy as sa"),
        ("service/protocols/tap.py", "from satvo.service.protocols.sia import x"),
    ],
)
def test_a_planted_violation_is_found(path: str, text: str) -> None:
    assert faults(Path(path), text)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 500
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
            docstring = (ast.get_docstring(node, clean=False) or "").count("\n")
            body = node.end_lineno - node.lineno - docstring
            assert body <= 60, f"{node.name} has {body} lines"


def test_every_module_says_what_it_is_for() -> None:
    assert [p for p in MODULES if not ast.get_docstring(ast.parse(p.read_text()))] == []
