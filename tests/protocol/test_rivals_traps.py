"""Those bugs of the nearest rival (SatChecker) that show through HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

TONIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
EXPOSURE = {
    "id": "e", "ra": 10.0, "dec": -30.0, "start": TONIGHT.isoformat(), "duration": 30.0,
    "radius": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"observer": "nowhere at all"},
        {"observer": {"lon": "east", "lat": 1.0}},
        {"observer": {"lon": 10.0, "lat": -91.0}},
        {"observer": 5},
        {"options": {"norad_ids": [25544.5]}},
        {"options": {"norad_ids": ["25544"]}},
        {"options": {"norad_ids": "25544"}},
        {"observer": {"norad_id": 20580.5}},
        {"exposures": [{**EXPOSURE, "start": "2021-13-01"}]},
        {"exposures": [{**EXPOSURE, "start": "yesterday"}]},
        {"exposures": [{**EXPOSURE, "start": {}}]},
    ],
)
def test_5_bad_site_number_or_date_is_answered_by_400(server: Any, changed: Any) -> None:
    """Trackers 245 and 250: it was 500."""
    asked = {"observer": "rubin", "exposures": [EXPOSURE], **changed}
    answer = server.request(
        "POST", "/api/passes", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    assert (answer.status, answer.kind) == (400, "application/json"), answer.text
    assert json.loads(answer.text)["error"]


@pytest.mark.parametrize("start", [1000.0, 99999.0, "1850-01-01T00:00:00", "2199-01-01T00:00:00"])
def test_6_time_outside_of_the_data_is_answered_by_400(server: Any, start: Any) -> None:
    asked = {"observer": "rubin", "exposures": [{**EXPOSURE, "start": start}]}
    answer = server.request(
        "POST", "/api/passes", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    assert answer.status == 400, answer.text
