"""TrailMask over HTTP: jobs as pyvo runs them, what comes into the archive, and the page.

The detector is one of another package (`tests/outsider`), found by its entry point.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import signal
import sys
import time
import urllib.parse
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvo
import requests
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
from identified_skies import SIDE_PX, SITE, Night, made_up
from PIL import Image
from pyvo.dal.adhoc import DatalinkResults
from pyvo.dal.tap import AsyncTAPJob
from satvo.resources.constellations.filed import filed_constellation
from satvo.resources.constellations.simulation import simulated_elements
from satvo.resources.constellations.writing import write_simulated
from satvo.resources.masks.outputs.bits import Bit
from satvo.schemas.moments import MJD_EPOCH, mjd_of

pytestmark = pytest.mark.filterwarnings(
    # pyvo knows no param of a vs:ParamHTTP, which VODataService 1.2 has
    "ignore::pyvo.utils.xml.exceptions.UnknownElementWarning"
)

JOBS = "/jobs/trailmask"
OUTSIDER = str(Path(__file__).parents[1] / "outsider")
LINE = "outsider-line"
WAIT_S = 120.0
EPOCH = datetime(2026, 5, 26)
SHAPE = (160, 200)
ENDS = ((40.0, 30.0), (150.0, 120.0))
"""Of the trail, (x, y) from 0."""
POINTS = (
    "a file of the job is in its place",
    "the rows of the job's images are written",
    "the job's images are in the archive",
)


def image(
    seed: int, *, trail: bool = True, ends: Any = ENDS, shape: tuple[int, int] = SHAPE
) -> fits.PrimaryHDU:
    """Noise of one count with a trail 3 pixels wide, on a place of the sky."""
    random = np.random.default_rng(seed)
    counts = random.normal(100.0, 1.0, shape)
    if trail:
        y, x = np.indices(shape)
        (x1, y1), (x2, y2) = ends
        length = np.hypot(x2 - x1, y2 - y1)
        along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length
        across = ((y - y1) * (x2 - x1) - (x - x1) * (y2 - y1)) / length
        counts += 40.0 * np.exp(-0.5 * (across / 1.3) ** 2) * ((along >= 0) & (along <= length))
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval, wcs.wcs.crpix = [83.8, -5.4], [100.5, 80.5]
    wcs.wcs.cdelt = [-1.5 / 3600.0, 1.5 / 3600.0]
    header = wcs.to_header()
    header["DATE-OBS"], header["EXPTIME"] = "2026-11-22T20:15:00", 30.0
    header["OBJECT"] = f"Field {seed}"
    return fits.PrimaryHDU(counts.astype(np.float32), header)


def content(*units: Any) -> bytes:
    whole = io.BytesIO()
    fits.HDUList(list(units)).writeto(whole)
    return whole.getvalue()


class Client:
    """A client with a session of its own, with a token or without."""

    def __init__(self, server: Any, *rights: str) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False
        if rights:
            flags = [text for right in rights for text in ("--rights", right)]
            made = server.command("token add", *flags, f"masks {time.time_ns()}")
            assert made.returncode == 0, made.stderr
            self.session.headers["Authorization"] = f"Bearer {made.stdout.split()[-1]}"

    def bring(self, name: str, file: bytes, **told: str) -> str:
        """An image brought into the archive: its obs_publisher_did."""
        answer = self.session.post(
            f"{self.server.url}/api/images",
            files={"file": (name, file, "application/fits")},
            data={"licence": "CC0-1.0", "obs_collection": "masked", **told},
            timeout=WAIT_S,
        )
        assert answer.status_code < 300, answer.text
        return str(re.findall(r"ivo://[^\"]*/images\?[0-9a-f]+", answer.text)[0])

    def post(self, files: Any = None, **form: Any) -> requests.Response:
        form = {"DETECTOR": LINE, **form}
        return self.session.post(
            self.server.url + JOBS, data=form, files=files, allow_redirects=False, timeout=WAIT_S
        )

    def submit(self, files: Any = None, **form: Any) -> AsyncTAPJob:
        """A job as pyvo holds it, not yet run."""
        answer = self.post(files, **form)
        assert answer.status_code == 303, answer.text
        return AsyncTAPJob(self.here(answer.headers["Location"]), session=self.session)

    def here(self, address: str) -> str:
        return str(self.server.url + urllib.parse.urlsplit(address).path)

    def run(self, files: Any = None, **form: Any) -> AsyncTAPJob:
        """A job that has ended."""
        return self.ended(self.submit(files, **form).run())

    def ended(self, job: AsyncTAPJob) -> AsyncTAPJob:
        return job.wait(phases=["COMPLETED", "ERROR", "ABORTED"], timeout=WAIT_S)

    def done(self, files: Any = None, **form: Any) -> AsyncTAPJob:
        """A job that has completed."""
        job = self.run(files, **form)
        assert job.phase == "COMPLETED", message(job)
        return job

    def result(self, job: AsyncTAPJob, name: str) -> bytes:
        answer = self.session.get(f"{job.url}/results/{name}", timeout=WAIT_S)
        assert answer.status_code == 200, answer.text
        return answer.content

    def summary(self, job: AsyncTAPJob) -> Any:
        return json.loads(self.result(job, "summary"))

    def links(self, did: str) -> dict[str, Any]:
        """The DataLink of a product, by local semantics; what it is made from as #progenitor."""
        query = urllib.parse.urlencode({"ID": did})
        found = DatalinkResults.from_result_url(
            f"{self.server.url}/datalink/links?{query}", session=self.session
        )
        names = {"#progenitor": "#progenitor", "#this": "#this"}
        return {names.get(link.semantics, str(link["local_semantics"])): link for link in found}

    def rows(self, query: str) -> list[Any]:
        answer = self.server.sync(query, RESPONSEFORMAT="json")
        return list(json.loads(answer.text)["data"])


