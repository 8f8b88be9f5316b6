"""TAP jobs: a query answered into a file, or an index made, on one of the server's own threads."""

from __future__ import annotations

from collections.abc import Callable

from satvo.service.archive import Archive
from satvo.service.jobs.book import Result
from satvo.service.jobs.runner import Running
from satvo.service.jobs.table_work import UPDATE_TABLE, update_table
from satvo.service.tap_request import tap_request
from satvo.service.uploads import read_uploads

__all__ = ["tap_work"]


def tap_work(archive: Callable[[], Archive]) -> Callable[[Running], list[Result]]:
    """What carries out a TAP job.

    Parameters
    ----------
    archive : callable
        The archive, once it is open.
    """

    def work(running: Running) -> list[Result]:
        job = running.job
        if job.parameter("REQUEST") == UPDATE_TABLE:
            update_table(archive().user_tables, running)
            return []
        asked = tap_request(dict(job.parameters))
        holder = archive()
        uploads = read_uploads([job.parameter("UPLOAD") or ""], running.uploads, holder.config)
        answer = holder.answer(
            asked,
            time_limit_s=job.execution_duration,
            started=running.on_cancel,
            uploads=uploads,
            owner=job.owner,
        )
        path = running.folder / f"result{asked.format.suffix}"
        with path.open("wb") as stream:
            for piece in answer:
                running.check()
                stream.write(piece)
        running.check()
        return [Result("result", path.name, asked.media_type, path.stat().st_size)]

    return work
