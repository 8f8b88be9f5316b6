"""Files of images in backups: all that rows name, as they were, and no others."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from made_up_images import dataproduct_row, obscore_row, tan_image
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, Unavailable
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.store.interface import Transaction, arrow_schema
from satvo.schemas.testcase import TESTCASE
from satvo.schemas.trail import TRAIL
from satvo.service.archive import Archive
from satvo.service.backup_images import image_checksum
from satvo.service.backup_manifest import MANIFEST
from satvo.service.config import Config
from satvo.service.restore import restore_backup

FRAMES = tuple(tan_image(seed=seed) for seed in range(4))
MASK = tan_image(seed=9, trail=False)
STRAY = b"what no row names"


def folder_of(home: Path, content: bytes) -> tuple[Path, str]:
    checksum = hashlib.sha256(content).hexdigest()
    return home / "images" / checksum[:2], checksum


def keep(home: Path, content: bytes, ending: str = ".fits") -> None:
    folder, checksum = folder_of(home, content)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{checksum}{ending}").write_bytes(content)
    (folder / f"{checksum}.preview.png").write_bytes(b"preview of " + checksum.encode())
    (folder / f"{checksum}.thumb.png").write_bytes(b"small")


def did(content: bytes) -> str:
    return str(obscore_row(content)["obs_publisher_did"])


def rows(table: sa.Table, *told: dict[str, Any]) -> pa.Table:
    filled = [{str(c.name): each.get(str(c.name)) for c in table.columns} for each in told]
    return pa.Table.from_pylist(filled, arrow_schema(table))


def fill(config: Config) -> None:
    """Four frames, a mask of the first, trails and cases, and files that no row names."""
    config.home.mkdir()
    of_mask = {"role": "mask", "progenitor_did": did(FRAMES[0])}
    case = {"class_id": "", "title": "", "relevance": "", "data_source": "artificial"}

    def work(tx: Transaction) -> None:
        contents = (*FRAMES, MASK)
        tx.append(OBSCORE, rows(OBSCORE, *map(obscore_row, contents)))
        files = [dataproduct_row(each) for each in FRAMES]
        tx.append(DATAPRODUCT, rows(DATAPRODUCT, *files, dataproduct_row(MASK, **of_mask)))
        trails = [
            {"trail_id": f"t{n}", "obs_publisher_did": did(FRAMES[n]), "origin": "truth"}
            for n in (0, 1)
        ]
        tx.append(TRAIL, filled_up(TRAIL, trails))
        cases = [
            {**case, "case_id": "a", "obs_publisher_did": did(FRAMES[0])},
            {**case, "case_id": "b", "obs_publisher_did": did(FRAMES[1]),
             "pair_did": did(FRAMES[0])},
        ]  # fmt: skip
        tx.append(TESTCASE, filled_up(TESTCASE, cases))

    with closing(Archive(config, wait_s=1)) as archive:
        archive.store.write(work)
    for n, content in enumerate((*FRAMES, MASK)):
        keep(config.home, content, ".fits.fz" if n == 2 else ".fits")
    keep(config.home, STRAY)


def filled_up(table: sa.Table, told: list[dict[str, Any]]) -> pa.Table:
    """Rows with something in every column that must have a value."""
    blank: dict[str, Any] = {
        str(c.name): "" if isinstance(c.type, sa.String) else 0
        for c in table.columns
        if not c.nullable
    }
    return rows(table, *({**blank, **each} for each in told))


@pytest.fixture
def home(tmp_path: Path, address: str) -> Config:
    config = Config(home=tmp_path / "home", store=address)
    fill(config)
    return config


def backed_up(config: Config, path: Path) -> Path:
    with closing(Archive(config, wait_s=1)) as archive:
        path.write_bytes(b"".join(archive.backup()))
    return path


def files(config: Config) -> dict[str, bytes]:
    return {
        str(path.relative_to(config.home)): path.read_bytes()
        for path in config.home.rglob("images/**/*")
        if path.is_file()
    }


def quiet(line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def target(
    tmp_path: Path, request: pytest.FixtureRequest, address_of: Callable[[str], str]
) -> Config:
    """An empty home, of the same engine."""
    engine = "postgresql" if "postgresql" in request.node.name else "duckdb"
    return Config(home=tmp_path / "new", store=address_of(engine))


def test_files_and_previews_of_rows_are_the_same_after_a_restore(
    home: Config, target: Config, tmp_path: Path
) -> None:
    told: list[str] = []
    restore_backup(target, backed_up(home, tmp_path / "b.zip"), told.append)
    assert "15 files of images" in told
    before = files(home)
    stray = folder_of(home.home, STRAY)[1]
    assert files(target) == {name: data for name, data in before.items() if stray not in name}
    assert len(before) == 18
    with closing(Archive(target, wait_s=1)) as archive:
        assert archive.store.select(sa.select(DATAPRODUCT.c.checksum)).num_rows == 5


def dropped(content: bytes) -> Callable[[Archive], object]:
    """Drops the rows of a product and then its files."""

    def drop(archive: Archive) -> None:
        def work(tx: Transaction) -> None:
            for table in (TRAIL, TESTCASE, DATAPRODUCT, OBSCORE):
                tx.execute(sa.delete(table).where(table.c.obs_publisher_did == did(content)))

        archive.store.write(work)
        folder, checksum = folder_of(archive.config.home, content)
        for path in folder.glob(f"{checksum}.*"):
            path.unlink()

    return drop


def test_what_is_dropped_while_a_backup_is_made_is_not_in_it(
    home: Config, target: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from satvo.service import backup as module

    class DropsThen(module.ImageFiles):
        """The frame is dropped when the snapshot is taken and no file is read yet."""

        def __init__(self, store: Any, snapshot: Any, where: Path) -> None:
            super().__init__(store, snapshot, where)
            dropped(FRAMES[0])(archive)

    monkeypatch.setattr(module, "ImageFiles", DropsThen)
    with closing(Archive(home, wait_s=1)) as archive:
        (tmp_path / "b.zip").write_bytes(b"".join(archive.backup()))
    restore_backup(target, tmp_path / "b.zip", quiet)
    gone = did(FRAMES[0])
    with closing(Archive(target, wait_s=1)) as archive:

        def column(column: sa.Column[Any]) -> list[Any]:
            return archive.store.select(sa.select(column.label("x"))).column("x").to_pylist()

        left = {did(each) for each in (*FRAMES[1:], MASK)}
        assert set(column(OBSCORE.c.obs_publisher_did)) == left
        assert set(column(DATAPRODUCT.c.obs_publisher_did)) == left
        assert set(column(DATAPRODUCT.c.progenitor_did)) == {None}
        assert column(TRAIL.c.obs_publisher_did) == [did(FRAMES[1])]
        assert column(TESTCASE.c.case_id) == ["b"]
        assert column(TESTCASE.c.pair_did) == [None]
        assert gone not in left
    assert len(files(target)) == 12


@pytest.mark.parametrize("what", ["lost", "changed"])
def test_a_file_that_is_lost_or_changed_is_told(home: Config, tmp_path: Path, what: str) -> None:
    folder, checksum = folder_of(home.home, FRAMES[3])
    path = folder / f"{checksum}.fits"
    path.unlink() if what == "lost" else path.write_bytes(FRAMES[3][:-1] + b"x")
    words = "is lost" if what == "lost" else "is not what its checksum says"
    with pytest.raises(Unavailable, match=words) as refused:
        backed_up(home, tmp_path / "b.zip")
    assert checksum in str(refused.value)
    assert did(FRAMES[3]) in str(refused.value)


def changed(backup: Path, path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """A backup with other members, whose digests in the manifest are right."""
    with zipfile.ZipFile(backup) as pack:
        held = {name: pack.read(name) for name in pack.namelist() if name != MANIFEST}
        told = json.loads(pack.read(MANIFEST))
    change(held)
    told["members"] = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in held.items()
    }
    with zipfile.ZipFile(path, "w") as pack:
        for name, data in held.items():
            pack.writestr(name, data)
        pack.writestr(MANIFEST, json.dumps(told))
    return path


FIRST = hashlib.sha256(FRAMES[0]).hexdigest()
NAME = f"images/{FIRST[:2]}/{FIRST}.fits"
OTHER = hashlib.sha256(STRAY).hexdigest()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda held: held.pop(NAME), f"it has no file images/{FIRST[:2]}/{FIRST}"),
        (lambda held: held.update({NAME: b"other"}), f"{NAME} is not what its name says"),
        (lambda held: held.update({f"images/{OTHER[:2]}/{OTHER}.fits": STRAY}), "to no row"),
        (lambda held: held.update({f"images/{OTHER[:2]}/{OTHER}.thumb.png": b""}), "to no row"),
        (lambda held: held.update({f"{NAME}.gz": FRAMES[0]}), "are the same image"),
        (lambda held: held.update({f"images/00/{FIRST}.fits": b""}), "is no image"),
        (lambda held: held.update({f"images/{FIRST[:2]}/../x.fits": b""}), "is no image"),
        (lambda held: held.update({f"images/{FIRST[:2]}/{FIRST}": b""}), "is no image"),
    ],
)
def test_files_that_rows_do_not_name_or_that_are_others_are_refused(
    home: Config, target: Config, tmp_path: Path,
    change: Callable[[dict[str, bytes]], object], words: str,
) -> None:  # fmt: skip
    path = changed(backed_up(home, tmp_path / "b.zip"), tmp_path / "odd.zip", change)
    with pytest.raises(BadParameter) as refused:
        restore_backup(target, path, quiet)
    assert words in str(refused.value)
    left = list(target.home.iterdir()) if target.home.exists() else []
    assert {each.name for each in left} <= {"serve.lock"}


def test_a_home_with_images_is_not_restored_into(
    home: Config, target: Config, tmp_path: Path
) -> None:
    path = backed_up(home, tmp_path / "b.zip")
    (target.home / "images").mkdir(parents=True)
    with pytest.raises(BadParameter, match="holds images already"):
        restore_backup(target, path, quiet)


def test_names_of_members_are_those_of_files() -> None:
    assert image_checksum(NAME) == FIRST
    assert image_checksum(f"images/{FIRST[:2]}/{FIRST}.preview.png") == FIRST
    for name in (NAME.upper(), f"{NAME}/x", f"/{NAME}", f"{NAME}\n", NAME.replace("/", "\\")):
        assert image_checksum(name) is None
