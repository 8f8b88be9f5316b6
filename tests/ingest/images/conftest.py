"""An archive of images in an empty folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from satvo.ingest.images.archive import ImageArchive
from satvo.schemas.store import Store, open_store
from satvo.service.archive import archive_tables

NOW = datetime(2026, 11, 22, 12)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An embedded store with all tables."""
    home = tmp_path / "home"
    home.mkdir()
    store = open_store("duckdb", home, wait_s=1)
    store.create(archive_tables())
    yield store
    store.close()


@pytest.fixture
def images(store: Store, tmp_path: Path) -> ImageArchive:
    """The archive of images of that store."""
    return ImageArchive(store, tmp_path / "home", "example.org", lambda: NOW)
