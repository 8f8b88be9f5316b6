"""The archive of the running application, opened behind the first requests.

A worker of the server boots at once and opens the archive beside it, because on a reload the worker
before it may still be sending: only when that one has ended does the embedded file become free.
"""

from __future__ import annotations

import logging
import threading

from flask import current_app
from satvo.schemas.errors import HomeInUse, SatvoError, Unavailable
from satvo.service.archive import Archive
from satvo.service.config import Config

__all__ = ["ArchiveAccess", "archive", "archive_trouble"]

_LOG = logging.getLogger("satvo.archive")


class ArchiveAccess:
    """Opens the archive in a thread of its own, and hands it to whoever waits.

    Parameters
    ----------
    config : Config
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._ready = threading.Event()
        self._archive: Archive | None = None
        self._error: SatvoError | None = None
        self._closed = False
        threading.Thread(target=self._open, name="archive-opener", daemon=True).start()

    def get(self) -> Archive:
        """The archive.

        Raises
        ------
        Unavailable
            If it cannot be opened, or not within ``boot_seconds``.
        """
        self._ready.wait(self._config.boot_seconds)
        if self._archive is None:
            raise Unavailable(self.trouble())
        return self._archive

    def now(self) -> Archive | None:
        """The archive if it is open, waiting for nothing."""
        return self._archive

    def trouble(self) -> str:
        """Why the archive cannot be had just now; empty where it can."""
        if self._archive is not None:
            return ""
        if not self._ready.is_set():
            return "the archive is being opened; try again in a few seconds"
        return str(self._error or "the archive is closed; try again in a few seconds")

    def close(self) -> None:
        """Give the archive back."""
        self._closed = True
        if self._ready.is_set() and self._archive is not None:
            archive, self._archive = self._archive, None
            archive.close()

    def _open(self) -> None:
        self._error = Unavailable("the archive cannot be opened; the log of the service knows why")
        try:
            self._archive = self._opened()
        except SatvoError as err:
            _LOG.error("the archive cannot be opened: %s", err)
            # The message is for the log alone: it names paths.
        finally:
            self._ready.set()
        if self._closed:
            self.close()

    def _opened(self) -> Archive | None:
        while not self._closed:
            try:
                archive = Archive(self._config, wait_s=self._config.boot_seconds)
            except HomeInUse as err:
                # It ends some day: the worker before this one, or a long command.
                _LOG.warning("waiting for the archive: %s", err)
            else:
                if strays := archive.images.remove_strays():
                    _LOG.warning("%d files without rows are removed, left by a kill", strays)
                return archive
        return None


def archive() -> Archive:
    """The archive of the application that serves this request; raises as `ArchiveAccess.get`."""
    return _access().get()


def archive_trouble() -> str:
    """Why the archive cannot be had just now; empty where it can."""
    return _access().trouble()


def _access() -> ArchiveAccess:
    access: ArchiveAccess = current_app.extensions["satvo.archive"]
    return access
