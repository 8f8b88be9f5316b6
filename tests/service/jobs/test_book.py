"""The book of jobs: every transition of UWS 1.1, and what a killed runner leaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.state_database import open_state
from satvo.service.jobs.book import LEASE, MAX_TRIES, Job, JobBook, JobError, Result

RESULT = Result("result", "result.vot", "application/x-votable+xml", 12)


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(state: sa.Engine, clock: Clock) -> JobBook:
    return JobBook(state, clock)


def make(book: JobBook, *, run: bool = False, owner: str | None = None) -> Job:
    return book.create(
        "tap",
        [("QUERY", "SELECT 1")],
        owner=owner,
        run_id=None,
        execution_duration=60,
        lifetime=timedelta(days=7),
        run=run,
    )


def claimed(book: JobBook) -> Job:
    make(book, run=True)
    job = book.claim(["tap"])
    assert job is not None
    return job


def phase(book: JobBook, job: Job) -> str:
    return book.get("tap", job.job_id).phase


def test_a_job_goes_from_pending_to_completed(book: JobBook, clock: Clock) -> None:
    job = make(book)
    assert (job.phase, job.started, job.error) == ("PENDING", None, None)
    assert book.claim(["tap"]) is None, "a pending job is not run"
    book.run(job)
    assert phase(book, job) == "QUEUED"
    clock.pass_by(timedelta(seconds=1))
    running = book.claim(["tap"])
    assert running is not None
    assert (running.phase, running.tries) == ("EXECUTING", 1)
    clock.pass_by(timedelta(seconds=1))
    assert book.complete(running, [RESULT])
    done = book.get("tap", job.job_id)
    assert (done.phase, done.results) == ("COMPLETED", (RESULT,))
    assert (done.started, done.ended) == (clock.now - timedelta(seconds=1), clock.now)


def test_ids_cannot_be_guessed_and_unknown_ones_are_not_found(book: JobBook) -> None:
    ids = {make(book).job_id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(i) == 32 for i in ids)
    with pytest.raises(NotFound, match="no job nonsense"):
        book.get("tap", "nonsense")
    with pytest.raises(NotFound):
        book.get("trailmask", next(iter(ids)))


@pytest.mark.parametrize(
    "end",
    [
        lambda b, j: b.complete(j, [RESULT]),
        lambda b, j: b.fail(j, JobError("fatal", "no")),
        lambda b, j: b.abort(j),
    ],
)
def test_what_has_ended_stays_as_it_is(
    book: JobBook, end: Callable[[JobBook, Job], object]
) -> None:
    job = claimed(book)
    end(book, job)
    ended = book.get("tap", job.job_id)
    book.abort(job)
    assert not book.complete(job, [])
    assert not book.fail(job, JobError("fatal", "late"))
    with pytest.raises(BadParameter, match="only a PENDING job can be run"):
        book.run(ended)
    with pytest.raises(BadParameter, match="only a PENDING job can be changed"):
        book.change(ended, execution_duration=5)
    assert book.get("tap", job.job_id) == ended


def test_running_twice_is_no_mistake(book: JobBook) -> None:
    job = make(book, run=True)
    book.run(job)
    assert phase(book, job) == "QUEUED"


@pytest.mark.parametrize("before", ["PENDING", "QUEUED", "EXECUTING"])
def test_an_active_job_can_be_aborted(book: JobBook, before: str) -> None:
    job = claimed(book) if before == "EXECUTING" else make(book, run=before == "QUEUED")
    assert phase(book, job) == before
    book.abort(job)
    assert phase(book, job) == "ABORTED"
    assert not book.renew(job)
    assert not book.complete(job, [RESULT]), "what an aborted job still gives is not taken"


def test_destruction_can_be_set_at_any_time_and_makes_a_job_expire(
    book: JobBook, clock: Clock
) -> None:
    job = claimed(book)
    book.complete(job, [RESULT])
    assert book.expired() == []
    book.change(job, destruction=clock.now - timedelta(seconds=1))
    assert [j.job_id for j in book.expired()] == [job.job_id]
    book.delete(job.job_id)
    with pytest.raises(NotFound):
        book.get("tap", job.job_id)


def test_a_job_is_claimed_by_one_runner_only(book: JobBook) -> None:
    for _ in range(100):
        make(book, run=True)
    claimed_ids: list[str] = []

    def work() -> None:
        while (job := book.claim(["tap"])) is not None:
            claimed_ids.append(job.job_id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(claimed_ids) == len(set(claimed_ids)) == 100


def test_jobs_are_claimed_in_the_order_of_their_creation(book: JobBook, clock: Clock) -> None:
    made = []
    for _ in range(5):
        made.append(make(book, run=True).job_id)
        clock.pass_by(timedelta(seconds=1))
    claims = [book.claim(["tap"]) for _ in range(5)]
    assert [job.job_id for job in claims if job] == made


def test_a_job_whose_runner_was_killed_is_run_again(book: JobBook, clock: Clock) -> None:
    job = claimed(book)
    assert book.claim(["tap"]) is None
    clock.pass_by(LEASE / 2)
    assert book.renew(job, 0.5)
    clock.pass_by(LEASE + timedelta(seconds=1))
    again = book.claim(["tap"])
    assert again is not None
    assert (again.job_id, again.tries) == (job.job_id, 2)
    assert not book.renew(job), "the first runner has lost it"
    assert not book.complete(job, [RESULT])
    assert book.complete(again, [RESULT])


def test_a_job_that_kills_its_runners_ends_in_error(book: JobBook, clock: Clock) -> None:
    job = claimed(book)
    for _ in range(MAX_TRIES - 1):
        clock.pass_by(LEASE + timedelta(seconds=1))
        assert book.claim(["tap"]) is not None
    clock.pass_by(LEASE + timedelta(seconds=1))
    assert book.claim(["tap"]) is None
    ended = book.get("tap", job.job_id)
    assert ended.phase == "ERROR"
    assert ended.error is not None
    assert f"{MAX_TRIES} times" in ended.error.message


def test_a_released_job_waits_again_and_the_try_does_not_count(book: JobBook) -> None:
    job = claimed(book)
    book.release(job)
    again = book.claim(["tap"])
    assert again is not None
    assert again.tries == 1


def test_lists_show_an_owners_jobs_only_and_are_filtered(book: JobBook, clock: Clock) -> None:
    mine = []
    for i in range(4):
        mine.append(make(book, owner="a", run=i % 2 == 0))
        clock.pass_by(timedelta(seconds=10))
    make(book, owner="b")
    make(book)

    def listed(**filters: object) -> list[str]:
        return [j.job_id for j in book.listed("tap", "a", **filters)]  # type: ignore[arg-type]

    ids = [job.job_id for job in mine]
    assert listed() == ids
    assert listed(phases=["QUEUED"]) == ids[::2]
    assert listed(phases=["QUEUED", "PENDING"]) == ids
    assert listed(after=mine[1].created) == ids[2:]
    assert listed(last=2) == [ids[3], ids[2]]
    assert listed(phases=["ARCHIVED"]) == []


@pytest.mark.alone
def test_waiting_ends_when_the_phase_changes(book: JobBook) -> None:
    job = make(book, run=True)
    threading.Timer(0.2, lambda: book.claim(["tap"])).start()
    begun = time.monotonic()
    assert book.wait(job, 20).phase == "EXECUTING"
    assert time.monotonic() - begun < 5


@pytest.mark.alone
def test_waiting_ends_with_the_time(book: JobBook) -> None:
    job = make(book)
    begun = time.monotonic()
    assert book.wait(job, 0.2).phase == "PENDING"
    assert 0.15 < time.monotonic() - begun < 5


@pytest.mark.alone
@pytest.mark.parametrize("waited_for", ["QUEUED", "EXECUTING"])
def test_waiting_for_a_phase_that_is_not_the_jobs_returns_at_once(
    book: JobBook, waited_for: str
) -> None:
    begun = time.monotonic()
    assert book.wait(make(book), 20, phase=waited_for).phase == "PENDING"
    assert time.monotonic() - begun < 5


@pytest.mark.alone
def test_waiting_for_an_ended_job_returns_at_once(book: JobBook) -> None:
    job = claimed(book)
    book.abort(job)
    begun = time.monotonic()
    assert book.wait(book.get("tap", job.job_id), 20).phase == "ABORTED"
    assert time.monotonic() - begun < 5


def test_the_book_survives_a_restart(
    book: JobBook, address: str, tmp_path: Path, clock: Clock
) -> None:
    job = make(book, owner="a")
    engine = open_state(tmp_path, address)
    assert JobBook(engine, clock).get("tap", job.job_id) == job
    engine.dispose()


def test_text_with_a_nul_is_kept_and_looked_for_without_it(book: JobBook) -> None:
    job = claimed(book)
    assert book.fail(job, JobError("fatal", "no column a\0b"))
    ended = book.get("tap", job.job_id)
    assert ended.error == JobError("fatal", "no column a\N{REPLACEMENT CHARACTER}b")
    with pytest.raises(NotFound):
        book.get("tap", "a\0b")
    kept = book.create(
        "tap", [("QUERY", "SELECT 'a\0b'")], owner=None, run_id="r\0", execution_duration=1,
        lifetime=timedelta(days=1),
    )  # fmt: skip
    assert kept.parameter("QUERY") == "SELECT 'a\0b'"
