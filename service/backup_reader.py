"""Reading a backup that may be cut, damaged, or made to do harm.

What is in it is not believed before its digest is checked, and no name in it becomes a path before
it is seen to be one of those that `satvo.service.backup` writes.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from satvo.schemas.errors import BadParameter
from satvo.service.backup_images import image_checksum
from satvo.service.backup_manifest import MANIFEST, Manifest, Member, is_job_file

__all__ = ["BackupReader", "opened_backup", "read_manifest"]

_CHUNK = 1 << 20
_MANIFEST_BYTES = 1 << 28


class BackupReader:
    """Reads members that are whole.

    Attributes
    ----------
    manifest : Manifest
    """

    def __init__(self, pack: zipfile.ZipFile, manifest: Manifest) -> None:
        self.manifest = manifest
        self._pack = pack

    def extract(self, name: str, target: Path) -> None:
        """Copy a member into a new file; raises `BadParameter` if its digest is another."""
        member: Member | None = self.manifest.members.get(name)
        if member is None or name == MANIFEST:
            raise BadParameter(f"it has no member {name[:200]!r}, which its manifest names")
        digest, size = hashlib.sha256(), 0
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._pack.open(name) as source, target.open("xb") as copy:
            while piece := source.read(_CHUNK):
                size += len(piece)
                digest.update(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            raise BadParameter(f"its member {name} is damaged: its digest is another")


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself; raises `BadParameter` as `opened_backup` does."""
    with opened_backup(path) as backup:
        return backup.manifest


@contextmanager
def opened_backup(path: Path) -> Iterator[BackupReader]:
    """A backup whose members are those that its manifest names; none of them is read yet.

    Raises
    ------
    BadParameter
        If it is none, was cut, or holds what no backup does; and for such an error while it is
        open, with the name of the file.
    """
    try:
        with zipfile.ZipFile(path) as pack:
            infos = pack.infolist()
            _check_members(path, infos)
            manifest = Manifest.read(pack.read(MANIFEST))
            named = {*manifest.members, MANIFEST}
            if odd := sorted(named ^ {info.filename for info in infos}):
                raise BadParameter(f"its members are not those of its manifest: {odd[0][:200]!r}")
            used = {part.file for part in (*manifest.state, *manifest.tables)}
            if odd := sorted(n for n in manifest.members if n not in used and not _is_file(n)):
                raise BadParameter(
                    f"its member {odd[0][:200]!r} belongs to no table and no job, and is no image"
                )
            yield BackupReader(pack, manifest)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as err:
        raise BadParameter(f"{path}: not a whole backup: {err}; was it cut off?") from err
    except BadParameter as err:
        raise BadParameter(f"{path}: {err}") from err


def _is_file(name: str) -> bool:
    return is_job_file(name) or image_checksum(name) is not None


def _check_members(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    if MANIFEST not in names:
        raise BadParameter("it has no manifest, so it is no backup of satvo, or was cut off")
    if len(set(names)) < len(names):
        raise BadParameter("it has two members of the same name")
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise BadParameter(f"its member {info.filename[:200]!r} is packed or encrypted")
        if info.file_size != info.compress_size:
            raise BadParameter(f"the sizes of its member {info.filename[:200]!r} disagree")
        if info.filename == MANIFEST and info.file_size > _MANIFEST_BYTES:
            raise BadParameter("its manifest is too large")
    if sum(info.file_size for info in infos) > path.stat().st_size:
        raise BadParameter("its members overlap")
