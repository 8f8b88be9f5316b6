"""`satvo serve`: gunicorn with one process of threads, because the embedded store has one owner."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from satvo.service.archive import hold_home
from satvo.service.config import Config

__all__ = ["serve"]


def serve(config: Config, *, host: str, port: int) -> None:
    """Serve until told to stop.

    Parameters
    ----------
    config : Config
        Names the home, which must exist.
    host, port
        Where to listen beside the socket in the home.

    Raises
    ------
    HomeInUse
        If a server has the home already.
    """
    lock = hold_home(config.home)
    try:
        _Server(config, host, port).run()
    finally:
        lock.release()


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured here and nowhere else."""

    def __init__(self, config: Config, host: str, port: int) -> None:
        self._config = config
        self._bind = [f"{host}:{port}", f"unix:{config.socket}"]
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": self._bind,
            "umask": 0o177,  # the socket is for the owner of the home alone
            "worker_class": "gthread",
            "workers": 1,
            "threads": self._config.threads,
            "preload_app": False,  # the store is opened after the fork
            "graceful_timeout": int(self._config.drain_seconds),
            "timeout": 120,
            "keepalive": 15,
            "accesslog": None,
            "loglevel": "info",
            "proc_name": "satvo",
            "control_socket_disable": True,
            "limit_request_line": 8190,
            "worker_exit": _close_archive,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made anew in each worker."""
        from satvo.service.app import create_app

        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
        app = create_app(self._config)
        self._app = app
        return app


def _close_archive(server: Any, worker: Any) -> None:
    app = getattr(worker, "wsgi", None)
    if app is not None:
        app.extensions["satvo.archive"].close()
