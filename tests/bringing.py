"""A client that brings images to a running server, and a look at what the server has of them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from satvo.schemas.state_database import open_state
from satvo.service.tokens import TokenBook

__all__ = ["TOLD", "Contributor", "files_of", "initiated", "products"]

TOLD = {"licence": "CC0-1.0", "obs_collection": "brought"}
Parts = list[tuple[str, tuple[str, bytes]]]


class Contributor(requests.Session):
    """A client with a token of its own, or without one."""

    def __init__(self, server: Any, rights: str | None = "read,job,write", name: str = "") -> None:
        super().__init__()
        self.server = server
        self.name = name or f"contributor {uuid.uuid4()}"
        self.secret = ""
        if rights is not None:
            state = open_state(server.home, server.settings.get("SATVO_STORE", "duckdb"))
            book = TokenBook(state, lambda: datetime.now(UTC).replace(tzinfo=None))
            self.secret = book.add(self.name, rights.split(","))[1]
            state.dispose()
            self.headers["Authorization"] = f"Bearer {self.secret}"

    def ask(self, method: str, path: str = "", **options: Any) -> requests.Response:
        """One request below /api/images."""
        return self.request(method, f"{self.server.url}/api/images{path}", timeout=120, **options)

    def bring(self, content: bytes | Parts, name: str = "a.fits", **told: str) -> requests.Response:
        """A form with one file, or with these parts."""
        parts = [("file", (name, content))] if isinstance(content, bytes) else content
        return self.ask("POST", data={**TOLD, **told}, files=parts)


def initiated(server: Any) -> Any:
    """A server with an archive without rows, not started."""
    made = server.command("init")
    assert made.returncode == 0, made.stderr
    return server


def files_of(home: Path) -> set[str]:
    """What lies in the folders for images of a home, but for the lock and empty folders."""
    return {
        str(path.relative_to(home))
        for folder in ("images", "incoming")
        for path in (home / folder).rglob("*")
        if path.name != "lock" and not _is_shelf(path, home)
    }


def _is_shelf(path: Path, home: Path) -> bool:
    """Whether it is one of the folders that files are put into."""
    return path.is_dir() and path.parent == home / "images"


def products(server: Any) -> set[str]:
    """The checksums in satvo.dataproduct."""
    told = server.sync("SELECT checksum FROM satvo.dataproduct", RESPONSEFORMAT="csv")
    assert told.status == 200, told.text
    return set(told.text.split()[1:])
