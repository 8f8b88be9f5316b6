"""ImageSimulate over HTTP: jobs as pyvo runs them, what comes into the archive, and the page."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
import yaml
from astropy.io import fits
from astropy.wcs import WCS
from jsonschema import Draft202012Validator
from PIL import Image
from pyvo.dal.adhoc import DatalinkResults
from pyvo.dal.tap import AsyncTAPJob
from pyvo.io.uws import parse_job
from satvo.resources.images.simulator.exposure import MASK_BITS

JOBS = "/jobs/imagesimulate"
WAIT_S = 120.0
SCENE = {
    "instrument": "evscope1",
    "title": "Stars of a test",
    "start": "2026-11-22T20:15:00",
    "seed": 11,
    "telescope": {"pointing": [83.8, -5.4], "r_0": 0.05, "spiders": 0},
    "detector": {
        "resolution": [240, 200],
        "exposure_time": 1.0,
        "bitdepth": "none",
        "readout_noise_variance": 9.0,
    },
    "scene": {
        "kind": "simulated",
        "stars": [
            {
                "place": [83.8 + 0.05 * (n % 7 - 3) / 3, -5.4 + 0.04 * (n // 7 - 3) / 3],
                "magnitude": 9.0,
            }
            for n in range(49)
        ],
    },
    "satellites": [
        {"rate": 150.0, "orientation": 30.0, "magnitude": 4.0, "norad_id": 25544, "name": "ISS"}
    ],
}
POINTS = (
    "a file of the job is in its place",
    "the rows of the job's images are written",
    "the job's images are in the archive",
)


class Client:
    """A client with a session of its own, with a token or without."""

    def __init__(self, server: Any, *rights: str) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False
        if rights:
            flags = [text for right in rights for text in ("--rights", right)]
            made = server.command("token add", *flags, f"simulations {time.time_ns()}")
            assert made.returncode == 0, made.stderr
            self.session.headers["Authorization"] = f"Bearer {made.stdout.split()[-1]}"

    def submit(self, files: Any = None, **form: str) -> AsyncTAPJob:
        """A job as pyvo holds it, not yet run."""
        answer = self.session.post(
            self.server.url + JOBS, data=form, files=files, allow_redirects=False, timeout=WAIT_S
        )
        assert answer.status_code == 303, answer.text
        return AsyncTAPJob(self.here(answer.headers["Location"]), session=self.session)

    def here(self, address: str) -> str:
        return str(self.server.url + urllib.parse.urlsplit(address).path)

    def run(self, files: Any = None, **form: str) -> AsyncTAPJob:
        """A job that has ended."""
        return self.ended(self.submit(files, **form).run())

    def ended(self, job: AsyncTAPJob) -> AsyncTAPJob:
        return job.wait(phases=["COMPLETED", "ERROR", "ABORTED"], timeout=WAIT_S)

    def result(self, job: AsyncTAPJob, name: str) -> bytes:
        answer = self.session.get(f"{job.url}/results/{name}", timeout=WAIT_S)
        assert answer.status_code == 200, answer.text
        return answer.content

    def links(self, did: str) -> dict[str, Any]:
        """The DataLink of a product, by local semantics; what it is made from as #progenitor."""
        query = urllib.parse.urlencode({"ID": did})
        found = DatalinkResults.from_result_url(
            f"{self.server.url}/datalink/links?{query}", session=self.session
        )
        names = {"#progenitor": "#progenitor", "#this": "#this"}
        return {names.get(link.semantics, str(link["local_semantics"])): link for link in found}

    def image(self, link: Any) -> tuple[Any, Any]:
        """Pixels and header of what a link leads to."""
        path = urllib.parse.urlsplit(link.access_url).path
        answer = self.session.get(self.server.url + path, timeout=WAIT_S)
        assert answer.status_code == 200, answer.text
        with fits.open(io.BytesIO(answer.content)) as units:
            return np.array(units[0].data), units[0].header.copy()


@pytest.fixture(scope="module")
def site(server_on: Callable[..., Any]) -> Any:
    return server_on("simulations")


@pytest.fixture(scope="module")
def client(site: Any) -> Client:
    return Client(site, "write")


@pytest.fixture(scope="module")
def made(client: Client) -> dict[str, Any]:
    """A registered job with its pair: the job, and the identifiers of what it brought."""
    job = client.submit(SCENE=json.dumps(SCENE), REGISTER="true", PAIR="true", COLLECTION="made")
    client.ended(job.run())
    assert job.phase == "COMPLETED", job._job.errorsummary
    report = json.loads(client.result(job, "registered"))
    assert report["trails"] == 1
    (frame,) = report["frames"]
    return {"job": job, **frame}


