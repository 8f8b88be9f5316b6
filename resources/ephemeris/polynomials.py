"""Lagrange and Hermite interpolation through nodes of any spacing, many instants at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["hermite", "lagrange"]

Floats = NDArray[np.float64]


def lagrange(offsets: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Value and rate at offset 0 of the polynomials through nodes.

    Parameters
    ----------
    offsets : ndarray (n, m)
        Times of m nodes less that asked for, s; all different.
    values : ndarray (n, m, k)
        k values at each node.

    Returns
    -------
    value, rate : ndarray (n, k)
        Of the polynomial of degree m - 1, the rate per second.

    References
    ----------
    Berrut & Trefethen 2004, SIAM Review 46, 501, equation 2.1.

    Examples
    --------
    >>> value, rate = lagrange(np.array([[-1.0, 1.0, 2.0]]), np.array([[[1.0], [4.0], [7.0]]]))
    >>> value.round(9).tolist(), rate.round(9).tolist()  # 1 + (t + 1) (t + 2) / 2 at t = 0
    ([[2.0]], [[1.5]])
    """
    basis, slope, _ = _basis(offsets)
    return np.einsum("nm,nmk->nk", basis, values), np.einsum("nm,nmk->nk", slope, values)


def hermite(offsets: Floats, values: Floats, rates: Floats) -> tuple[Floats, Floats]:
    """Value and rate at offset 0 of the polynomials with given values and rates at nodes.

    Parameters
    ----------
    offsets, values
        As of `lagrange`.
    rates : ndarray (n, m, k)
        Per second.

    Returns
    -------
    value, rate : ndarray (n, k)
        Of the polynomial of degree 2 m - 1.

    References
    ----------
    Stoer & Bulirsch 2002, Introduction to Numerical Analysis, section 2.1.5.

    Examples
    --------
    >>> value, rate = hermite(
    ...     np.array([[-1.0, 1.0]]), np.array([[[-1.0], [1.0]]]), np.array([[[3.0], [3.0]]]))
    >>> value.tolist(), rate.tolist()  # t cubed
    ([[0.0]], [[0.0]])
    """
    basis, slope, at_node = _basis(offsets)
    lift = 1.0 + 2.0 * offsets * at_node
    inner = lift[..., None] * values - offsets[..., None] * rates
    grown = rates - 2.0 * at_node[..., None] * values
    square = basis**2
    value = np.einsum("nm,nmk->nk", square, inner)
    rate = np.einsum("nm,nmk->nk", 2.0 * basis * slope, inner)
    return value, rate + np.einsum("nm,nmk->nk", square, grown)


def _basis(offsets: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each node's basis polynomial the value and rate at 0, and the rate at the node."""
    count = offsets.shape[1]
    basis, slope = np.ones_like(offsets), np.zeros_like(offsets)
    at_node = np.zeros_like(offsets)
    for j in range(count):
        for k in range(count):
            if k == j:
                continue
            width = offsets[:, j] - offsets[:, k]
            # Product rule, one factor after another.
            slope[:, j] = (slope[:, j] * -offsets[:, k] + basis[:, j]) / width
            basis[:, j] *= -offsets[:, k] / width
            at_node[:, j] += 1.0 / width
    return basis, slope, at_node
