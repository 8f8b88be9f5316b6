"""The configuration: one typed object, read once from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from satvo.schemas.errors import BadParameter
from satvo.schemas.store import check_store

__all__ = ["Config", "read_config"]

_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def _setting(default: Any, sentence: str) -> Any:
    return field(default=default, metadata={"sentence": sentence})


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, each read from ``SATVO_`` and its name in capitals.

    The sentence beside each is what the documentation and a wrong value's message show.
    """

    home: Path = _setting(Path("var"), "folder that holds the archive, the cache and the socket")
    store: str = _setting(
        "duckdb", "engine of the tables: duckdb, the embedded file, or postgresql://user@host/name"
    )
    public_url: str = _setting(
        "http://127.0.0.1:8080", "address that all documents name, never taken from a request"
    )
    default_maxrec: int = _setting(200_000, "rows of an answer where the client sets no MAXREC")
    hard_maxrec: int = _setting(20_000_000, "rows of an answer at most, whatever MAXREC says")
    query_seconds: float = _setting(60.0, "time that one synchronous query may run, s")
    request_bytes: int = _setting(2_000_000, "size of a request at most, bytes")
    upload_bytes: int = _setting(
        100_000_000, "size of a request with uploaded tables at most, bytes"
    )
    upload_rows: int = _setting(2_000_000, "rows of an uploaded table at most")
    upload_seconds: float = _setting(60.0, "time that a table elsewhere may take to come, s")
    upload_hosts: str = _setting(
        "", "hosts, comma-separated, that UPLOAD may name although they are not public"
    )
    user_tables: int = _setting(100, "tables that one token may keep")
    user_rows: int = _setting(20_000_000, "rows of all tables that one token keeps")
    user_bytes: int = _setting(
        4_000_000_000, "size of all tables that one token keeps, unpacked, bytes"
    )
    image_bytes: int = _setting(
        2_000_000_000,
        "size of a request with images at most, which are streamed to the disk, bytes",
    )
    image_quota_bytes: int = _setting(
        100_000_000_000, "size of all images that one token brings, bytes"
    )
    uploads_at_once: int = _setting(
        8, "requests with images that are received at once; as many more may wait"
    )
    slowest_upload: int = _setting(
        1000, "bytes a second that a request with images must bring, or be cut off"
    )
    threads: int = _setting(128, "clients served at once; a quarter of them may wait for jobs")
    queries_at_once: int = _setting(8, "queries that the engine works on at once")
    spool_mb: int = _setting(
        4096, "files of answers that clients take slower than the engine gives them, together, MiB"
    )
    memory_mb: int = _setting(2048, "memory of the embedded engine before it spills, MiB")
    boot_seconds: float = _setting(
        60.0, "how long to wait for another process that has the file, s"
    )
    drain_seconds: float = _setting(30.0, "how long answers in progress may take on a reload, s")
    client_seconds: float = _setting(
        60.0, "how long a client may neither send nor take anything before it is cut off, s"
    )
    async_seconds: int = _setting(600, "time that an asynchronous query may run, s")
    longest_job_seconds: int = _setting(7200, "time that a client may allow a job at most, s")
    job_slots: int = _setting(3, "jobs that run at once")
    jobs_waiting: int = _setting(1000, "jobs that wait or run at most before new ones are refused")
    jobs_each: int = _setting(
        100, "jobs of one token, or of one address without, that wait or run at most"
    )
    proxies: str = _setting(
        "", "addresses, comma-separated, of proxies whose X-Forwarded-For is believed"
    )
    job_days: int = _setting(7, "how long a job and its results are kept, d")
    longest_job_days: int = _setting(30, "how long a client may have a job kept at most, d")
    job_memory_mb: int = _setting(4096, "memory of one compute job, MiB")
    job_threads: int = _setting(
        1, "threads that one compute job computes with; of networks, one image at a time"
    )
    log_level: str = _setting("info", "least level that is logged: debug, info, warning, error")
    log_format: str = _setting(
        "auto", "json, one object a line, or text; auto: text on a terminal, json elsewhere"
    )
    health_disk_mb: int = _setting(
        1024, "room on the disk of the home below which /health answers 503, MiB"
    )
    authority: str = _setting(
        "satvo.invalid",
        "IVOA authority of the identifiers; this one is not registered, and cannot be",
    )
    publisher: str = _setting(
        "Unnamed operator of satvo", "who runs this service, as its registry records name it"
    )
    contact_name: str = _setting(
        "Unnamed operator of satvo", "person or group that answers questions about this service"
    )
    contact_email: str = _setting("nobody@satvo.invalid", "address that questions are sent to")
    records_updated: str = _setting(
        "2026-11-22T00:00:00Z",
        "when the settings that registry records show were changed last (UTC), for harvesters",
    )
    celestrak_url: str = _setting("https://celestrak.org", "where satvo fetch celestrak asks")
    spacetrack_url: str = _setting(
        "https://www.space-track.org", "where satvo fetch spacetrack asks; https only"
    )
    starlink_url: str = _setting(
        "https://api.starlink.com/public-files/ephemerides",
        "the folder with MANIFEST.txt where satvo fetch starlink asks",
    )

    @property
    def is_registrable(self) -> bool:
        """Whether the authority can be registered: no name in .invalid can (RFC 6761)."""
        return not self.authority.lower().endswith(".invalid")

    @property
    def records_date(self) -> datetime:
        """The instant of ``records_updated``, UTC without a zone."""
        return datetime.strptime(self.records_updated, _INSTANT)

    @property
    def socket(self) -> Path:
        """The Unix socket by which commands reach a running server."""
        return self.home / "satvo.sock"

    def url(self, path: str) -> str:
        """A public address below the service's own.

        Examples
        --------
        >>> Config(public_url="https://example.org/sats/").url("tap")
        'https://example.org/sats/tap'
        """
        return f"{self.public_url.rstrip('/')}/{path.lstrip('/')}"

    def link(self, path: str) -> str:
        """An address on this host, for links between the pages: it works behind a tunnel too.

        Examples
        --------
        >>> Config(public_url="https://example.org/sats/").link("tables")
        '/sats/tables'
        """
        return f"{urlsplit(self.public_url).path.rstrip('/')}/{path.lstrip('/')}"