def test_pyvo_loads_the_image_and_its_truth_mask_from_datalink(
    client: Client, made: dict[str, Any]
) -> None:
    links = client.links(made["frame"])
    counts, header = client.image(links["#this"])
    mask, about = client.image(links["#truth-mask"])
    assert counts.shape == mask.shape == (200, 240)
    assert links["#truth-mask"].semantics == "#derivation"
    assert mask.dtype == np.uint8
    assert about["BIT1"] == "trail"
    on_trail = (mask & MASK_BITS["trail"]) > 0
    noise = 1.4826 * np.median(np.abs(counts - np.median(counts)))
    # 150 arcsec/s for 1 s of magnitude 4 stands out of any noise of this camera
    assert np.median(counts[on_trail]) > np.median(counts[~on_trail]) + 3.0 * noise
    assert WCS(header).wcs.crval == pytest.approx([83.8, -5.4], abs=1e-6)
    assert header["SEED"] == 11


def test_frame_mask_catalogue_pair_and_job_are_linked(client: Client, made: dict[str, Any]) -> None:
    links = client.links(made["frame"])
    job = made["job"]
    assert client.here(links["#job"].access_url) == job.url
    pair = client.links(made["made_from"])
    assert pair["#this"].access_url == links["#progenitor"].access_url
    assert client.links(made["mask"])["#progenitor"].access_url == links["#this"].access_url
    assert client.links(made["truth"])["#progenitor"].access_url == links["#this"].access_url
    asked = (
        "SELECT o.data_source, o.obs_collection, o.obs_creator_name, o.dataproduct_subtype, "
        "o.t_exptime, o.s_fov, d.role, d.licence, d.job_id FROM ivoa.obscore AS o "
        "JOIN satvo.dataproduct AS d ON d.obs_publisher_did = o.obs_publisher_did "
        f"WHERE d.job_id = '{job.job_id}'"
    )
    rows = json.loads(client.server.sync(asked, RESPONSEFORMAT="json").text)["data"]
    assert sorted(row[6] for row in rows) == ["frame", "frame", "truthcatalogue", "truthmask"]
    assert {tuple(row[:3]) for row in rows} == {("artificial", "made", "satvo")}
    assert {row[7] for row in rows} == {"CC0-1.0"}
    assert all(row[4] == pytest.approx(1.0) and row[5] > 0 for row in rows)


def test_the_trail_is_a_row_with_its_satellite_and_mask(
    client: Client, made: dict[str, Any]
) -> None:
    asked = (
        "SELECT norad_id, origin, x1, y1, x2, y2, job_id, mask_url FROM satvo.trail "
        f"WHERE obs_publisher_did = '{made['frame']}'"
    )
    (row,) = json.loads(client.server.sync(asked, RESPONSEFORMAT="json").text)["data"]
    assert row[:2] == [25544, "simulated"]
    assert row[6] == made["job"].job_id
    # 150 arcsec at 3.75 um / 450 mm a pixel
    assert np.hypot(row[4] - row[2], row[5] - row[3]) == pytest.approx(150.0 / 1.7189, abs=0.1)
    mask, _ = client.image(client.links(made["frame"])["#truth-mask"])
    middle = round((row[3] + row[5]) / 2 - 1), round((row[2] + row[4]) / 2 - 1)
    assert mask[middle] & MASK_BITS["trail"]
    mask_file = urllib.parse.urlsplit(client.links(made["frame"])["#truth-mask"].access_url).path
    assert urllib.parse.urlsplit(row[7]).path == mask_file


def test_progress_is_seen_while_frames_are_made(client: Client) -> None:
    job = client.submit(SCENE=json.dumps({**SCENE, "seed": 12}), COUNT="25")
    job.run()
    seen: list[float] = []
    deadline = time.monotonic() + WAIT_S
    while job.phase in ("QUEUED", "EXECUTING"):
        assert time.monotonic() < deadline
        told = client.session.get(job.url, params={"RESPONSEFORMAT": "json"}, timeout=WAIT_S)
        if (progress := told.json()["progress"]) is not None:
            seen.append(progress)
        time.sleep(0.02)
    assert job.phase == "COMPLETED", job._job.errorsummary
    assert seen == sorted(seen)
    document = client.session.get(job.url, timeout=WAIT_S).content
    results = {each.id_ for each in parse_job(io.BytesIO(document)).results}
    assert {"frame_0000", "truth_mask_0024", "truth_0024", "preview_0024"} <= results


def test_the_files_of_a_job_are_those_of_its_parameters_run_again(
    client: Client, made: dict[str, Any]
) -> None:
    text = client.result(made["job"], "parameters")
    again = client.run(files={"SCENE": ("scene.yaml", text)})
    assert again.phase == "COMPLETED", again._job.errorsummary
    first, second = (
        fits.getdata(io.BytesIO(client.result(job, "frame"))) for job in (made["job"], again)
    )
    np.testing.assert_array_equal(first, second)
    picture = Image.open(io.BytesIO(client.result(again, "preview")))
    assert picture.size == (240, 200)
    summary = json.loads(client.result(again, "summary"))
    mask = fits.getdata(io.BytesIO(client.result(again, "truth_mask")))
    assert summary["affected"]["trail"] == pytest.approx(float((mask & 1).mean()), abs=1e-12)