def message(job: AsyncTAPJob) -> str:
    return str(job._job.errorsummary.message.content)


@pytest.fixture(scope="module")
def site(server_on: Callable[..., Any]) -> Any:
    return server_on("masks", PYTHONPATH=OUTSIDER, SATVO_JOB_THREADS="2")


@pytest.fixture(scope="module")
def client(site: Any) -> Client:
    return Client(site, "write")


@pytest.fixture(scope="module")
def did(client: Client) -> str:
    """An image of the archive with a trail."""
    return client.bring("one.fits", content(image(1)))


@pytest.fixture(scope="module")
def made(client: Client, did: str) -> dict[str, Any]:
    """A registered job with all outputs: the job, and the identifiers of image and mask."""
    job = client.done(ID=did, OUTPUTS="mask,trails,score,repaired,model", REGISTER="true")
    report = json.loads(client.result(job, "registered"))
    assert report["trails"] == 1
    return {"job": job, **report["masks"][0]}


def test_pyvo_loads_what_was_asked_for(client: Client, made: dict[str, Any]) -> None:
    job = made["job"]
    document = client.session.get(job.url, params={"RESPONSEFORMAT": "json"}, timeout=WAIT_S)
    kinds = {each["id"]: each["mime-type"] for each in document.json()["results"]}
    assert kinds == {
        "mask": "application/fits", "score": "application/fits", "repaired": "application/fits",
        "model": "application/fits", "trails": "application/x-ecsv", "preview": "image/png",
        "summary": "application/json", "registered": "application/json",
    }  # fmt: skip
    with fits.open(io.BytesIO(client.result(job, "mask"))) as units:
        mask, header = units[0].data, units[0].header
        assert mask.dtype == np.uint8
        assert mask.shape == SHAPE
        assert header["MSK0"] == "TRAIL"
        assert header["MASKDID"] == made["image"]
        assert WCS(header).wcs.crval == pytest.approx([83.8, -5.4])
    for x, y in ENDS:
        near = mask[round(y) - 3 : round(y) + 4, round(x) - 3 : round(x) + 4]
        assert (near & Bit.TRAIL).any()
    # a trail of 142 by some 8 pixels of 32000
    assert 0.02 < float((mask & Bit.TRAIL > 0).mean()) < 0.06
    score = fits.getdata(io.BytesIO(client.result(job, "score")))
    assert score.dtype.newbyteorder("=") == np.float32
    assert 0.0 <= score.min() <= score.max() == 1.0
    with fits.open(io.BytesIO(client.result(job, "repaired"))) as units:
        repaired = units[0].data
        assert [unit.name for unit in units[1:]] == ["SIGMA", "FLAGS"]
    model = fits.getdata(io.BytesIO(client.result(job, "model")))
    on = (mask & Bit.TRAIL) > 0
    assert np.median(repaired[on]) == pytest.approx(100.0, abs=0.5)  # half a standard deviation
    assert model[on].mean() > 5.0
    picture = Image.open(io.BytesIO(client.result(job, "preview")))
    assert picture.size == (SHAPE[1], SHAPE[0])