def read_config(environ: Mapping[str, str] = os.environ, **given: Any) -> Config:
    """Read the settings; those given by name win over the environment.

    Raises
    ------
    BadParameter
        For a value that is not of the setting's type, with the variable's name and meaning.
    """
    values: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
    for setting in fields(Config):
        variable = f"SATVO_{setting.name.upper()}"
        if setting.name not in values and environ.get(variable):  # empty: as if it were not set
            values[setting.name] = _converted(variable, environ[variable], setting)
    config = Config(**values)
    check_store(config.store)
    if not _is_address(config.public_url):
        raise BadParameter(
            f"SATVO_PUBLIC_URL={config.public_url}: not an http or https address; "
            "give the address by which clients reach this service"
        )
    for name, (is_right, accepted) in _FORMS.items():
        value = getattr(config, name)
        if not is_right(value):
            raise BadParameter(f"SATVO_{name.upper()}={value}: give {accepted}")
    return config


def _is_instant(text: str) -> bool:
    try:
        datetime.strptime(text, _INSTANT)
    except ValueError:
        return False
    return True


_FORMS: Mapping[str, tuple[Callable[[str], object], str]] = {
    # IVOA Identifiers 2.0, section 2.3.1, and the type AuthorityID of VOResource 1.1
    "authority": (
        re.compile(r"[A-Za-z0-9][A-Za-z0-9._~!*'()+=-]{2,}").fullmatch,
        "at least three letters, digits, dots and hyphens, e.g. example.org",
    ),
    "publisher": (str.isprintable, "a name on one line"),
    "contact_name": (str.isprintable, "a name on one line"),
    "contact_email": (
        re.compile(r"[!-?A-~]+@([!-\-/-?A-~]+\.)+[!-\-/-?A-~]+").fullmatch,
        "an address such as name@example.org",
    ),
    "records_updated": (_is_instant, "an instant in UTC, e.g. 2026-11-22T00:00:00Z"),
}
"""What registry records can hold, for each setting that they show."""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _converted(variable: str, text: str, setting: Any) -> Any:
    kind = type(setting.default)
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or (kind in (int, float) and not 0 < value < float("inf")):
        raise BadParameter(
            f"{variable}={text}: not a positive number; it is the "
            f"{setting.metadata['sentence']} (default {setting.default})"
        )
    return value
