"""`satvo serve`: gunicorn with one process of threads, because the embedded store has one owner."""

from __future__ import annotations

import logging
import os
import socket
import struct
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from satvo.schemas.errors import BadParameter, Unavailable
from satvo.schemas.state_database import open_state
from satvo.service.config import Config
from satvo.service.home_lock import hold_home
from satvo.service.journal import begin_journal
from satvo.service.memory import Heaps, keep_memory_small
from satvo.service.request_watch import RequestWatch
from satvo.service.worker import Worker

__all__ = ["serve"]

_SOCKET_PATH_BYTES = 107
"""Longest name that a Unix socket can have on Linux (unix(7)), without the closing zero."""

_SPARE_THREADS = 8
"""Beside those for clients: they refuse whom there is no place for, and answer /health."""


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
    BadParameter
        If it cannot listen there.
    HomeInUse
        If a server has the home already.
    Unavailable
        If something else listens there, or the jobs and tokens are of a newer version.
    """
    begin_journal(config.log_level, config.log_format)
    _check_socket(config.socket)
    # A worker whose master was killed still finishes its answers.
    lock = hold_home(config.home, wait_s=config.drain_seconds + 10)
    try:
        _check_address(host, port)
        # What is wrong with it is one line here; in a worker it would be a stack.
        open_state(config.home, config.store).dispose()
        _Server(config, host, port).run()
    finally:
        lock.release()


def _check_socket(path: Path) -> None:
    length = len(os.fsencode(path))
    if length > _SOCKET_PATH_BYTES:
        raise BadParameter(
            f"the socket {path} would have a name of {length} bytes, and {_SOCKET_PATH_BYTES} are "
            "possible; give a home with a shorter path"
        )


def _check_address(host: str, port: int) -> None:
    """Say in one line what gunicorn says in ten, after five tries."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as err:
            raise BadParameter(f"--host {host}: not an address of this machine") from err
        except OSError as err:
            raise Unavailable(
                f"cannot listen on {host} port {port}: {err.strerror}; "
                "stop what listens there, or give another --port"
            ) from err


class _ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's own lines, written as all others."""

    def setup(self, cfg: Any) -> None:
        """Leave level and form to `begin_journal`; requests are logged elsewhere."""
        self.cfg = cfg
        self.error_log.propagate = True
        self._access_log_enabled = False


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured here and nowhere else."""

    def __init__(self, config: Config, host: str, port: int) -> None:
        self._config = config
        self._heaps = Heaps()
        self._bind = [f"{host}:{port}", f"unix:{config.socket}"]
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": self._bind,
            "umask": 0o177,  # the socket is for the owner of the home alone
            "worker_class": Worker,
            "workers": 1,
            "threads": self._config.threads + _SPARE_THREADS,
            "preload_app": False,  # the store is opened after the fork
            "graceful_timeout": int(self._config.drain_seconds),
            "timeout": 120,
            "keepalive": 15,
            "accesslog": None,
            "logger_class": _ServerLog,
            "proc_name": "satvo",
            "control_socket_disable": True,
            "limit_request_line": 8190,
            # Nothing is taken from a proxy's headers: the public address is a setting.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "when_ready": self._ready,
            "post_request": self._end_request,
            "worker_exit": _end_worker,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made anew in each worker."""
        keep_memory_small()
        from satvo.service.app import create_app

        app = create_app(self._config)
        self._watch: RequestWatch = app.extensions["satvo.requests"]
        self._watch.limit(self._config.threads)
        return app

    def _end_request(self, worker: Any, request: Any, environ: Any, answer: Any) -> None:
        if answer is None:  # not even its head could be understood
            return
        sent = answer.sent
        if not sent and request.method != "HEAD":  # the system sends files, and counts nothing
            sent = answer.response_length or 0
        self._watch.end(environ, answer.status_code, sent)
        self._heaps.give_back()

    def _ready(self, arbiter: Any) -> None:
        """Say where it listens, and let no client hold a thread by doing nothing."""
        limit = struct.pack("ll", int(self._config.client_seconds), 0)
        for listener in arbiter.LISTENERS:
            if listener.FAMILY != socket.AF_UNIX:
                # Connections inherit it; gunicorn itself knows no limit for these two.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        logging.getLogger("satvo").info("satvo serves %s", self._config.url("/"))


def _end_worker(arbiter: Any, worker: Any) -> None:
    """Give the archive back and end, whatever still sends."""
    app = getattr(worker, "wsgi", None)
    if app is None:  # it did not come so far; its exit status tells the master
        return
    try:
        app.extensions["satvo.jobs"].close()
        app.extensions["satvo.archive"].close()
    finally:
        # Python would wait for threads that send to slow clients, and with them the next worker.
        logging.shutdown()
        os._exit(0)