def test_the_catalogue_has_the_ends(client: Client, made: dict[str, Any]) -> None:
    text = client.result(made["job"], "trails").decode()
    (row,) = Table.read(text, format="ascii.ecsv")
    found = sorted([(row["x1"] - 1, row["y1"] - 1), (row["x2"] - 1, row["y2"] - 1)])
    for (x, y), (right_x, right_y) in zip(found, ENDS, strict=True):
        assert np.hypot(x - right_x, y - right_y) < 3.0  # pixels, the width of the trail
    assert row["detector"] == LINE
    (told,) = client.summary(made["job"])["each"]
    assert told["trails"] == 1
    assert told["did"] == made["image"]
    assert told["rows"][0]["x1"] == pytest.approx(row["x1"], rel=1e-6)


def test_datalink_of_the_image_finds_mask_trails_and_service(
    client: Client, made: dict[str, Any]
) -> None:
    links = client.links(made["image"])
    assert links["#mask"].semantics == "#derivation"
    path = urllib.parse.urlsplit(links["#mask"].access_url).path
    file = client.session.get(client.server.url + path, timeout=WAIT_S).content
    assert file == client.result(made["job"], "mask")
    assert links["#trails"].semantics == "#auxiliary"
    assert links["#trailmask"].semantics == "#proc"
    assert urllib.parse.urlsplit(links["#mask-page"].access_url).path == "/mask"
    back = client.links(made["mask"])
    assert back["#progenitor"].access_url == links["#this"].access_url
    assert client.here(back["#job"].access_url) == made["job"].url


def test_the_service_of_datalink_starts_a_job(client: Client, did: str) -> None:
    query = urllib.parse.urlencode({"ID": did})
    found = DatalinkResults.from_result_url(
        f"{client.server.url}/datalink/links?{query}", session=client.session
    )
    (proc,) = [
        found.get_adhocservice_by_id(link.service_def)
        for link in found
        if link["local_semantics"] == "#trailmask"
    ]
    inputs = {p.name: p.value for p in proc.groups[0].entries}
    assert inputs["ID"] == did
    (address,) = [p.value for p in proc.params if p.name == "accessURL"]
    assert urllib.parse.urlsplit(str(address)).path == JOBS
    form = {name: str(value) for name, value in inputs.items() if value}
    assert client.run(**{**form, "OUTPUTS": "mask"}).phase == "COMPLETED"


def test_sia_and_tap_find_the_mask(client: Client, made: dict[str, Any]) -> None:
    service = pyvo.dal.SIA2Service(f"{client.server.url}/sia2", session=client.session)
    found = service.search(pos=(83.8, -5.4, 0.01), collection="masked")
    kinds = {str(row["dataproduct_subtype"]) for row in found}
    assert "trailmask" in kinds
    (row,) = client.rows(
        "SELECT o.dataproduct_subtype, o.o_ucd, o.calib_level, o.t_exptime, o.data_source, d.role, "
        "d.licence, d.progenitor_did, d.job_id FROM ivoa.obscore AS o JOIN satvo.dataproduct AS d "
        "ON d.obs_publisher_did = o.obs_publisher_did "
        f"WHERE o.obs_publisher_did = '{made['mask']}'"
    )
    assert row == [
        "trailmask", "meta.code.qual;instr.pixel", 4, 30.0, "observation", "mask", "CC0-1.0",
        made["image"], made["job"].job_id,
    ]  # fmt: skip


