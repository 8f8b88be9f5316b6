"""Files of the archive on their way to clients: whole or in parts, never read into memory."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from flask import Response, request, send_file

__all__ = ["FITS", "sent_file"]

FITS = "image/fits"
"""Media type of FITS files, as ivoa.obscore has it (RFC 4047)."""

_ONE_RANGE = re.compile(r"bytes=\s*\d*-\d*\s*")

_SECONDS = 600
"""How long a client need not ask again."""


def sent_file(
    path: Path, *, media_type: str, name: str, checksum: str = "", tag: str = ""
) -> Response:
    """The bytes of a file, or the range of them that is asked for (RFC 9110, section 14).

    Of several ranges in one request, and of units other than bytes, none is served: the whole file
    comes, as section 14.2 has it.

    Parameters
    ----------
    path : Path
    media_type, name : str
        What the client is told of it; the name, without folders, is where a browser saves it.
    checksum : str
        SHA-256, hexadecimal: the ETag, and Repr-Digest (RFC 9530); empty where not known.
    tag : str
        The ETag of a file whose checksum is not known.
    """
    if not _ONE_RANGE.fullmatch(request.headers.get("Range", "")):
        request.environ.pop("HTTP_RANGE", None)
        request.environ.pop("HTTP_IF_RANGE", None)
    answer = send_file(
        path.resolve(),
        mimetype=media_type,
        as_attachment=True,
        download_name=_plain(name),
        conditional=True,
        etag=checksum or tag or False,
        max_age=_SECONDS,
    )
    if checksum:
        digest = base64.b64encode(bytes.fromhex(checksum)).decode()
        answer.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    # What is packed on its way has another digest and no ranges (RFC 9111, section 5.2.2.6).
    answer.cache_control.no_transform = True
    return answer


def _plain(name: str) -> str:
    r"""A name without folders and without what a header or a terminal would stumble on.

    Examples
    --------
    >>> _plain("../a/night 1.fits"), _plain('x"\r\ny.fits'), _plain("..")
    ('night 1.fits', 'x___y.fits', 'file')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(c if c.isprintable() and c not in '"\\;' else "_" for c in last)[:200]
    return (clean.strip(". ") and clean) or "file"
