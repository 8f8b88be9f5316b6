"""Files come in whole and once, and go with their rows."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from made_up_images import IMAGES, LICENCE, tan_image
from satvo.ingest.images.archive import ImageArchive
from satvo.ingest.images.examined import Examined
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound, UnknownFormat
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.store import Store
from satvo.schemas.trail import TRAIL

TOLD = {"licence": LICENCE, "obs_collection": "made-up"}


def examined(images: ImageArchive, folder: Path, content: bytes, **told: Any) -> Examined:
    """A file of this content, looked at."""
    source = folder / "source.fits"
    source.write_bytes(content)
    return images.examine(source, name="source.fits", told={**TOLD, **told})


def left_behind(folder: Path) -> list[str]:
    """Files of the archive that belong to nothing but themselves."""
    root = folder / "home" / "images"
    return [file.name for file in root.rglob("*") if file.is_file() and file.name != "lock"]


def count(store: Store, table: sa.Table) -> int:
    """Rows of a table."""
    found = store.select(sa.select(sa.func.count().label("n")).select_from(table))
    return int(found["n"][0].as_py())


def test_a_file_is_stored_byte_by_byte_and_described(images: ImageArchive, tmp_path: Path) -> None:
    content = tan_image()
    added = images.add([examined(images, tmp_path, content)])
    digest = hashlib.sha256(content).hexdigest()
    assert (added.new, added.unchanged) == (1, 0)
    assert added.dids == [f"ivo://example.org/images?{digest[:16]}"]
    assert images.path(digest[:16]).read_bytes() == content
    row = images.row(added.dids[0])
    assert row == images.row(digest[:16])
    assert row["access_url"] == f"/files/{digest[:16]}.fits"
    assert (row["checksum"], row["size_bytes"], row["file_name"]) == (
        digest,
        len(content),
        "source.fits",
    )
    assert images.preview(digest[:16]).read_bytes().startswith(b"\x89PNG")
    assert images.preview(digest[:16], small=True).stat().st_size > 0


def test_the_same_file_twice_is_one_row(images: ImageArchive, store: Store, tmp_path: Path) -> None:
    first = examined(images, tmp_path, tan_image())
    again = examined(images, tmp_path, tan_image())
    added = images.add([first, again])
    assert (added.new, added.unchanged) == (1, 1)
    third = examined(images, tmp_path, tan_image())
    assert third.known
    assert "already" in str(third.report[0])
    assert images.add([third]).unchanged == 1
    assert count(store, OBSCORE) == count(store, DATAPRODUCT) == 1
    assert len(left_behind(tmp_path)) == 3  # the file and its two pictures


def test_what_is_not_added_leaves_nothing(images: ImageArchive, tmp_path: Path) -> None:
    looked_at = examined(images, tmp_path, tan_image())
    assert left_behind(tmp_path)
    looked_at.discard()
    assert left_behind(tmp_path) == []


def test_a_wrong_row_leaves_neither_file_nor_row(
    images: ImageArchive, store: Store, tmp_path: Path
) -> None:
    looked_at = examined(images, tmp_path, tan_image())
    trail = {"trail_id": "t1", "origin": "manual", "obs_publisher_did": "ivo://example.org/x"}
    with pytest.raises(BadParameter, match=r"a trail is said to be in ivo://example\.org/x"):
        images.add([looked_at], trails=[trail])
    looked_at.discard()
    assert count(store, OBSCORE) == count(store, TRAIL) == 0
    assert left_behind(tmp_path) == []


def test_a_mask_names_its_frame_and_keeps_it(images: ImageArchive, tmp_path: Path) -> None:
    frame = examined(images, tmp_path, tan_image())
    lone = examined(images, tmp_path, tan_image(seed=2), role="mask", progenitor_did=frame.did)
    with pytest.raises(BadParameter, match="not in the archive"):
        images.add([lone])
    lone.discard()
    mask = examined(images, tmp_path, tan_image(seed=1), role="mask", progenitor_did=frame.did)
    trail = {"trail_id": "t1", "origin": "manual", "obs_publisher_did": frame.did}
    images.add([frame, mask], trails=[trail], job_id="j1")
    row = images.row(mask.did)
    assert (row["dataproduct_subtype"], row["o_ucd"]) == (
        "trailmask",
        "meta.code.qual;instr.pixel",
    )
    assert (row["job_id"], row["missing"]) == ("j1", None)
    with pytest.raises(BadParameter, match="drop that first"):
        images.drop(frame.did)
    images.drop(mask.did)
    images.drop(frame.product_id)
    assert left_behind(tmp_path) == []
    with pytest.raises(NotFound):
        images.row(frame.did)
    with pytest.raises(NotFound):
        images.path(frame.product_id)


def test_strays_are_swept_and_nothing_else(images: ImageArchive, tmp_path: Path) -> None:
    kept = examined(images, tmp_path, tan_image())
    images.add([kept])
    stray = examined(images, tmp_path, tan_image(seed=3))
    place = tmp_path / "home" / "images" / "ab"
    place.mkdir()
    (place / f"ab{'0' * 62}.fits").write_bytes(b"x")
    (place / f"ab{'0' * 62}.thumb.png").write_bytes(b"x")
    old = tmp_path / "home" / "images" / "incoming" / "old"
    old.write_bytes(b"x")
    os.utime(old, (0, 0))
    assert images.remove_strays() == 2
    assert stray.received.path.exists()  # it may be added yet
    assert images.path(kept.product_id).exists()
    assert len(left_behind(tmp_path)) == 4


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_every_kind_of_image_is_taken(images: ImageArchive, tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    source.write_bytes(IMAGES[name]())
    looked_at = images.examine(source, name=name, told=TOLD)
    assert looked_at.preview is not None
    assert images.add([looked_at]).new == 1
    assert images.path(looked_at.product_id).read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"licence": ""}, "licence is missing"),
        ({"obs_collection": None}, "obs_collection is missing"),
        ({"access_url": "http://x"}, "fills it itself"),
        ({"colour": "red"}, "no such item"),
        ({"gain": "much"}, "gain=much"),
        ({"gain": float("nan")}, "finite"),
        ({"site_lat": 91}, "-90 to 90"),
        ({"role": "friend"}, "one of frame"),
        ({"filter_url": "javascript:alert(1)"}, "http or https"),
        ({"t_min": 61000.5, "t_max": 61000}, "above"),
        ({"obs_title": "two\nlines"}, "one line"),
        ({"s_region": "BOX 1 2 3 4"}, "POLYGON or CIRCLE"),
    ],
)
def test_what_is_told_wrongly_is_refused(
    images: ImageArchive, tmp_path: Path, told: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BadParameter, match=complaint):
        examined(images, tmp_path, tan_image(), **told)
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("name", ["../x.fits", "/etc/x.fits", "a\\b.fits", "", "..", "x\n.fits"])
def test_names_that_are_paths_are_refused(images: ImageArchive, tmp_path: Path, name: str) -> None:
    source = tmp_path / "x.fits"
    source.write_bytes(tan_image())
    with pytest.raises(BadParameter, match="without folders"):
        images.examine(source, name=name, told=TOLD)


def test_links_pipes_and_folders_are_refused(images: ImageArchive, tmp_path: Path) -> None:
    (tmp_path / "x.fits").write_bytes(tan_image())
    (tmp_path / "link").symlink_to(tmp_path / "x.fits")
    os.mkfifo(tmp_path / "pipe")
    for name, complaint in (
        ("link", "symbolic link"), ("pipe", "a pipe"), ("home", "a folder"), ("none", "No such"),
    ):  # fmt: skip
        with pytest.raises(BadParameter, match=complaint):
            images.examine(tmp_path / name, name=name, told=TOLD)
    assert left_behind(tmp_path) == []


def test_tables_of_the_truth_are_kept_as_they_are(images: ImageArchive, tmp_path: Path) -> None:
    source = tmp_path / "truth.csv"
    source.write_text("x,y\n1,2\n")
    looked_at = images.examine(source, name="truth.csv", told={**TOLD, "role": "truthcatalogue"})
    images.add([looked_at])
    row = images.row(looked_at.did)
    assert (row["dataproduct_type"], row["access_format"]) == ("measurements", "text/csv")
    assert images.path(looked_at.product_id).suffix == ".csv"
    with pytest.raises(NotFound):
        images.preview(looked_at.product_id)
    source.write_text("<script>")
    with pytest.raises(UnknownFormat, match="ends with one of"):
        images.examine(source, name="truth.html", told={**TOLD, "role": "truthcatalogue"})


def test_too_many_bytes_are_refused(images: ImageArchive, tmp_path: Path) -> None:
    with (
        pytest.raises(LimitExceeded, match="more than 1000 bytes"),
        open("/dev/zero", "rb") as zero,
    ):
        images._folder.receive(zero, name="zero", most_bytes=1000)
    assert left_behind(tmp_path) == []
