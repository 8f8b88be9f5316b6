"""What every test may ask for."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Seeds are fixed: what fails here fails everywhere.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data, for tests marked `needs_data`; without it they are skipped."""
    folder = (ROOT / os.environ.get("SATVO_TEST_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip("no real data here: SATVO_TEST_DATA names no folder")
    return folder


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[], str]]:
    """Makes PostgreSQL databases and gives their addresses; skips where there is no PostgreSQL."""
    postgres = _module("postgres")
    if not (postgres.PROGRAMS / "initdb").exists():
        pytest.skip(f"PostgreSQL is absent; install the Debian packages {postgres.PACKAGES}")
    cluster = postgres.Cluster()
    yield cluster.new_database
    cluster.stop()


@pytest.fixture(scope="session")
def address_of(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Gives the address of an empty store of an engine."""
    return lambda name: "duckdb" if name == "duckdb" else request.getfixturevalue("new_database")()


@pytest.fixture(params=["duckdb", "postgresql"])
def address(request: pytest.FixtureRequest, address_of: Callable[[str], str]) -> str:
    """Where an empty store of each engine is."""
    return address_of(request.param)


def _module(name: str) -> Any:
    """A module beside this one; the tests are no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