def test_the_trail_is_a_row_with_its_mask(client: Client, made: dict[str, Any]) -> None:
    (row,) = client.rows(
        "SELECT trail_id, origin, score, x1, y1, x2, y2, mask_url, job_id, "
        "1 - CONTAINS(POINT(s_ra, s_dec), s_region) AS outside, length "
        f"FROM satvo.trail WHERE obs_publisher_did = '{made['image']}'"
    )
    product = made["image"].rpartition("?")[2]
    assert row[:3] == [f"{product}-{LINE}-1", "detected", pytest.approx(0.9)]
    assert row[8] == made["job"].job_id
    assert row[9] == 0
    # 142.1 pixels of 1.5 arcsec
    assert row[10] == pytest.approx(213.2, abs=6.0)
    path = urllib.parse.urlsplit(client.links(made["image"])["#mask"].access_url).path
    assert urllib.parse.urlsplit(row[7]).path == path


def test_a_second_job_registers_no_duplicates(client: Client) -> None:
    """The same again changes nothing; with other parameters it takes the place of what was."""
    did = client.bring("twice.fits", content(image(2)))

    def masks() -> list[str]:
        rows = client.rows(
            f"SELECT obs_publisher_did FROM satvo.dataproduct WHERE progenitor_did = '{did}'"
        )
        return [row[0] for row in rows]

    def trails() -> list[str]:
        rows = client.rows(f"SELECT trail_id FROM satvo.trail WHERE obs_publisher_did = '{did}'")
        return sorted(row[0] for row in rows)

    client.done(ID=did, REGISTER="true")
    first = masks(), trails()
    client.done(ID=did, REGISTER="true")
    assert (masks(), trails()) == first
    assert [len(each) for each in first] == [1, 1]
    client.done(ID=did, REGISTER="true", CUT="5")
    (other,) = masks()
    assert other != first[0][0]
    assert trails() == first[1]
    gone = client.session.get(
        f"{client.server.url}/files/{first[0][0].rpartition('?')[2]}.fits", timeout=WAIT_S
    )
    assert gone.status_code == 404


def test_a_batch_tells_what_it_cannot_mask(client: Client, did: str) -> None:
    flat = image(3)
    flat.data[:] = 7.0
    other = client.bring("flat.fits", content(flat))
    job = client.done(ID=[did, other], OUTPUTS="trails")
    summary = client.summary(job)
    assert (summary["images"], summary["masked"], summary["trails"]) == (2, 1, 1)
    assert "all pixels of the image have one value" in summary["each"][1]["error"]
    assert {each.id_ for each in job._job.results} == {"trails_0000", "preview_0000", "summary"}
    alone = client.run(ID=other)
    assert alone.phase == "ERROR"
    assert "one value" in message(alone)


def test_progress_is_seen_while_images_are_masked(client: Client) -> None:
    files = {f"UPLOAD_{n}": (f"{n}.fits", content(image(n))) for n in range(1, 13)}
    job = client.submit(files)
    job.run()
    seen: list[float] = []
    deadline = time.monotonic() + WAIT_S
    while job.phase in ("QUEUED", "EXECUTING"):
        assert time.monotonic() < deadline
        told = client.session.get(job.url, params={"RESPONSEFORMAT": "json"}, timeout=WAIT_S)
        if (progress := told.json()["progress"]) is not None:
            seen.append(progress)
        time.sleep(0.2)
    assert job.phase == "COMPLETED", message(job)
    assert seen == sorted(seen)
    assert client.summary(job)["trails"] == 12


