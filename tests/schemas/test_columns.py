"""Columns of one number, and of many."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from satvo.schemas.columns import Field, column
from satvo.schemas.state_vector import STATE_VECTOR
from satvo.schemas.store.interface import arrow_schema
from satvo.schemas.transit import TRANSIT


def test_array_is_a_list_of_double_in_arrow_and_as_declared_in_a_votable() -> None:
    covariance, region = Field.of(STATE_VECTOR.c.cov), Field.of(TRANSIT.c.s_region)
    assert (covariance.datatype, covariance.arraysize, covariance.xtype) == ("double", "21", "")
    assert (region.datatype, region.arraysize, region.xtype) == ("double", "*", "polygon")
    assert arrow_schema(STATE_VECTOR).field("cov").type == pa.list_(pa.float64())
    assert arrow_schema(TRANSIT).field("s_region").type == pa.list_(pa.float64())


@pytest.mark.parametrize(
    ("kind", "arraysize", "words"),
    [
        (sa.ARRAY(sa.Integer()), None, "column x: arrays are of Double"),
        (sa.ARRAY(sa.LargeBinary()), None, "has no VOTable datatype"),
        (sa.Double(), "3", "has no arraysize '3'"),
        (sa.ARRAY(sa.Double()), "", "has no arraysize ''"),
    ],
)
def test_array_that_no_column_can_be_is_refused(
    kind: Any, arraysize: str | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        column("x", kind, "A description", arraysize=arraysize)
