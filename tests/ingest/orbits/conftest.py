"""Three satellites in every format that holds elements, three states in every one of ephemerides.

The sets are those of objects 5, 6251 and 28057 in the SGP4 verification file (Vallado et al. 2006,
"Revisiting Spacetrack Report #3", AIAA 2006-6753). The OMM epochs were worked out by hand from the
day fractions. The states are the first three of the ephemeris of the ISS that NASA published on
2022-01-17 (EME2000, UTC).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pytest

Fields = Mapping[str, str]

TLE = (
    (
        "VANGUARD 1",
        "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753",
        "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
    ),
    (
        "DELTA 1 DEB",
        "1 06251U 62025E   06176.82412014  .00008885  00000-0  12808-3 0  3985",
        "2 06251  58.0579  54.0425 0030035 139.1568 221.1854 15.56387291  6774",
    ),
    (
        "CBERS 2",
        "1 28057U 03049A   06177.78615833  .00000060  00000-0  35940-4 0  1836",
        "2 28057  98.4283 247.6961 0000884  88.1964 271.9322 14.35478080140550",
    ),
)

_ROWS = (
    "VANGUARD 1,1958-002B,2000-06-27T18:50:19.733568,10.82419157,.1859667,34.2682,348.7242,"
    "331.7664,19.3264,0,U,5,475,41366,.28098E-4,.23E-6,0",
    "DELTA 1 DEB,1962-025E,2006-06-25T19:46:43.980096,15.56387291,.0030035,58.0579,54.0425,"
    "139.1568,221.1854,0,U,6251,398,677,.12808E-3,.8885E-4,0",
    "CBERS 2,2003-049A,2006-06-26T18:52:04.079712,14.3547808,.0000884,98.4283,247.6961,"
    "88.1964,271.9322,0,U,28057,183,14055,.3594E-4,.6E-6,0",
)
HEADER = (
    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,"
    "ARG_OF_PERICENTER,MEAN_ANOMALY,EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,"
    "ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT"
)
OMM: tuple[Fields, ...] = tuple(
    dict(zip(HEADER.split(","), row.split(","), strict=True)) for row in _ROWS
)
TEXTS = frozenset({"OBJECT_NAME", "OBJECT_ID", "EPOCH", "CLASSIFICATION_TYPE"})
METADATA = {
    "CENTER_NAME": "EARTH",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
    "MEAN_ELEMENT_THEORY": "SGP4",
}


@dataclass(frozen=True)
class Sample:
    """A file of three satellites or states: what stands before, a text for each, what after."""

    format: str
    before: str
    sets: tuple[str, ...]
    after: str = ""

    @property
    def data(self) -> bytes:
        return (self.before + "".join(self.sets) + self.after).encode()

    def whole_sets(self, cut: int) -> int:
        """How many sets are wholly within the first `cut` bytes."""
        ends = [len(self.before) + sum(map(len, self.sets[: i + 1])) for i in range(len(self.sets))]
        return sum(end <= cut for end in ends)


def celestrak_number(text: str) -> str:
    return repr(float(text)) if "." in text else text


def json_object(fields: Fields) -> str:
    items = (
        f'"{key}":{json.dumps(text) if key in TEXTS else celestrak_number(text)}'
        for key, text in fields.items()
    )
    return "{" + ",".join(items) + "}"


def space_track_object(index: int) -> str:
    name, line1, line2 = TLE[index]
    added = {
        "CCSDS_OMM_VERS": "3.0",
        "COMMENT": "GENERATED VIA SPACE-TRACK.ORG API",
        "CREATION_DATE": "2006-06-27T06:16:14",
        "ORIGINATOR": "18 SPCS",
        **METADATA,
        **OMM[index],
        "SEMIMAJOR_AXIS": "8640.4",
        "OBJECT_TYPE": "PAYLOAD",
        "DECAY_DATE": None,
        "TLE_LINE0": f"0 {name}",
        "TLE_LINE1": line1,
        "TLE_LINE2": line2,
    }
    return json.dumps(added, indent=1)


def kvn_message(fields: Fields) -> str:
    head = "CCSDS_OMM_VERS = 3.0\nCOMMENT one message\nCREATION_DATE = \nORIGINATOR = \n\n"
    both = {"OBJECT_NAME": "", "OBJECT_ID": "", **METADATA, **fields}
    lines = (
        f"{key} = {text} [deg]" if key == "INCLINATION" else f"{key} = {text}"
        for key, text in both.items()
    )
    return head + "\n".join(lines) + "\n"


def xml_message(fields: Fields) -> str:
    def tags(names: list[str]) -> str:
        return "".join(f"<{name}>{both[name]}</{name}>" for name in names)

    both = {**fields, **METADATA}
    names = list(fields)
    return (
        '<omm id="CCSDS_OMM_VERS" version="3.0">\n<header><CREATION_DATE/><ORIGINATOR/></header>'
        f"<body><segment><metadata>{tags([*names[:2], *METADATA])}</metadata>\n<data>"
        f"<meanElements>{tags(names[2:9])}</meanElements>"
        f"<tleParameters>{tags(names[9:])}</tleParameters></data></segment></body></omm>\n"
    )


STATES = (
    ("2022-01-17", "545.284043961596 4217.45741999061 5288.80993327732",
     "-7.63639664838008 0.1688278852572 0.65634287389035"),
    ("2022-01-18", "3948.51405313329 3364.00610729040 4375.97377705264",
     "-6.23733864750581 2.86691862435333 3.41769240488918"),
    ("2022-01-19", "1964.42372660229 -4080.14536626730 -5075.65814525110",
     "7.31954580494835 1.24074921417078 1.84297895067527"),
)  # fmt: skip
"""Day (at 12:00 UTC), position in km and velocity in km/s."""

COVARIANCE = (
    "4.1765592910e-07 -3.4250099542e-07 7.1575100738e-07 1.3098764908e-11 2.4416975413e-10"
    " 1.1241912510e-06 7.2805406389e-10",
    "-8.2231467253e-10 -1.1545562695e-12 1.7666269088e-12 -4.3214029547e-10 3.6923012753e-10"
    " 1.5650563183e-12 -7.5947647932e-13",
    "4.7321656900e-13 1.5805292401e-13 -2.0564250282e-13 1.5200030856e-09 -2.9391996326e-16"
    " 1.9132878732e-15 5.5565409602e-12",
)
"""Lower triangle in three lines, RTN, km and km/s: of a Starlink in its operator's ephemeris."""

