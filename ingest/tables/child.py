"""The process that reads an upload: started by `sandbox`, it reads standard input and nothing else.

It gets one argument, JSON of what `sandbox` wants, and answers with one line of JSON on standard
output. The limits are set before anything that strangers send is looked at, and before the
libraries that look at it are loaded.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from typing import Any, BinaryIO

from satvo.ingest.limits import restrict_process

__all__ = ["main"]


def main(order: dict[str, Any]) -> dict[str, Any]:
    """The answer to an order: format and rows, or what is wrong."""
    limits = order["limits"]
    restrict_process(
        parent=order["parent"],
        cpu_s=limits["cpu_s"],
        memory_bytes=limits["memory_bytes"],
        file_bytes=limits["file_bytes"],
        open_files=limits["open_files"],
    )
    from satvo.schemas.errors import LimitExceeded, SatvoError

    try:
        with open(0, "rb", closefd=False) as source, open(order["target"], "wb") as target:
            return _converted(order, source, target)
    except SatvoError as err:
        kind = "LimitExceeded" if isinstance(err, LimitExceeded) else type(err).__name__
        return {"error": kind, "message": str(err)}
    except MemoryError:
        reason = f"reading it takes more than {limits['memory_bytes']} bytes of memory"
    except OSError as err:
        if err.errno not in (errno.EFBIG, errno.ENOSPC):
            raise
        reason = f"what it holds takes more than {limits['file_bytes']} bytes"
    return {"error": "LimitExceeded", "message": f"{order['name']}: {reason}"}


def _converted(order: dict[str, Any], source: BinaryIO, target: BinaryIO) -> dict[str, Any]:
    import pyarrow as pa
    from satvo.ingest.tables.columns import Column, arrow_type
    from satvo.ingest.tables.formats import read_table

    limits = order["limits"]
    table = read_table(
        source,
        name=order["name"],
        format=order["format"],
        max_rows=limits["max_rows"],
        max_columns=limits["max_columns"],
        max_bytes=limits["max_bytes"],
        wanted=tuple(Column(**each) for each in order["wanted"]),
    )
    fields = [{key: getattr(column, key) for key in column.__slots__} for column in table.columns]
    schema = pa.schema(
        [(column.name, arrow_type(column)) for column in table.columns],
        metadata={order["key"]: json.dumps(fields)},
    )
    with pa.ipc.new_file(target, schema) as writer:
        for batch in table:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
    target.flush()
    os.fsync(target.fileno())
    return {"format": table.format, "rows": table.rows, "description": table.description}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))) + "\n")
    sys.stdout.flush()
    # A library that crashes while it tidies up must not spoil the answer.
    os._exit(0)