def test_a_trail_is_drawn_into_a_frame_of_the_archive(client: Client, made: dict[str, Any]) -> None:
    """What is outside of the trail stays as it was, and both frames are linked."""
    job = client.run(
        ID=made["made_from"], MAG="3", ALTITUDE="9000", ORIENTATION="70", SEED="5", REGISTER="true"
    )
    assert job.phase == "COMPLETED", job._job.errorsummary
    (twin,) = json.loads(client.result(job, "registered"))["frames"]
    assert twin["made_from"] == made["made_from"]
    before, _ = client.image(client.links(made["made_from"])["#this"])
    links = client.links(twin["frame"])
    after, _ = client.image(links["#this"])
    mask, _ = client.image(links["#truth-mask"])
    far = np.ones(mask.shape, bool)
    for row, column in np.argwhere(mask & MASK_BITS["trail"]):
        far[max(row - 40, 0) : row + 41, max(column - 40, 0) : column + 41] = False
    assert far.sum() > 500
    np.testing.assert_array_equal(after[far], before[far])
    assert (after - before)[(mask & 1) > 0].mean() > 10.0
    offered = client.links(made["made_from"])
    assert urllib.parse.urlsplit(offered["#simulate-page"].access_url).path == "/simulate"
    assert offered["#imagesimulate"].semantics == "#proc"


BAD = (
    ({"SCENE": "{instrument: evscope1, detector: {exposure_time: -1}}"}, "exposure_time: -1"),
    ({"SCENE": "{instrument: evscope1, detector: {bayer_order: RGBX}}"}, "RGBX"),
    ({"SCENE": "{instrument: evscope1, detector: {bitdepth: 64}}"}, "bitdepth: 64"),
    (
        {"SCENE": "{instrument: evscope1, satellites: [{altitude: 700, place: [90, 20]}]}"},
        "outside the field",
    ),
    ({"SCENE": "a: &a [x]\nb: [*a, *a]"}, "aliases are not accepted"),
    ({"SCENE": "{instrument: evscope1, detector: {resolution: [1000000, 1000000]}}"}, "16777216"),
    ({"PRESET": "evscope1", "COUNT": "1000000000"}, "COUNT=1000000000"),
    ({"PRESET": "evscope1", "TRANSIT": "nothing"}, "no such row in satvo.transit"),
    ({"ID": "ivo://nowhere/x?1", "MAG": "3"}, "no such data product"),
)
"""Each kind of mistake once; all of them are tests of `satvo.resources.images.simulator`."""


def test_what_cannot_be_made_is_told(site: Any) -> None:
    client = Client(site, "job")
    jobs = [client.submit(**form) for form, _ in BAD]
    for job in jobs:
        job.run()
    for job, (form, words) in zip(jobs, BAD, strict=True):
        assert client.ended(job).phase == "ERROR", form
        message = str(job._job.errorsummary.message.content)
        assert words in message, form
        assert "mistake" not in message, "an error of the service, not of its client"


def test_scenes_that_are_too_long_are_refused(site: Any) -> None:
    client = Client(site)
    job = client.run(files={"SCENE": ("scene.yaml", b"#" * (1 << 21))})
    assert job.phase == "ERROR"
    assert "more than 1048576 bytes" in str(job._job.errorsummary.message.content)
    inline = client.session.post(site.url + JOBS, data={"SCENE": "#" * 3_000_000}, timeout=WAIT_S)
    assert inline.status_code == 413