OEM_META = {
    "OBJECT_NAME": "ISS",
    "OBJECT_ID": "1998-067-A",
    "CENTER_NAME": "Earth",
    "REF_FRAME": "EME2000",
    "TIME_SYSTEM": "UTC",
    "START_TIME": "2022-01-17T12:00:00.000",
    "STOP_TIME": "2022-01-19T12:00:00.000",
}


def kvn_lines(fields: Fields) -> str:
    return "".join(f"{key} = {text}\n" for key, text in fields.items())


OEM_HEADER = {
    "CCSDS_OEM_VERS": "2.0",
    "CREATION_DATE": "2022-01-17T20:44:45.347",
    "ORIGINATOR": "NASA/JSC",
}
OEM_HEAD = f"{kvn_lines(OEM_HEADER)}\nMETA_START\n{kvn_lines(OEM_META)}META_STOP\n\nCOMMENT x\n"


XYZ = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")


def xml_state(day: str, position: str, velocity: str) -> str:
    numbers = zip(XYZ, f"{position} {velocity}".split(), strict=True)
    tags = "".join(f"<{name}>{text}</{name}>" for name, text in numbers)
    return f"<stateVector><EPOCH>{day}T12:00:00.000</EPOCH>{tags}</stateVector>\n"


def metres(text: str) -> str:
    """Thousand times as much, exactly."""
    return " ".join(str(Decimal(word) * 1000) for word in text.split())


