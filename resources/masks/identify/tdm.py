"""Measured positions as a CCSDS tracking data message (503.0-B-2) in KVN, optical angles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from satvo.resources.ephemeris.observer import GroundObserver, Observer
from satvo.resources.masks.identify.measured import Measured
from satvo.schemas.errors import BadParameter

__all__ = ["write_tdm"]

_VERSION = "2.0"
_PRINTABLE = re.compile(r"[ -~]+")


def write_tdm(
    positions: Iterable[Measured],
    station: str,
    *,
    observer: Observer,
    originator: str,
    created: datetime,
    comments: Sequence[str] = (),
) -> Iterator[str]:
    """The message, line by line with its ends; one segment for each satellite.

    Parameters
    ----------
    positions : iterable of Measured
    station : str
        What the telescope is called: PARTICIPANT_1.
    observer : Observer
        Where it stands, said in a comment.
    originator : str
        Who makes the message.
    created : datetime
        UTC without a zone.
    comments : sequence of str
        Beside satvo's own, at the head.

    Raises
    ------
    BadParameter
        If there is no position, which the standard does not provide for, or a text holds something
        else than printable ASCII.

    Notes
    -----
    Angles are right ascension and declination relative to the stars beside the satellite, in the
    frame of their catalogue (ICRF), with the light time left in; times are those of reception. The
    satellite transmits (2) and the telescope receives (1): PATH = 2,1. Errors have no keyword and
    stand in comments.
    """
    ordered = sorted(positions, key=lambda each: (each.norad_id, each.epoch))
    if not ordered:
        raise BadParameter(
            "no measured position to write: a TDM needs at least one end of a trail whose "
            "satellite is known and that lies inside the image"
        )
    for what, text in (("station", station), ("originator", originator)):
        if not _PRINTABLE.fullmatch(text):
            raise BadParameter(
                f"{what} {text!r}: printable ASCII is accepted, at least a character"
            )
    yield f"CCSDS_TDM_VERS = {_VERSION}\n"
    yield "COMMENT astrometric angles: relative to the catalogued stars beside the satellite;\n"
    yield "COMMENT its light time is not taken out\n"
    for comment in comments:
        yield f"COMMENT {_ascii(comment)}\n"
    yield f"CREATION_DATE = {_time(created)}\n"
    yield f"ORIGINATOR = {originator}\n"
    for _, group in groupby(ordered, key=lambda each: each.norad_id):
        yield from _segment(list(group), station, observer)


def _segment(positions: list[Measured], station: str, observer: Observer) -> Iterator[str]:
    first = positions[0]
    yield "META_START\n"
    yield f"COMMENT NORAD catalogue number {first.norad_id}, {_ascii(first.name) or 'no name'}\n"
    if isinstance(observer, GroundObserver):
        yield (
            f"COMMENT {station}: longitude {observer.lon_deg:.6f} deg east, latitude "
            f"{observer.lat_deg:.6f} deg, height {observer.height_m:.1f} m (WGS84)\n"
        )
    else:
        yield f"COMMENT {station}: {_ascii(observer.name)}\n"
    yield "TIME_SYSTEM = UTC\n"
    yield f"START_TIME = {_time(first.epoch)}\n"
    yield f"STOP_TIME = {_time(positions[-1].epoch)}\n"
    yield f"PARTICIPANT_1 = {station}\n"
    yield f"PARTICIPANT_2 = {first.designator or f'NORAD {first.norad_id}'}\n"
    yield "MODE = SEQUENTIAL\n"
    yield "PATH = 2,1\n"
    yield "TIMETAG_REF = RECEIVE\n"
    yield "ANGLE_TYPE = RADEC\n"
    yield "REFERENCE_FRAME = ICRF\n"
    yield "META_STOP\n"
    yield "DATA_START\n"
    yield (
        f"COMMENT 1-sigma errors: {first.across_arcsec:.2f} arcsec across the motion, "
        f"{first.along_arcsec:.2f} arcsec along it, {first.time_error_s:.3f} s\n"
    )
    for each in positions:
        yield f"ANGLE_1 = {_time(each.epoch)} {round(each.ra_deg, 7) % 360.0:.7f}\n"
        yield f"ANGLE_2 = {_time(each.epoch)} {each.dec_deg:.7f}\n"
    yield "DATA_STOP\n"


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _ascii(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in text)
