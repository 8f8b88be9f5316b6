"""Coverage maps as FITS files.

References
----------
MOC 2.0, section 4.2; the NUNIQ form, which readers of MOC 1.1 know too.
"""

from __future__ import annotations

import numpy as np
from satvo.schemas.fits_cards import fits_header, fits_padding
from satvo.schemas.moc import Moc

__all__ = ["moc_fits"]


def moc_fits(moc: Moc) -> bytes:
    """A coverage of the sky in the ICRS as a FITS file: the column UNIQ, ascending.

    Notes
    -----
    An empty coverage has no row. UNIQ is ``4 * 4**order + cell``.
    """
    pieces = [
        (4 << 2 * order) + np.arange(first, behind, dtype=np.int64)
        for order, ranges in moc.largest_cells()
        for first, behind in ranges
    ]
    uniq = np.concatenate([np.zeros(0, dtype=np.int64), *pieces]).astype(">i8")
    table: dict[str, str | int | float | bool] = {
        "XTENSION": "BINTABLE",
        "BITPIX": 8,
        "NAXIS": 2,
        "NAXIS1": 8,
        "NAXIS2": len(uniq),
        "PCOUNT": 0,
        "GCOUNT": 1,
        "TFIELDS": 1,
        "TFORM1": "1K",
        "TTYPE1": "UNIQ",
        "PIXTYPE": "HEALPIX",
        "ORDERING": "NUNIQ",
        "COORDSYS": "C",
        "MOCVERS": "2.0",
        "MOCDIM": "SPACE",
        "MOCORD_S": moc.order,
        "MOCORDER": moc.order,
        "MOCTOOL": "satvo",
    }
    primary = fits_header({"SIMPLE": True, "BITPIX": 8, "NAXIS": 0, "EXTEND": True})
    return b"".join([primary, fits_header(table), uniq.tobytes(), fits_padding(uniq.nbytes)])
