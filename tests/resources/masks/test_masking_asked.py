"""What a masking job is asked: refused before any work, and what is read of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from satvo.resources.masks.asked import read_asked
from satvo.resources.masks.build import can_be_masked, images_uploaded, mask_name, trail_id
from satvo.resources.masks.masked import OUTPUTS as MADE
from satvo.resources.masks.outputs.cut import CUT_SIGMA
from satvo.resources.masks.parameters import OUTPUTS
from satvo.resources.masks.registering import _directed, _outline
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import unit_vectors
from satvo.schemas.spherical_polygon import SphericalPolygon

DID = {"ID": "ivo://x/images?1"}
BAD = (
    ({}, "give ID"),
    ({"ID": " ; "}, "give ID"),
    ({"ID": ";".join(f"ivo://x?{n}" for n in range(101))}, "101 images"),
    ({**DID, "DETECTOR": "magic"}, "DETECTOR=magic: give one of"),
    ({**DID, "OUTPUTS": "mask,gold"}, "OUTPUTS=gold"),
    ({**DID, "OUTPUTS": ","}, "OUTPUTS=,"),
    ({**DID, "WIDTH": "8 2"}, "WIDTH=8 2"),
    ({**DID, "WIDTH": "3"}, "WIDTH=3"),
    ({**DID, "LENGTH": "-5 10"}, "LENGTH=-5 10"),
    ({**DID, "LENGTH": "nan 10"}, "LENGTH=nan 10"),
    ({**DID, "SNR": "0"}, "SNR=0"),
    ({**DID, "SNR": "inf"}, "SNR=inf"),
    ({**DID, "ANGLE": "10"}, "ANGLE=10"),
    ({**DID, "ANGLE": "0 1e9"}, "ANGLE=0 1e9"),
    ({**DID, "THRESHOLD": "1.5"}, "THRESHOLD=1.5"),
    ({**DID, "MASK_WIDTH": "0"}, "MASK_WIDTH=0"),
    ({**DID, "CUT": "1000"}, "CUT=1000"),
    ({**DID, "LINE": "1,2,3"}, "LINE=1,2,3"),
    ({**DID, "LINE": "1,2,1,2"}, "both points are one"),
    ({**DID, "LINE": ";".join(f"1,2,3,{n}" for n in range(3, 60))}, "57 times"),
    ({**DID, "SEQUENCE": "perhaps"}, "SEQUENCE=perhaps"),
    ({**DID, "UPLOAD": "x,http://elsewhere/x.fits"}, "the FITS file itself"),
)


@pytest.mark.parametrize(("parameters", "words"), BAD, ids=[str(n) for n in range(len(BAD))])
def test_parameters_that_make_no_sense_are_refused(parameters: dict[str, str], words: str) -> None:
    with pytest.raises(BadParameter) as told:
        read_asked(parameters)
    assert words in str(told.value)


def test_uploads_are_one_way_among_two() -> None:
    assert read_asked({}, uploaded=2).dids == ()
    for more, words in (
        (DID, "give one of them"),
        ({"REGISTER": "true"}, "bring the image in first"),
        ({"IDENTIFY": "true"}, "satvo identify"),
    ):
        with pytest.raises(BadParameter, match=words):
            read_asked(more, uploaded=1)


def test_all_parameters_are_read() -> None:
    asked = read_asked({
        "ID": "ivo://x?2; ivo://x?1;ivo://x?2", "OUTPUTS": "Mask;score", "LINE": "1,2,30,40",
        "WIDTH": "2,8", "LENGTH": "30 +Inf", "SNR": "6", "ANGLE": "170 200", "THRESHOLD": "0",
        "MASK_WIDTH": "2", "CUT": "3", "SEQUENCE": "1", "IDENTIFY": "true", "REGISTER": "true",
    })  # fmt: skip
    assert asked.dids == ("ivo://x?2", "ivo://x?1")
    assert asked.outputs == {"mask", "score"}
    assert asked.detector == "by-hand"  # as a line is told and no detector
    assert asked.lines == ((1.0, 2.0, 30.0, 40.0),)
    search = asked.search
    assert search.width_px == (2.0, 8.0)
    assert search.length_px is not None
    assert search.length_px[0] == 30.0
    assert search.length_px[1] >= 24_000 * 2**0.5  # the diagonal of the largest image
    assert (search.snr_min, search.angle_deg, search.threshold) == (6.0, (170.0, 200.0), 0.0)
    assert (search.mask_width, asked.cut) == (2.0, 3.0)
    assert asked.is_sequence
    assert asked.is_identified
    assert asked.is_registered


def test_what_is_not_given_is_as_the_command_has_it() -> None:
    asked = read_asked(DID)
    assert asked.detector == "deep"
    assert asked.outputs == {"mask", "trails"}
    assert asked.cut == CUT_SIGMA
    assert OUTPUTS == MADE


def test_files_are_taken_in_the_order_of_their_names(tmp_path: Path) -> None:
    """A form may send them in any; the last of a name counts, and no other part is an image."""
    for number, name in enumerate(("upload_10", "UPLOAD_2", "PRIOR", "Upload2", "UPLOADED"), 1):
        (tmp_path / str(number)).touch()
        (tmp_path / f"{number}.name").write_text(name)
    assert [path.name for path in images_uploaded(tmp_path)] == ["4", "1"]


@pytest.mark.parametrize(
    ("change", "is_image"),
    [({}, True), ({"role": "mask"}, False), ({"dataproduct_type": "spectrum"}, False),
     ({"product_id": None}, False), ({"n_image": None}, False)],
    ids=["image", "mask", "spectrum", "elsewhere", "table"],
)  # fmt: skip
def test_images_alone_can_be_masked(change: dict[str, str | None], is_image: bool) -> None:
    row = {"product_id": "0", "role": "frame", "n_image": 1, "dataproduct_type": "image"}
    assert can_be_masked({**row, **change}) is is_image


def test_trails_of_detectors_whose_names_begin_alike_are_told_apart() -> None:
    ids = [trail_id(mask_name("0123456789abcdef", name), 1) for name in ("deep", "deep-1")]
    assert len({each.rpartition("-")[0] for each in ids}) == 2


@pytest.mark.parametrize(
    ("ra", "dec"), [(10.0, 20.0), (0.0, 0.0), (359.999, -60.0), (120.0, 89.99)]
)
@pytest.mark.parametrize("turned", [False, True])
def test_outlines_hold_their_trail_and_no_more(ra: float, dec: float, turned: bool) -> None:
    """A tenth of a degree by 36 arcsec is 0.001 deg2, whichever end is first."""
    ends = [(ra, dec - 0.05), (ra, dec + 0.05)] if dec < 89.0 else [(ra, 89.95), (ra, 89.85)]
    (ra1, dec1), (ra2, dec2) = ends[::-1] if turned else ends
    row = {"ra_start": ra1, "dec_start": dec1, "ra_end": ra2, "dec_end": dec2, "width": 36.0}
    outline = _outline(row)
    assert outline is not None
    corners = unit_vectors(outline[::2], outline[1::2])
    area_deg2 = np.degrees(np.degrees(SphericalPolygon(corners).area_sr))
    assert area_deg2 == pytest.approx(0.001, rel=1e-4)
    # counter-clockwise from inside the sphere (DALI 1.1, section 3.3.7)
    around = np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0)
    assert np.dot(around, corners.mean(axis=0)) < 0.0


def test_a_trail_without_a_place_has_no_outline() -> None:
    assert _outline({"ra_start": None, "width": 3.0}) is None
    same = {"ra_start": 1.0, "dec_start": 2.0, "ra_end": 1.0, "dec_end": 2.0, "width": 3.0}
    assert _outline(same) is None


def test_the_end_that_was_passed_first_stands_first() -> None:
    row = {"x1": 1.0, "y1": 2.0, "x2": 3.0, "y2": 4.0, "snr": 5.0}
    assert _directed(row)["x1"] == 1.0
    turned = _directed({**row, "is_reversed": True})
    assert [turned[name] for name in ("x1", "y1", "x2", "y2", "snr")] == [3.0, 4.0, 1.0, 2.0, 5.0]