def test_uploads_are_masked_whatever_their_form(site: Any) -> None:
    """Compressed, of several detectors, of integers, without a WCS; by who has no token."""
    client = Client(site)
    packed = client.done({"UPLOAD": ("a.fits.gz", gzip.compress(content(image(5))))})
    assert client.summary(packed)["trails"] == 1
    bare = image(6)
    whole = np.round(bare.data * 10).astype(np.int16)
    units = [fits.PrimaryHDU(), fits.CompImageHDU(whole, name="A"), fits.ImageHDU(whole, name="B")]
    job = client.done({"UPLOAD": ("b.fits", content(*units))}, OUTPUTS="mask")
    (told,) = client.summary(job)["each"]
    assert [row["extname"] for row in told["rows"]] == ["A", "B"]
    assert told["rows"][0].get("s_ra") is None
    with fits.open(io.BytesIO(client.result(job, "mask"))) as masks:
        assert [unit.name for unit in masks[1:]] == ["A", "B"]


def test_a_sequence_is_searched_together(client: Client) -> None:
    """The detector takes away what all images have, here a trail that is in each."""
    fixed = ((20.0, 140.0), (180.0, 130.0))
    files = {}
    for n in range(1, 6):
        counts = image(n, ends=fixed)
        if n == 3:
            counts.data += image(30).data - 100.0
        files[f"UPLOAD_{n}"] = (f"{n}.fits", content(counts))
    job = client.done(files, DETECTOR="outsider-together", SEQUENCE="true")
    assert [each["trails"] for each in client.summary(job)["each"]] == [0, 0, 1, 0, 0]
    single = client.run(files, DETECTOR="outsider-together")
    assert single.phase == "ERROR"
    assert "SEQUENCE=true" in message(single)


def test_satellites_are_named_and_their_direction_is_kept(client: Client, tmp_path: Path) -> None:
    """By elements of the archive, which are those that the trail is drawn by, a day old."""
    made_of = simulated_elements(
        filed_constellation("starlink-gen1"), epoch=EPOCH, first_number=90_000
    )
    elements = tmp_path / "sky.csv"
    elements.write_bytes(b"".join(write_simulated(made_of, "csv")))
    brought = client.server.command("ingest", elements)
    assert brought.returncode == 0, brought.stderr
    night = Night(
        made_up(EPOCH, every=1, first_number=90_000), mjd_of(EPOCH) + 1.0, side=2.0,
        exposures_s=(1.5,),
    )  # fmt: skip
    exposure, (trail,), ((norad_id, turned),) = next(
        (exposure, trails, truth)
        for exposure, trails, truth, _ in night.images(np.random.default_rng(31))
        if len(trails) == 1 and not any(trails[0].open_ends)
    )
    start = MJD_EPOCH + timedelta(days=exposure.start_mjd)
    drawn = image(40, ends=(trail.start_xy, trail.end_xy), shape=(SIDE_PX, SIDE_PX))
    drawn.header.update(exposure.wcs.to_header())
    drawn.header["DATE-OBS"] = start.isoformat(timespec="microseconds")
    drawn.header["EXPTIME"] = exposure.duration_s
    drawn.header["OBSGEO-L"], drawn.header["OBSGEO-B"] = SITE.lon_deg, SITE.lat_deg
    drawn.header["OBSGEO-H"] = SITE.height_m
    did = client.bring("sky.fits", content(drawn))
    job = client.done(ID=did, IDENTIFY="true", REGISTER="true", OUTPUTS="trails")
    (told,) = client.summary(job)["each"]
    assert told["rows"][0]["norad_id"] == norad_id, told
    (row,) = client.rows(
        "SELECT norad_id, p_match, x1, y1, x2, y2 FROM satvo.trail "
        f"WHERE obs_publisher_did = '{did}'"
    )
    assert row[0] == norad_id
    assert 0.9 <= row[1] <= 1.0
    first, last = (trail.end_xy, trail.start_xy) if turned else (trail.start_xy, trail.end_xy)
    assert np.hypot(row[2] - 1 - first[0], row[3] - 1 - first[1]) < 4.0
    assert np.hypot(row[4] - 1 - last[0], row[5] - 1 - last[1]) < 4.0


