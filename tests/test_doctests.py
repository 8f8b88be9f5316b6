"""The examples in docstrings run.

By the installed names: collected by path, a module would be imported a second time under another
name and declare its tables twice.
"""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    ".".join(("satvo", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for folder in ("schemas", "ingest", "resources", "service")
    for path in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS).failed == 0