def test_a_frame_without_wcs_gets_no_crossings(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "bare.fits"
    header = fits.Header({"DATE-OBS": "2026-11-22T20:15:00", "EXPTIME": 2.0})
    fits.PrimaryHDU(np.zeros((40, 50), np.float32), header).writeto(path)
    told = {"licence": "CC0-1.0", "obs_collection": "bare"}
    with path.open("rb") as stream:
        brought = client.session.post(
            f"{client.server.url}/api/images",
            files={"file": ("bare.fits", stream, "application/fits")},
            data=told,
            timeout=WAIT_S,
        )
    assert brought.status_code < 300, brought.text
    asked = "SELECT obs_publisher_did FROM ivoa.obscore WHERE obs_collection = 'bare'"
    ((did,),) = json.loads(client.server.sync(asked, RESPONSEFORMAT="json").text)["data"]
    job = client.run(ID=did, TRANSIT="predict")
    assert job.phase == "ERROR"
    message = str(job._job.errorsummary.message.content)
    assert "a WCS" in message
    assert "SITE" in message


def test_who_may_not_write_registers_nothing(site: Any) -> None:
    form = {"PRESET": "evscope1", "REGISTER": "true"}
    for rights, status in (((), 401), (("job",), 403)):
        client = Client(site, *rights)
        answer = client.session.post(site.url + JOBS, data=form, timeout=WAIT_S)
        assert answer.status_code == status


def test_the_schema_is_served_and_knows_the_scene(site: Any) -> None:
    reply = site.get("/schemas/scene.json")
    assert reply.status == 200
    validator = Draft202012Validator(json.loads(reply.text))
    validator.check_schema(validator.schema)
    validator.validate(SCENE)
    assert not validator.is_valid({**SCENE, "detector": {"bitdepth": 64}})


def test_the_page_starts_a_job_and_shows_it_without_javascript(site: Any) -> None:
    client = Client(site)
    shown = client.session.get(f"{site.url}/simulate", timeout=WAIT_S).text
    fields = set(re.findall(r'name="([A-Z_]+)"', shown))
    assert {"PRESET", "MAG", "ALTITUDE", "ORIENTATION", "SEED", "ID"} <= fields
    form = {"PRESET": "evscope1", "MAG": "6", "ID": "", "SEED": "4", "COUNT": "1"}
    sent = client.session.post(
        f"{site.url}/simulate", data=form, allow_redirects=False, timeout=WAIT_S
    )
    assert sent.status_code == 303
    address = client.here(sent.headers["Location"])
    job = AsyncTAPJob(address.replace("/simulate/", f"{JOBS}/"), session=client.session)
    first = client.session.get(address, timeout=WAIT_S)
    assert ("Refresh" in first.headers) == ("Simulating" in first.text)
    assert client.ended(job).phase == "COMPLETED", job._job.errorsummary
    done = client.session.get(address, timeout=WAIT_S)
    assert "Refresh" not in done.headers
    (picture,) = re.findall(r'<img src="([^"]*/results/preview)"', done.text)
    got = client.session.get(urllib.parse.urljoin(address, picture), timeout=WAIT_S)
    assert Image.open(io.BytesIO(got.content)).size == (664, 496)
    assert yaml.safe_load(client.result(job, "parameters"))["seed"] == 4


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(site: Any) -> None:
    sent = Client(site).session.post(
        f"{site.url}/simulate", data={"PRESET": "ztf", "MAG": "<b>"}, timeout=WAIT_S
    )
    assert sent.status_code == 400
    assert "MAG=&lt;b&gt;: give a number" in sent.text
    assert re.search(r'<option value="ztf" selected', sent.text)


def test_every_page_leads_to_the_simulator(client: Client, made: dict[str, Any]) -> None:
    assert "/simulate" in client.session.get(client.server.url, timeout=WAIT_S).text
    product = made["frame"].rpartition("?")[2]
    page = client.session.get(f"{client.server.url}/archive/{product}", timeout=WAIT_S).text
    (address,) = re.findall(r'href="([^"]*simulate\?ID=[^"]*)"', page)
    form = client.session.get(urllib.parse.urljoin(client.server.url, address), timeout=WAIT_S).text
    assert made["frame"] in form
    assert "Stars of a test" in form


@pytest.mark.parametrize("point", POINTS)
def test_a_server_killed_while_images_come_in_has_them_once(
    new_server: Callable[..., Any], point: str
) -> None:
    server = new_server()
    client = Client(server, "write")
    satvo = server.satvo
    server.satvo = (sys.executable, str(Path(__file__).with_name("killing_server.py")), point)
    server.start()
    job = client.submit(SCENE=json.dumps(SCENE), REGISTER="true", COLLECTION="killed")
    client.session.post(f"{job.url}/phase", data={"PHASE": "RUN"}, allow_redirects=False)
    assert server.process.wait(WAIT_S) == -signal.SIGKILL
    server.satvo = satvo
    server.kill()
    server.start()
    again = AsyncTAPJob(f"{server.url}{JOBS}/{job.url.rpartition('/')[2]}", session=client.session)
    assert client.ended(again).phase == "COMPLETED", again._job.errorsummary
    (frame,) = json.loads(client.result(again, "registered"))["frames"]
    counted = "SELECT COUNT(*) AS n FROM ivoa.obscore WHERE obs_collection = 'killed'"
    assert server.number(counted) == 3
    of_frame = f"WHERE obs_publisher_did = '{frame['frame']}'"
    assert server.number(f"SELECT COUNT(*) AS n FROM satvo.trail {of_frame}") == 1
    files = [p for p in (server.home / "images").glob("??/*") if not p.name.endswith(".png")]
    named = server.number("SELECT COUNT(*) AS n FROM satvo.dataproduct")
    assert len(files) == named