def test_two_jobs_at_once_do_not_meet(client: Client) -> None:
    jobs = [
        client.submit({"UPLOAD": ("x.fits", content(image(7, trail=trail)))}, OUTPUTS="mask")
        for trail in (True, False)
    ]
    for job in jobs:
        job.run()
    trails = [client.summary(client.ended(job))["trails"] for job in jobs]
    assert trails == [1, 0]


SPECTRUM = fits.PrimaryHDU(np.arange(50.0), fits.Header({"OBJECT": "star"}))
BAD_UPLOADS = (
    (b"", "is empty"),
    (b"not a FITS file" * 300, "no FITS file"),
    (content(image(8))[:20_000], "UPLOAD"),
    (content(SPECTRUM), "1 axes"),
    (content(fits.PrimaryHDU(np.zeros((3, 20, 20), np.float32))), "3 axes"),
    (content(fits.PrimaryHDU(np.full((20, 20), np.nan, np.float32))), "no pixel of the image"),
    (content(fits.PrimaryHDU(np.ones((1, 1), np.float32))), "1 x 1 pixels"),
    (content(fits.PrimaryHDU()), "holds no image"),
)
"""Each kind once; what readers and detectors refuse are tests of `satvo.resources.masks`."""


def test_files_that_cannot_be_masked_are_told(site: Any) -> None:
    client = Client(site, "job")
    jobs = [client.submit({"UPLOAD": ("x.fits", file)}) for file, _ in BAD_UPLOADS]
    for job in jobs:
        job.run()
    for job, (_, words) in zip(jobs, BAD_UPLOADS, strict=True):
        assert client.ended(job).phase == "ERROR", words
        assert words in message(job), (words, message(job))
        assert "mistake" not in message(job), "an error of the service, not of its client"


def test_what_cannot_be_done_is_told(client: Client, did: str) -> None:
    spectrum = client.bring(
        "s.fits", content(SPECTRUM), dataproduct_type="spectrum", obs_title="A star"
    )
    bad = (
        ({}, "give ID"),
        ({"ID": "ivo://nowhere/x?1"}, "no such data product"),
        ({"ID": spectrum}, "it is a spectrum"),
        ({"ID": did, "DETECTOR": "magic"}, "outsider-line"),
        ({"ID": did, "OUTPUTS": "mask,gold"}, "OUTPUTS=gold"),
        ({"ID": did, "WIDTH": "8 2"}, "WIDTH=8 2"),
        ({"ID": did, "UPLOAD": "x,param:y"}, "the FITS file itself"),
        ({"ID": did, "DETECTOR": "outsider-together", "SEQUENCE": "no"}, "SEQUENCE=no"),
    )
    jobs = [client.submit(**form) for form, _ in bad]
    for job in jobs:
        job.run()
    for job, (form, words) in zip(jobs, bad, strict=True):
        assert client.ended(job).phase == "ERROR", form
        assert words in message(job), form
    both = client.run({"UPLOAD": ("x.fits", content(image(9)))}, ID=did)
    assert "give one of them" in message(both)
    kept = client.run({"UPLOAD": ("x.fits", content(image(9)))}, REGISTER="true")
    assert "bring the image in first" in message(kept)


def test_who_may_not_write_registers_nothing(site: Any, did: str) -> None:
    for rights, status in (((), 401), (("job",), 403)):
        assert Client(site, *rights).post(ID=did, REGISTER="true").status_code == status


def test_the_job_computes_with_as_many_threads_as_are_set(client: Client, did: str) -> None:
    (told,) = client.summary(client.done(ID=did, OUTPUTS="trails"))["each"]
    assert told["notes"] == ["threads: 2"]


