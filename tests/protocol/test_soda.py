"""Cut-outs as clients ask for them: at once, as jobs, many at a time, and wrongly."""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import astropy.units as u
import numpy as np
import pytest
import pyvo
from astropy.io import fits
from astropy.wcs import WCS
from linked_images import ELSEWHERE
from made_up_images import IMAGES, tan_image
from pyvo.dal.adhoc import DatalinkResults, SodaQuery

Images = tuple[Any, dict[str, str]]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JOB_S = 60.0


def sync(images: Images, name: str, **asked: Any) -> Any:
    server, dids = images
    return server.get("/soda/sync?" + urlencode({"ID": dids.get(name, name), **asked}, doseq=True))


def job(images: Images, **asked: Any) -> Any:
    """A job that has ended, as JSON."""
    server, _ = images
    body = urlencode({**asked, "PHASE": "RUN"}, doseq=True).encode()
    made = server.request("POST", "/soda/async", body, FORM)
    assert made.status == 303, made.text
    path = made.headers["Location"].removeprefix(server.url)
    deadline = time.monotonic() + JOB_S
    while time.monotonic() < deadline:
        told = server.get(f"{path}?WAIT=10", Accept="application/json")
        found = json.loads(told.body)
        if found["phase"] in ("COMPLETED", "ERROR", "ABORTED"):
            return found
    raise AssertionError(f"the job has not ended within {JOB_S} s")


def opened(content: bytes) -> fits.HDUList:
    units = fits.open(io.BytesIO(content))
    units.verify("exception")
    return units


def test_pyvo_cuts_by_the_links_of_an_image(images: Images) -> None:
    server, dids = images
    links = DatalinkResults.from_result_url(
        f"{server.url}/datalink/links?" + urlencode({"ID": dids["frame"]})
    )
    service = links.get_adhocservice_by_ivoid("ivo://ivoa.net/std/SODA#sync-1.0")
    query = SodaQuery.from_resource(
        links[0], service, circle=(83.8 * u.deg, -5.4 * u.deg, 0.004 * u.deg)
    )
    (unit,) = opened(query.execute_stream().read())
    whole = opened(tan_image(angle=20.0, seed=50))[0]
    x, y = WCS(whole.header, fix=False).all_world2pix([83.8], [-5.4], 0)
    cut_x, cut_y = WCS(unit.header, fix=False).all_world2pix([83.8], [-5.4], 0)
    left, low = round(float(x[0] - cut_x[0])), round(float(y[0] - cut_y[0]))
    assert abs(x[0] - cut_x[0] - left) < 1e-6
    assert abs(y[0] - cut_y[0] - low) < 1e-6
    height, width = unit.data.shape
    assert width in (15, 16)
    assert np.array_equal(unit.data, whole.data[low : low + height, left : left + width])


def test_pyvo_processes_a_row_of_an_answer(images: Images) -> None:
    server, dids = images
    rows = pyvo.dal.TAPService(server.tap).search(
        "SELECT obs_publisher_did, access_url, access_format FROM ivoa.obscore "
        f"WHERE obs_publisher_did = '{dids['pair']}'"
    )
    (links,) = rows.iter_datalinks()
    part = links[0].processed(polygon=(83.8, -5.4, 83.803, -5.4, 83.8, -5.397) * u.deg)
    assert opened(part.read())[0].data.size > 10


@pytest.mark.parametrize("name", [name for name in IMAGES if name not in ("spectrum.fits",)])
def test_every_kind_of_image_is_cut_by_pixels(images: Images, name: str) -> None:
    reply = sync(images, name, PIXEL="5 14 3 7")
    assert (reply.status, reply.kind) == (200, "image/fits"), reply.text
    assert reply.headers["Content-Length"] == str(len(reply.body))
    content = IMAGES[name]()
    whole = opened(gzip.decompress(content) if name.endswith(".gz") else content)
    pictures = [unit for unit in whole if unit.header["NAXIS"] >= 2 and unit.size]
    parts = [unit for unit in opened(reply.body) if unit.header["NAXIS"] >= 2]
    assert len(parts) == len(pictures)
    for part, picture in zip(parts, pictures, strict=True):
        assert np.array_equal(part.data, picture.data[..., 2:7, 4:14], equal_nan=True)
        assert not isinstance(part, fits.CompImageHDU)


def test_a_mask_comes_with_its_frame(images: Images) -> None:
    units = opened(sync(images, "frame", PIXEL="1 20 15 25", MASK="true").body)
    assert [unit.name for unit in units] == ["PRIMARY", "MASK"]
    assert units["MASK"].data.shape == units[0].data.shape == (11, 20)
    assert units["MASK"].data[:, 0].tolist() == [0] * 6 + [1] * 5
    own = opened(sync(images, "mask", PIXEL="1 20 15 25").body)
    assert np.array_equal(own[0].data, units["MASK"].data)


def test_a_picture_of_a_part(images: Images) -> None:
    reply = sync(images, "frame", PIXEL="1 20 1 10", RESPONSEFORMAT="image/png")
    assert (reply.status, reply.kind) == (200, "image/png")
    assert reply.body.startswith(b"\x89PNG")


def test_nothing_in_the_part_is_no_content(images: Images) -> None:
    reply = sync(images, "frame", CIRCLE="10 10 0.1")
    assert (reply.status, reply.body) == (204, b"")
    assert sync(images, "frame", TIME="50000 50001").status == 204


