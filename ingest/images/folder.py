"""The files of the archive, by their content: ``images/<2 digits>/<checksum>.<ending>``.

A file is written under another name, synchronised and renamed, so that what has its name is whole.
Pictures of it stand beside it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from satvo.ingest.held import held_file, sweep
from satvo.schemas.durable import sync_path
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound

__all__ = ["PICTURES", "ImageFolder", "Received", "open_plain"]

PICTURES = (".preview.png", ".thumb.png")
"""Endings of the pictures of a file: the large one, the small one."""

_CHUNK = 1 << 20
_PRODUCT = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, eq=False)
class Received:
    """A file that was received, under a temporary name.

    Attributes
    ----------
    path : Path
    checksum : str
        SHA-256, hexadecimal.
    size : int
        Bytes.
    head : bytes
        The first of them, 80 at most.
    hold : int
        Descriptor that keeps it from being swept; closed with this object.
    """

    path: Path
    checksum: str
    size: int
    head: bytes
    hold: int

    def __post_init__(self) -> None:
        weakref.finalize(self, os.close, self.hold)


class ImageFolder:
    """The folder of files of one home.

    Parameters
    ----------
    home : Path
    """

    def __init__(self, home: Path) -> None:
        self.root = home / "images"
        self._incoming = self.root / "incoming"

    def receive(self, stream: IO[bytes], *, name: str, most_bytes: int) -> Received:
        """Take in a file, byte by byte as it is.

        Raises
        ------
        LimitExceeded
            If it has more bytes than ``most_bytes``; nothing is left of it.
        """
        descriptor, temporary = held_file(self._incoming)
        hold = os.dup(descriptor)  # the lock is on as long as one of the two is open
        digest, size, head = hashlib.sha256(), 0, b""
        try:
            with open(descriptor, "wb") as target:
                while piece := stream.read(_CHUNK):
                    size += len(piece)
                    if size > most_bytes:
                        raise LimitExceeded(
                            f"{name}: has more than {most_bytes} bytes, the most that is accepted"
                        )
                    head = head or piece[:80]
                    digest.update(piece)
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
            os.chmod(temporary, 0o644)
        except BaseException:
            os.unlink(temporary)
            os.close(hold)
            raise
        return Received(temporary, digest.hexdigest(), size, head, hold)

    def place(self, received: Received, ending: str, pictures: tuple[bytes, ...]) -> None:
        """Bring a received file to its place, with its pictures."""
        folder = self.root / received.checksum[:2]
        folder.mkdir(exist_ok=True)
        for content, kind in zip(pictures, PICTURES, strict=False):
            self._write(folder / f"{received.checksum}{kind}", content)
        os.replace(received.path, folder / f"{received.checksum}{ending}")
        sync_path(folder)

    def path(self, product_id: str) -> Path:
        """The file of a product.

        Raises
        ------
        NotFound
            If there is none.
        """
        for file in self._of(product_id):
            if not file.name.endswith(PICTURES):
                return file
        raise NotFound(f"there is no file {product_id[:40]} here; ivoa.obscore lists all")

    def picture(self, product_id: str, ending: str) -> Path:
        """A picture of it, by one of `PICTURES`; raises as `path`."""
        for file in self._of(product_id):
            if file.name.endswith(ending):
                return file
        raise NotFound(f"there is no picture of {product_id[:40]} here")

    def remove(self, checksum: str) -> None:
        """Remove a file with its pictures, if it is there."""
        for file in self._of(checksum[:16]):
            if file.name.startswith(checksum):
                file.unlink(missing_ok=True)

    def checksums(self) -> set[str]:
        """Those of all files and pictures that are there."""
        return {file.name.partition(".")[0] for file in self.root.glob("[0-9a-f][0-9a-f]/*")}

    def forget_stale(self) -> int:
        """Remove what was being received by processes that were killed; how many files."""
        return sweep(self._incoming)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The right to place and remove files together with their rows, in this process alone."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _of(self, product_id: str) -> Iterable[Path]:
        if not _PRODUCT.fullmatch(product_id):
            return ()
        return sorted((self.root / product_id[:2]).glob(f"{product_id}*"))

    def _write(self, path: Path, content: bytes) -> None:
        descriptor, temporary = held_file(self._incoming)
        with open(descriptor, "wb") as target:
            target.write(content)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)


def open_plain(source: Path, *, name: str) -> IO[bytes]:
    """Open a file that is one: no symbolic link, pipe, device or folder.

    Raises
    ------
    BadParameter
        If it is something else, or cannot be read.
    """
    try:
        # Without O_NONBLOCK a pipe would wait for its other end.
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as err:
        if source.is_symlink():
            raise BadParameter(f"{name}: is a symbolic link; give the file itself") from err
        raise BadParameter(f"{name}: cannot be read: {err.strerror}") from err
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = "a folder; give the files in it" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise BadParameter(f"{name}: is {what}, not a file")
    return open(descriptor, "rb")