def test_the_page_starts_a_job_and_shows_it_without_javascript(site: Any) -> None:
    client = Client(site)
    shown = client.session.get(f"{site.url}/mask", timeout=WAIT_S).text
    fields = set(re.findall(r'name="([A-Z_]+)"', shown))
    assert {"ID", "UPLOAD", "DETECTOR", "OUTPUTS", "WIDTH", "LINE"} <= fields
    assert re.search(rf"<option[^>]*>{LINE}</option>", shown)
    sent = client.session.post(
        f"{site.url}/mask",
        data={"ID": "", "DETECTOR": LINE, "OUTPUTS": ["mask", "trails"]},
        files={"UPLOAD": ("mine.fits", content(image(10)), "application/fits")},
        allow_redirects=False,
        timeout=WAIT_S,
    )
    assert sent.status_code == 303, sent.text
    address = client.here(sent.headers["Location"])
    job = AsyncTAPJob(address.replace("/mask/", f"{JOBS}/"), session=client.session)
    assert client.ended(job).phase == "COMPLETED", message(job)
    done = client.session.get(address, timeout=WAIT_S)
    assert "Refresh" not in done.headers
    assert "1 trail found" in done.text
    (picture,) = re.findall(r'<img src="([^"]*/results/preview)"', done.text)
    got = client.session.get(urllib.parse.urljoin(address, picture), timeout=WAIT_S)
    assert Image.open(io.BytesIO(got.content)).size == (SHAPE[1], SHAPE[0])


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(site: Any) -> None:
    sent = Client(site).session.post(
        f"{site.url}/mask",
        data={"ID": "ivo://x", "DETECTOR": LINE, "WIDTH": "<b>", "OUTPUTS": "score"},
        files={"UPLOAD": ("", b"", "application/octet-stream")},
        timeout=WAIT_S,
    )
    assert sent.status_code == 400
    assert "WIDTH=&lt;b&gt;: give two numbers" in sent.text
    assert re.search(rf"<option selected>{LINE}</option>", sent.text)
    assert re.search(r'value="score" checked', sent.text)


def test_the_page_of_an_image_leads_to_the_form(client: Client, made: dict[str, Any]) -> None:
    product = made["image"].rpartition("?")[2]
    page = client.session.get(f"{client.server.url}/archive/{product}", timeout=WAIT_S).text
    (address,) = re.findall(r'href="([^"]*mask\?ID=[^"]*)"', page)
    form = client.session.get(urllib.parse.urljoin(client.server.url, address), timeout=WAIT_S).text
    assert made["image"] in form
    assert "Field 1" in form


@pytest.mark.parametrize("point", POINTS)
def test_a_server_killed_while_masks_come_in_has_them_once(
    new_server: Callable[..., Any], point: str
) -> None:
    server = new_server(PYTHONPATH=OUTSIDER)
    client = Client(server, "write")
    server.start()
    did = client.bring("one.fits", content(image(1)))
    server.stop()
    satvo = server.satvo
    server.satvo = (sys.executable, str(Path(__file__).with_name("killing_server.py")), point)
    server.start()
    job = client.submit(ID=did, REGISTER="true")
    client.session.post(f"{job.url}/phase", data={"PHASE": "RUN"}, allow_redirects=False)
    assert server.process.wait(WAIT_S) == -signal.SIGKILL
    server.satvo = satvo
    server.kill()
    server.start()
    again = AsyncTAPJob(f"{server.url}{JOBS}/{job.url.rpartition('/')[2]}", session=client.session)
    assert client.ended(again).phase == "COMPLETED", message(again)
    made = f"SELECT COUNT(*) AS n FROM satvo.dataproduct WHERE progenitor_did = '{did}'"
    assert server.number(made) == 1
    of_image = f"WHERE obs_publisher_did = '{did}'"
    assert server.number(f"SELECT COUNT(*) AS n FROM satvo.trail {of_image}") == 1
    files = [p for p in (server.home / "images").glob("??/*") if not p.name.endswith(".png")]
    assert len(files) == server.number("SELECT COUNT(*) AS n FROM satvo.dataproduct")