def test_without_a_part_the_file_is_named(images: Images) -> None:
    server, dids = images
    reply = sync(images, "frame")
    assert reply.status == 303
    assert reply.headers["Location"] == f"{server.url}/files/{dids['frame'][-16:]}.fits"


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"CIRCLE": "1 2"}, 400, "UsageError: CIRCLE"),
        ({"PIXEL": ["1 2 1 2", "2 3 2 3"]}, 400, "MultiValuedParamNotSupported: PIXEL"),
        ({"PIXEL": "1 2 1 2", "CIRCLE": "1 2 3"}, 400, "UsageError: CIRCLE and PIXEL"),
        ({"RESPONSEFORMAT": "image/jpeg"}, 400, "UsageError: RESPONSEFORMAT"),
        ({"PIXEL": "1 2 1 2", "MASK": "perhaps"}, 400, "UsageError: MASK"),
        ({"PIXEL": "1 2 1 2", "EXTENSION": "NOPE"}, 400, "UsageError: EXTENSION"),
        ({"BAND": "1 2"}, 400, "UsageError: "),
        ({"ID": "ivo://x/y", "PIXEL": "1 2 1 2"}, 404, "UsageError: ID"),
        ({"ID": "", "PIXEL": "1 2 1 2"}, 400, "UsageError: ID is missing"),
        ({"ID": ELSEWHERE, "PIXEL": "1 2 1 2"}, 400, "UsageError: ID"),
        ({"ID": "'; DROP TABLE x; --", "PIXEL": "1 2 1 2"}, 404, "UsageError: ID"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_words_of_the_standard(
    images: Images, asked: dict[str, Any], status: int, said: str
) -> None:
    reply = sync(images, "no_wcs.fits", **asked)
    assert (reply.status, reply.kind) == (status, "text/plain; charset=utf-8"), reply.text
    assert reply.text.startswith(said)


def test_a_table_cannot_be_cut(images: Images) -> None:
    reply = sync(images, "truth", PIXEL="1 2 1 2")
    assert reply.status == 400
    assert "no image" in reply.text


def test_many_at_once_get_what_they_asked_for(images: Images) -> None:
    whole = opened(tan_image(angle=20.0, seed=50))[0].data

    def part(first: int) -> bool:
        reply = sync(images, "frame", PIXEL=f"{first} {first + 9} 1 8")
        return np.array_equal(opened(reply.body)[0].data, whole[:8, first - 1 : first + 9])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(part, range(1, 25)))


def test_a_job_cuts_each_part_of_each_image(images: Images) -> None:
    server, dids = images
    found = job(
        images, ID=[dids["frame"], dids["pair"]], PIXEL=["1 4 1 4", "100 200 1 1", "5 8 1 2"]
    )
    assert found["phase"] == "COMPLETED", found
    assert [r["id"] for r in found["results"]] == [f"cutout_{n}" for n in range(1, 7)]
    kinds = [r["mime-type"] for r in found["results"]]
    assert kinds == ["image/fits", "text/plain", "image/fits"] * 2
    replies = [server.get(r["href"].removeprefix(server.url)) for r in found["results"]]
    assert replies[1].text.startswith("NoContent: ")
    assert opened(replies[3].body)[0].data.shape == (4, 4)
    assert dids["pair"] in str(opened(replies[3].body)[0].header["HISTORY"])


def test_a_job_for_one_part_has_a_result_that_is_called_so(images: Images) -> None:
    server, dids = images
    found = job(images, ID=dids["frame"], CIRCLE="83.8 -5.4 0.004", MASK="true")
    (result,) = found["results"]
    assert result["id"] == "result"
    units = opened(server.get(result["href"].removeprefix(server.url)).body)
    assert [unit.name for unit in units] == ["PRIMARY", "MASK"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"ID": "ivo://x/y"}, "no such data product"), ({}, "ID is missing"),
        ({"CIRCLE": "x", "ID": "frame"}, "CIRCLE"),
        ({"PIXEL": ["1 2 1 2"] * 201, "ID": "frame"}, "200 at most"),
    ],
)  # fmt: skip
def test_a_job_that_cannot_be_done_says_why(
    images: Images, asked: dict[str, Any], said: str
) -> None:
    _, dids = images
    if asked.get("ID") == "frame":
        asked = {**asked, "ID": dids["frame"]}
    found = job(images, **asked)
    assert found["phase"] == "ERROR"
    assert said in found["errorSummary"]["message"]


def test_a_server_that_is_killed_leaves_no_part_and_cuts_after(
    images: Images, empty_server: Callable[..., Any], tmp_path_factory: Any
) -> None:
    from linked_images import fill_with_images

    server = empty_server()
    dids = fill_with_images(server.home, tmp_path_factory.mktemp("again"))
    server.start()
    body = urlencode({"ID": dids["frame"], "PIXEL": "1 9 1 9", "PHASE": "RUN"}).encode()
    path = server.request("POST", "/soda/async", body, FORM).headers["Location"]
    server.kill()
    server.start()
    path = path[path.index("/soda") :]
    deadline = time.monotonic() + JOB_S
    while time.monotonic() < deadline and server.get(f"{path}/phase").text != "COMPLETED":
        time.sleep(0.2)
    reply = server.get(f"{path}/results/result")
    assert opened(reply.body)[0].data.shape == (9, 9)
    server.stop()