CPF_HEAD = (
    "H1 CPF  2  NAS 2022  1 17 20  17 01 iss NONE\n"
    "H2 9806701 0000    25544 2022  1 17 12  0  0 2022  1 19 12  0  0   240 1 1  2 0 0 0\nH9\n"
)
ITC_HEAD = (
    "created:2022-01-17 20:44:45 UTC\n"
    "ephemeris_start:2022-01-17 12:00:00 UTC ephemeris_stop:2022-01-19 12:00:00 UTC step_size:60\n"
    "ephemeris_source:blend\nUVW\n"
)
EPHEMERIDES = {
    "oem-kvn": Sample(
        "oem-kvn", OEM_HEAD, tuple(f"{d}T12:00:00.000 {p} {v}\n" for d, p, v in STATES)
    ),
    "oem-xml": Sample(
        "oem-xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<oem id="CCSDS_OEM_VERS" version="2.0">\n<header>'
        "<COMMENT>x</COMMENT><CREATION_DATE>2022-01-17T20:44:45</CREATION_DATE><ORIGINATOR>NASA/JSC"
        "</ORIGINATOR></header>\n<body><segment><metadata>"
        + "".join(f"<{key}>{text}</{key}>" for key, text in OEM_META.items())
        + "</metadata>\n<data><COMMENT>x</COMMENT>\n",
        tuple(xml_state(*state) for state in STATES),
        "</data></segment></body></oem>\n",
    ),
    "cpf": Sample(
        "cpf",
        CPF_HEAD,
        tuple(
            f"10 0 {59596 + i} 43200.000000 0 {metres(p)}\n20 0 {metres(v)}\n"
            for i, (_, p, v) in enumerate(STATES)
        ),
        "99\n",
    ),
    "itc": Sample(
        "itc",
        ITC_HEAD,
        tuple(
            f"20220{17 + i}120000.000 {p} {v}\n" + "".join(f"{row}\n" for row in COVARIANCE)
            for i, (_, p, v) in enumerate(STATES)
        ),
    ),
}

SAMPLES = EPHEMERIDES | {
    "tle": Sample("tle", "", tuple(f"{a}\n{b}\n" for _, a, b in TLE)),
    "3le": Sample("tle", "", tuple(f"0 {n}\n{a}\n{b}\n" for n, a, b in TLE)),
    "3le-plain-crlf": Sample("tle", "", tuple(f"{n:24}\r\n{a}\r\n{b}\r\n" for n, a, b in TLE)),
    "json": Sample(
        "omm-json",
        "[",
        (json_object(OMM[0]) + ",", json_object(OMM[1]) + ",", json_object(OMM[2])),
        "]",
    ),
    "json-space-track": Sample(
        "omm-json", "[\n", tuple(space_track_object(i) + ",]"[i == 2] + "\n" for i in range(3))
    ),
    "csv": Sample("omm-csv", HEADER + "\r\n", tuple(f"{row}\r\n" for row in _ROWS)),
    "xml": Sample(
        "omm-xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<ndm>\n',
        tuple(map(xml_message, OMM)),
        "</ndm>\n",
    ),
    "kvn": Sample("omm-kvn", "", tuple(map(kvn_message, OMM))),
}


@pytest.fixture(params=list(SAMPLES))
def sample(request: pytest.FixtureRequest) -> Sample:
    """One of the files that hold the three satellites or states."""
    return SAMPLES[request.param]


@pytest.fixture(scope="session")
def samples() -> dict[str, Sample]:
    """Every file that holds the three satellites or states."""
    return SAMPLES


@pytest.fixture(scope="session")
def ephemerides() -> dict[str, Sample]:
    """Every file that holds the three states."""
    return EPHEMERIDES


@pytest.fixture(scope="session")
def covariance() -> tuple[str, ...]:
    """A covariance in three lines."""
    return COVARIANCE


@pytest.fixture(scope="session")
def lines() -> tuple[tuple[str, str, str], ...]:
    """Name, line 1 and line 2 of the three satellites."""
    return TLE


@pytest.fixture(scope="session")
def omm() -> tuple[Fields, ...]:
    """OMM keywords of the three satellites."""
    return OMM


@pytest.fixture(scope="session")
def to_kvn() -> Callable[[Fields], str]:
    """Writes a KVN message."""
    return kvn_message


@pytest.fixture(scope="session")
def to_xml() -> Callable[[Fields], str]:
    """Writes an XML message."""
    return xml_message
