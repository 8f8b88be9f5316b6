"""What lets pages of other origins read answers: Aladin Lite and Firefly run in browsers."""

from __future__ import annotations

from flask import Response, request

__all__ = ["open_to_browsers"]

_SENT = ", ".join((
    "Authorization", "Content-Type", "If-Modified-Since", "If-None-Match", "If-Range", "Range",
    "X-Request-ID", "X-Requested-With",
))  # fmt: skip
"""Headers that a page may send beside those that the Fetch standard allows anyway."""

_READ = ", ".join((
    "Accept-Ranges", "Allow", "Content-Disposition", "Content-Encoding", "Content-Range", "Date",
    "ETag", "Location", "Repr-Digest", "Retry-After", "WWW-Authenticate", "X-Request-ID",
    "X-VO-Query-Status",
))  # fmt: skip
"""Headers that a page may read beside those that the Fetch standard allows anyway."""


def open_to_browsers(answer: Response) -> Response:
    """Let any page read an answer, and ask with the methods that its address has.

    Tokens are sent in a header by the page itself and never by the browser, so any origin may:
    credentials in the sense of the Fetch standard, cookies, are not there.
    """
    if request.path.startswith("/control/"):
        return answer
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Expose-Headers"] = _READ
    if request.method == "OPTIONS":
        methods = {"GET", "HEAD", "POST", *answer.allow}  # three may be sent without asking
        answer.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(methods))
        answer.headers["Access-Control-Allow-Headers"] = _SENT
        answer.headers["Access-Control-Max-Age"] = "86400"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
