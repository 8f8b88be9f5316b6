"""The book of jobs: every change of a job is one conditional UPDATE, so that two never both win."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.state import JOB

__all__ = [
    "ACTIVE",
    "KILLED",
    "MAX_TRIES",
    "PHASES",
    "TERMINAL",
    "Job",
    "JobBook",
    "JobError",
    "Result",
]

PHASES = (
    "PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "UNKNOWN", "HELD", "SUSPENDED",
    "ABORTED", "ARCHIVED",
)  # fmt: skip
"""The phases of UWS 1.1, section 2.1.3."""

ACTIVE = frozenset(("PENDING", "QUEUED", "EXECUTING"))
"""Phases out of which a job comes by itself or by its client; WAIT waits in these."""

TERMINAL = frozenset(("COMPLETED", "ERROR", "ABORTED", "ARCHIVED"))

_SOME = 500
"""Jobs looked up by one statement."""

MAX_TRIES = 3
"""How often a job is begun whose runner was killed."""

KILLED = f"the job was begun {MAX_TRIES} times and killed each time"

LEASE = timedelta(seconds=15)
"""How long a job counts as being run after its runner's last sign of life."""


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a job.

    Attributes
    ----------
    id : str
    file : str
        Name within the job's folder.
    media_type : str
    size : int
        Bytes.
    """

    id: str
    file: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job ended in ERROR; type is transient or fatal (UWS 1.1, section 2.1.9)."""

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its client sees it; times are UTC without a zone."""

    job_id: str
    kind: str
    phase: str
    run_id: str | None
    owner: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    destruction: datetime
    execution_duration: int
    parameters: tuple[tuple[str, str], ...]
    results: tuple[Result, ...]
    error: JobError | None
    tries: int
    progress: float | None

    def parameter(self, name: str) -> str | None:
        """The value of a parameter, None where it is not given."""
        return next((value for known, value in self.parameters if known == name), None)


class JobBook:
    """Records jobs and wakes those who wait for them.

    Parameters
    ----------
    engine : Engine
        The state database.
    clock : callable
        The present, UTC without a zone.
    holder : str
        The server that runs jobs here. One server at a time has a home, so that what another has
        left in it is nobody's, whatever its lease.
    """

    def __init__(
        self, engine: sa.Engine, clock: Callable[[], datetime], holder: str = "here"
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._holder = holder
        self._changed = threading.Condition()

    # Clients

    def create(
        self,
        kind: str,
        parameters: Iterable[tuple[str, str]],
        *,
        owner: str | None,
        run_id: str | None,
        execution_duration: int,
        lifetime: timedelta,
        address: str | None = None,
        job_id: str | None = None,
        run: bool = False,
    ) -> Job:
        """A new job, PENDING, or QUEUED at once; its id cannot be guessed."""
        now = self._clock()
        values = {
            "job_id": job_id or self.new_id(),
            "kind": kind,
            "phase": "QUEUED" if run else "PENDING",
            "run_id": run_id,
            "owner": owner,
            "address": address,
            "created": now,
            "destruction": now + lifetime,
            "execution_duration": execution_duration,
            "parameters": [list(pair) for pair in parameters],
            "results": [],
            "tries": 0,
        }
        with self._engine.begin() as connection:
            connection.execute(sa.insert(JOB).values(values))
        self.wake()
        return self.get(kind, str(values["job_id"]))

    @staticmethod
    def new_id() -> str:
        """An unguessable name for a job, 128 bits, safe in a path and an address."""
        return secrets.token_hex(16)

    def get(self, kind: str, job_id: str) -> Job:
        """A job of a list.

        Raises
        ------
        NotFound
            If there is none of that id.
        """
        found = self._select(JOB.c.kind == kind, JOB.c.job_id == job_id)
        if not found:
            raise NotFound(f"there is no job {job_id[:40]} here; it may have been destroyed")
        return found[0]

    def some(self, job_ids: Iterable[str]) -> list[Job]:
        """Those of these jobs that are still there, of whatever list."""
        wanted = sorted(job_ids)
        return [
            job
            for first in range(0, len(wanted), _SOME)
            for job in self._select(JOB.c.job_id.in_(wanted[first : first + _SOME]))
        ]

    def listed(
        self,
        kind: str,
        owner: str,
        *,
        phases: Iterable[str] = (),
        after: datetime | None = None,
        last: int | None = None,
    ) -> list[Job]:
        """The jobs of an owner (UWS 1.1, section 2.2.2.1).

        Newest last; where ``last`` is given, so many of the newest, newest first.
        """
        conditions = [JOB.c.kind == kind, JOB.c.owner == owner]
        chosen = set(phases)
        conditions.append(JOB.c.phase.in_(chosen) if chosen else JOB.c.phase != "ARCHIVED")
        if after is not None:
            conditions.append(JOB.c.created > after)
        order = (JOB.c.created.desc(), JOB.c.job_id) if last is not None else (JOB.c.created,)
        return self._select(*conditions, order=order, limit=last)

    def wait(self, job: Job, seconds: float, *, phase: str | None = None) -> Job:
        """The job when its phase has changed, or unchanged after so many seconds.

        Returns at once unless the job is active, and in the phase named if one is
        (UWS 1.1, section 2.2.2.2).
        """
        seen = job.phase
        with self._changed:
            if seen in ACTIVE and phase in (None, seen):
                self._changed.wait_for(lambda: self._phase(job) != seen, seconds)
        return self.get(job.kind, job.job_id)

    def change(self, job: Job, **values: Any) -> Job:
        """Set what a client may set while the job is PENDING or its destruction at any time.

        Raises
        ------
        BadParameter
            If the job has gone on meanwhile.
        """
        phases = PHASES if set(values) == {"destruction"} else ("PENDING",)
        if not self._update(job.job_id, phases, values):
            raise BadParameter(
                f"the job is {self.get(job.kind, job.job_id).phase}; "
                "only a PENDING job can be changed"
            )
        return self.get(job.kind, job.job_id)

    def run(self, job: Job) -> None:
        """PENDING (or HELD) to QUEUED; a job already queued or running stays as it is."""
        if job.phase in ("QUEUED", "EXECUTING"):
            return
        if not self._update(job.job_id, ("PENDING", "HELD"), {"phase": "QUEUED"}):
            phase = self.get(job.kind, job.job_id).phase
            raise BadParameter(f"the job is {phase}; only a PENDING job can be run")

    def abort(self, job: Job) -> None:
        """To ABORTED, unless the job has ended already or its rows are being registered."""
        now = self._clock()
        self._update(
            job.job_id,
            tuple(ACTIVE | {"HELD", "SUSPENDED"}),
            {"phase": "ABORTED", "ended": now},
            registering=False,
        )

    def delete(self, job_id: str) -> None:
        """Forget a job."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(JOB).where(JOB.c.job_id == job_id))
        self.wake()

    def is_gone(self, job: Job) -> bool:
        """Whether the job was deleted."""
        return self._phase(job) is None

    def ids(self) -> set[str]:
        """Ids of all jobs of all kinds."""
        with self._engine.connect() as connection:
            return set(connection.execute(sa.select(JOB.c.job_id)).scalars())

    def expired(self) -> list[Job]:
        """Jobs whose destruction is past."""
        return self._select(JOB.c.destruction <= self._clock())

    # Runners

    def claim(self, kinds: Iterable[str]) -> Job | None:
        """The job that has waited longest, now EXECUTING and leased to the caller.

        A job whose runner was killed counts as waiting: its lease ran out, or another server held
        it. After `MAX_TRIES` it ends in ERROR.
        """
        now = self._clock()
        left = sa.and_(
            JOB.c.phase == "EXECUTING", sa.or_(JOB.c.lease < now, JOB.c.holder != self._holder)
        )
        waiting = sa.or_(JOB.c.phase == "QUEUED", left)
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(JOB)
                # The rows of one that was registering may be there: whoever claims it looks.
                .where(left, JOB.c.tries >= MAX_TRIES, ~JOB.c.registering)
                .values(
                    phase="ERROR",
                    ended=now,
                    error_type="fatal",
                    error_message=KILLED,
                )
            )
            first = (
                sa.select(JOB.c.job_id)
                .where(JOB.c.kind.in_(list(kinds)), waiting)
                .order_by(JOB.c.created)
                .limit(1)
                .with_for_update(skip_locked=True)  # another may claim in the same moment
                .scalar_subquery()
            )
            row = connection.execute(
                sa.update(JOB)
                .where(JOB.c.job_id == first, waiting)
                .values(
                    phase="EXECUTING",
                    started=sa.func.coalesce(JOB.c.started, now),
                    tries=JOB.c.tries + 1,
                    lease=now + LEASE,
                    holder=self._holder,
                    progress=None,
                )
                .returning(JOB.c.kind, JOB.c.job_id)
            ).first()
        if row is None:
            return None
        self.wake()
        return self.get(row.kind, row.job_id)

    def renew(self, job: Job, progress: float | None = None) -> bool:
        """Keep the lease; whether the job is still ours to run (it may be aborted or deleted)."""
        values: dict[str, Any] = {"lease": self._clock() + LEASE}
        if progress is not None:
            values["progress"] = progress
        return self._update(job.job_id, ("EXECUTING",), values, tries=job.tries, wake=False)

    def begin_registering(self, job: Job) -> bool:
        """Let nobody abort the job any more; False if it is no longer the caller's to run."""
        return self._update(
            job.job_id, ("EXECUTING",), {"registering": True}, tries=job.tries, wake=False
        )

    def end_registering(self, job: Job) -> None:
        """Let the job be aborted again: none of its rows were written."""
        self._update(
            job.job_id, ("EXECUTING",), {"registering": False}, tries=job.tries, wake=False
        )

    def is_ours(self, job: Job) -> bool:
        """Whether the job is still the caller's to run."""
        with self._engine.connect() as connection:
            query = sa.select(JOB.c.tries).where(
                JOB.c.job_id == job.job_id, JOB.c.phase == "EXECUTING"
            )
            return connection.execute(query).scalar() == job.tries

    def release(self, job: Job) -> None:
        """Back to QUEUED, not counted as a try: its runner is being stopped in good order."""
        values = {"phase": "QUEUED", "lease": None, "tries": job.tries - 1}
        self._update(job.job_id, ("EXECUTING",), values, tries=job.tries)

    def complete(self, job: Job, results: Iterable[Result]) -> bool:
        """EXECUTING to COMPLETED with results; False if the job is no longer ours."""
        return self._end(
            job,
            phase="COMPLETED",
            results=[
                {"id": r.id, "file": r.file, "media_type": r.media_type, "size": r.size}
                for r in results
            ],
            progress=1.0,
        )

    def fail(self, job: Job, error: JobError) -> bool:
        """EXECUTING to ERROR with the reason; False if the job is no longer ours."""
        return self._end(job, phase="ERROR", error_type=error.type, error_message=error.message)

    def overdue(self, job: Job) -> bool:
        """EXECUTING to ABORTED because its execution duration is over; False if it is not ours.

        A job whose rows are being registered may take the time it needs.
        """
        message = f"the job ran longer than its execution duration of {job.execution_duration} s"
        values = {"phase": "ABORTED", "error_type": "fatal", "error_message": message}
        return self._end(job, registering=False, **values)

    def count(self, *, owner: str | None = None, address: str | None = None) -> int:
        """How many jobs are active: all, an owner's, or those of an anonymous address."""
        query = sa.select(sa.func.count()).where(JOB.c.phase.in_(ACTIVE))
        if owner is not None:
            query = query.where(JOB.c.owner == owner)
        if address is not None:
            query = query.where(JOB.c.address == address, JOB.c.owner.is_(None))
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def census(self) -> dict[tuple[str, str], int]:
        """How many jobs there are of each kind and phase."""
        query = sa.select(JOB.c.kind, JOB.c.phase, sa.func.count()).group_by(
            JOB.c.kind, JOB.c.phase
        )
        with self._engine.connect() as connection:
            return {(kind, phase): count for kind, phase, count in connection.execute(query)}

    # Inside

    def _end(self, job: Job, *, registering: bool | None = None, **values: Any) -> bool:
        values |= {"ended": self._clock(), "lease": None}
        return self._update(
            job.job_id, ("EXECUTING",), values, tries=job.tries, registering=registering
        )

    def _update(
        self,
        job_id: str,
        phases: Iterable[str],
        values: dict[str, Any],
        *,
        tries: int | None = None,
        registering: bool | None = None,
        wake: bool = True,
    ) -> bool:
        condition = [JOB.c.job_id == job_id, JOB.c.phase.in_(list(phases))]
        if registering is not None:
            condition.append(JOB.c.registering == registering)
        if tries is not None:
            condition.append(JOB.c.tries == tries)  # another runner may have taken it over
        with self._engine.begin() as connection:
            changed = connection.execute(sa.update(JOB).where(*condition).values(values)).rowcount
        if changed and wake:
            self.wake()
        return bool(changed)

    def _phase(self, job: Job) -> str | None:
        with self._engine.connect() as connection:
            query = sa.select(JOB.c.phase).where(JOB.c.job_id == job.job_id)
            return connection.execute(query).scalar()

    def _select(
        self,
        *conditions: sa.ColumnElement[bool],
        order: tuple[Any, ...] = (),
        limit: int | None = None,
    ) -> list[Job]:
        query = sa.select(JOB).where(*conditions).order_by(*order).limit(limit)
        with self._engine.connect() as connection:
            return [_job(row) for row in connection.execute(query)]

    def wait_for_work(self, seconds: float) -> None:
        """Sleep until some job changes, or so long."""
        with self._changed:
            self._changed.wait(seconds)

    def wake(self) -> None:
        """Wake everyone who waits for a change."""
        with self._changed:
            self._changed.notify_all()


def _job(row: Any) -> Job:
    error = None
    if row.error_message is not None:
        error = JobError(row.error_type, row.error_message)
    return Job(
        job_id=row.job_id,
        kind=row.kind,
        phase=row.phase,
        run_id=row.run_id,
        owner=row.owner,
        created=row.created,
        started=row.started,
        ended=row.ended,
        destruction=row.destruction,
        execution_duration=row.execution_duration,
        parameters=tuple((name, value) for name, value in row.parameters),
        results=tuple(Result(**result) for result in row.results),
        error=error,
        tries=row.tries,
        progress=row.progress,
    )
