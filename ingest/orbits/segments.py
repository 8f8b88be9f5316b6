"""How a segment of an ephemeris is put together and checked, whatever format its states come in."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from satvo.ingest.orbits.epochs import TIME_SYSTEMS, count, to_tai
from satvo.ingest.orbits.records import BadRecord, Rejected, catalogue_number
from satvo.schemas.ephemeris_segment import EphemerisSegment

if TYPE_CHECKING:
    from satvo.ingest.orbits.records import Record

__all__ = [
    "SegmentBuilder",
    "covariance_frame",
    "designator",
    "followed",
    "frame",
    "numbers",
    "positive_semidefinite",
    "time_system",
]

MOST_STATES = 1_000_000
"""States of one segment, 12 days at one a second: they are held in memory until the next begins."""

_NEAREST_KM, _FURTHEST_KM = 6_000.0, 2_000_000.0  # as of element sets; beyond L2 of the Sun
_FASTEST_KM_PER_S = 20.0
_LEAST_CORRELATION_EIGENVALUE = -1e-5
"""A covariance printed with six figures may be so far from positive semi-definite."""

_NUMBERS = re.compile(r"[-+0-9eE. \t]*", re.ASCII)
_FRAMES = (
    (re.compile(r"EME2000|J2000|EMEJ2000"), "EME2000"),
    (re.compile(r"GCR[FS]|ICRF[123]?"), "GCRS"),
    (re.compile(r"ITR[FS]|ITRF(\d\d|19\d\d|20\d\d)"), "ITRS"),
    (re.compile(r"TEME|TEMEOFDATE"), "TEME"),
)
_ORBIT_FRAMES = {
    **dict.fromkeys(("RTN", "RSW", "UVW", "RIC", "QSW"), "RTN"),
    **dict.fromkeys(("RTNINERTIAL", "RSWINERTIAL", "QSWINERTIAL"), "RTN"),
    **dict.fromkeys(("TNW", "TNWINERTIAL"), "TNW"),
}


def numbers(text: str, what: str) -> list[float]:
    """The decimal numbers of a text with blanks between them.

    Raises
    ------
    BadRecord
        If anything else is in it; Python's own spellings (``1_000``, ``nan``, ``inf``) are.

    Examples
    --------
    >>> numbers("-1.5 2e3", "a state")
    [-1.5, 2000.0]
    """
    if _NUMBERS.fullmatch(text):
        try:
            return [float(word) for word in text.split()]
        except ValueError:
            pass
    bad = next((w for w in text.split() if not _is_number(w)), text)
    raise BadRecord(f"{bad[:40]!a} in {what}: decimal numbers are accepted")


def _is_number(word: str) -> bool:
    try:
        return _NUMBERS.fullmatch(word) is not None and math.isfinite(float(word))
    except ValueError:
        return False


def frame(text: str, name: str = "REF_FRAME") -> str:
    """The one of `satvo.schemas.ephemeris_segment.FRAMES` that a name of a frame stands for.

    Raises
    ------
    BadRecord
        For any other, such as TOD or a frame of another body.

    Examples
    --------
    >>> frame("ITRF-2014"), frame("ICRF"), frame("J2000")
    ('ITRS', 'GCRS', 'EME2000')
    """
    bare = re.sub(r"[-_ ]", "", text.upper())
    for pattern, word in _FRAMES:
        if pattern.fullmatch(bare):
            return word
    raise BadRecord(f"{name}={text[:40]!a}: EME2000, GCRF, ICRF, TEME or ITRF is accepted")


def covariance_frame(text: str, states: str) -> str:
    """The frame of a covariance; an empty text means that of the states (CCSDS 502.0-B-3, 5.2.5).

    Raises
    ------
    BadRecord
        For one that is not known, among them those that turn with the orbit.

    Examples
    --------
    >>> covariance_frame("UVW", "EME2000"), covariance_frame("", "TEME")
    ('RTN', 'TEME')
    """
    if not text:
        return states
    found = _ORBIT_FRAMES.get(re.sub(r"[-_ ]", "", text.upper()))
    if found is not None:
        return found
    try:
        return frame(text)
    except BadRecord as err:
        raise BadRecord(
            f"COV_REF_FRAME={text[:40]!a}: RTN (RSW, UVW), TNW, EME2000, GCRF, TEME or ITRF is "
            "accepted"
        ) from err


def time_system(text: str) -> str:
    """The time system of a name; CCSDS writes them in capitals.

    Raises
    ------
    BadRecord
        For one that is not known, or is not the same everywhere, such as MET.
    """
    if text.upper() not in TIME_SYSTEMS:
        raise BadRecord(f"TIME_SYSTEM={text[:40]!a}: {', '.join(TIME_SYSTEMS)} is accepted")
    return text.upper()


_DESIGNATOR = re.compile(r"((?:19|20)\d\d)-?(\d{3})-?([A-Z]{1,3})", re.ASCII)


def designator(text: str | None) -> tuple[int | None, str | None]:
    """Catalogue number and international designator that an OBJECT_ID stands for, either or none.

    Examples
    --------
    >>> designator("1998-067-A"), designator("25544"), designator("UNKNOWN")
    ((None, '1998-067A'), (25544, None), (None, None))
    """
    bare = (text or "").strip().upper()
    if found := _DESIGNATOR.fullmatch(bare):
        return None, f"{found[1]}-{found[2]}{found[3]}"
    if bare.isdigit() and bare.isascii() and len(bare) <= 9:
        return catalogue_number(bare) or None, None
    return None, None


@dataclass(slots=True)
class _Covariances:
    lines: list[int]
    epochs: list[tuple[int, int]]
    frames: list[str]
    values: array[float]


class SegmentBuilder:
    """A segment as far as it has been read.

    Parameters
    ----------
    segment : EphemerisSegment
        What its header says, without states.
    scale : str
        The time system of the epochs.
    span : tuple of epoch, optional
        Within which, but for a second, the epochs must be.
    """

    def __init__(
        self,
        segment: EphemerisSegment,
        *,
        scale: str = "UTC",
        span: tuple[tuple[int, int], tuple[int, int]] | None = None,
    ) -> None:
        self.segment = segment
        self.scale = scale
        self.last = -1
        """The last epoch accepted, as `count` gives it."""
        self._span = None if span is None else (count(span[0]), count(span[1]))
        self._days: array[int] = array("q")
        self._us: array[int] = array("q")
        self._values = array("d")
        self._covariances = _Covariances([], [], [], array("d"))

    def __len__(self) -> int:
        return len(self._days)

    def add(self, epoch: tuple[int, int], values: Sequence[float]) -> None:
        """Take in a state: three components of position in km, or six with velocity in km/s.

        Raises
        ------
        BadRecord
            If it is impossible, or its epoch is not after the last.
        """
        at = count(epoch)
        if at <= self.last and (epoch[0], epoch[1]) <= (self._days[-1], self._us[-1]):
            raise BadRecord("the epoch is not after the one before; increasing ones are accepted")
        if self._span and not self._span[0] - 1_000_000 <= at <= self._span[1] + 1_000_000:
            raise BadRecord("the epoch is outside START_TIME to STOP_TIME")
        check_state(values)
        if len(self) >= MOST_STATES:
            raise BadRecord(f"a segment of over {MOST_STATES} states; divide it")
        self.last = at
        self._days.append(epoch[0])
        self._us.append(epoch[1])
        self._values.extend(values)
        if len(values) == 3:
            self._values.extend((math.nan, math.nan, math.nan))

    def covary(
        self, line: int, values: Sequence[float], frame: str, epoch: tuple[int, int] | None = None
    ) -> None:
        """Take in the covariance of an epoch; of the last state where none is given.

        Raises
        ------
        BadRecord
            If it cannot be one.
        """
        if len(values) != 21:
            raise BadRecord(f"a covariance of {len(values)} numbers; 21 are accepted")
        if not all(map(math.isfinite, values)) or min(values[i] for i in _DIAGONAL) < 0:
            raise BadRecord("a covariance with a negative variance, or beyond all numbers")
        kept = self._covariances
        if len(kept.lines) >= MOST_STATES:
            raise BadRecord(f"a segment of over {MOST_STATES} covariances; divide it")
        kept.lines.append(line)
        kept.epochs.append(epoch or (self._days[-1], self._us[-1]))
        kept.frames.append(frame)
        kept.values.extend(values)

    def build(self, *, cut: bool = False) -> Iterator[EphemerisSegment | Rejected]:
        """The segment, and what of its covariances was left out.

        Parameters
        ----------
        cut : bool
            Whether it has been told already that the file ends early.
        """
        if not len(self):
            if cut:
                return
            yield Rejected(self.segment.line, "a segment without a state; one at least is needed")
            return
        try:
            tai = to_tai(np.array(self._days), np.array(self._us), self.scale)
            at = self._tai_of_covariances()
        except BadRecord as err:
            yield Rejected(self.segment.line, str(err))
            return
        states = np.array(self._values).reshape(-1, 6)
        segment = replace(self.segment, tai=tai, states=states)
        if not len(at):
            yield segment
            return
        good: dict[int, int] = {}
        positive = positive_semidefinite(np.array(self._covariances.values).reshape(-1, 21))
        for i, epoch in enumerate(at.tolist()):
            if not tai[0] <= epoch <= tai[-1]:
                yield Rejected(self._covariances.lines[i], "a covariance outside the states")
            elif not positive[i]:
                yield Rejected(
                    self._covariances.lines[i], "a covariance that is not positive semi-definite"
                )
            elif epoch in good:
                yield Rejected(self._covariances.lines[i], "a second covariance of the epoch")
            else:
                good[epoch] = i
        yield self._with_covariances(segment, good)

    def _tai_of_covariances(self) -> npt.NDArray[np.int64]:
        pairs = np.array(self._covariances.epochs, np.int64).reshape(-1, 2)
        if not len(pairs):
            return np.empty(0, np.int64)
        return to_tai(pairs[:, 0], pairs[:, 1], self.scale)

    def _with_covariances(
        self, segment: EphemerisSegment, good: dict[int, int]
    ) -> EphemerisSegment:
        """Put each covariance beside its state, or on a row of its own where there is none."""
        if not good:
            return segment
        epochs = np.fromiter(good, np.int64, len(good))
        tai = np.union1d(segment.tai, epochs)
        states = np.full((len(tai), 6), np.nan)
        states[np.searchsorted(tai, segment.tai)] = segment.states
        values = np.full((len(tai), 21), np.nan)
        frames: list[str | None] = [None] * len(tai)
        given = np.array(self._covariances.values).reshape(-1, 21)
        for row, i in zip(np.searchsorted(tai, epochs).tolist(), good.values(), strict=True):
            values[row] = given[i]
            frames[row] = self._covariances.frames[i]
        return replace(
            segment, tai=tai, states=states, covariances=values, covariance_frames=tuple(frames)
        )


def check_state(values: Sequence[float]) -> None:
    """See that a state can be one of an Earth satellite.

    Raises
    ------
    BadRecord
        If not, or if the numbers are not three or six.
    """
    if len(values) not in (3, 6):
        raise BadRecord(f"a state of {len(values)} numbers; X Y Z X_DOT Y_DOT Z_DOT are accepted")
    radius = math.hypot(*values[:3])
    if not _NEAREST_KM <= radius <= _FURTHEST_KM:
        raise BadRecord(
            f"a position {radius:.6g} km from the Earth's centre; {_NEAREST_KM:.0f} to "
            f"{_FURTHEST_KM:.0f} km is accepted"
        )
    if len(values) == 6 and not math.hypot(*values[3:]) <= _FASTEST_KM_PER_S:
        speed = math.hypot(*values[3:])
        raise BadRecord(f"a speed of {speed:.6g} km/s; up to {_FASTEST_KM_PER_S:.0f} is accepted")


_LOWER = np.tril_indices(6)
_DIAGONAL = (0, 2, 5, 9, 14, 20)


def positive_semidefinite(lower: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whether matrices are positive semi-definite, but for their rounding.

    Parameters
    ----------
    lower : (n, 21) array
        Their lower triangles, row by row.

    Examples
    --------
    >>> one = np.zeros(21)
    >>> one[0] = one[2] = 1.0
    >>> one[1] = 0.9
    >>> positive_semidefinite(np.array([one, one * (1.0, 2.0, *[1.0] * 19)])).tolist()
    [True, False]
    """
    matrix = np.zeros((len(lower), 6, 6))
    matrix[:, _LOWER[0], _LOWER[1]] = lower
    variance = np.diagonal(matrix, axis1=1, axis2=2)
    none = variance == 0
    sigma = np.sqrt(np.where(none, 1.0, variance))
    correlation = np.tril(matrix, -1) / (sigma[:, :, None] * sigma[:, None, :])
    stray = (correlation != 0) & (none[:, :, None] | none[:, None, :])
    # eigvalsh reads the lower triangle only.
    least = np.linalg.eigvalsh(correlation + np.eye(6))[:, 0]
    return np.asarray((least >= _LEAST_CORRELATION_EIGENVALUE) & ~stray.any(axis=(1, 2)))


def followed(records: Iterable[Any]) -> Iterator[Record]:
    """The records of a file, each segment told whether another of the same object follows it."""
    waiting: EphemerisSegment | None = None
    for record in records:
        if not isinstance(record, EphemerisSegment):
            yield record
            continue
        if waiting is not None:
            yield replace(waiting, followed=_who(waiting) == _who(record))
        waiting = record
    if waiting is not None:
        yield waiting


def _who(segment: EphemerisSegment) -> tuple[int | str | None, ...]:
    return segment.norad_id, segment.object_id, segment.object_name
