"""A trained network as an ONNX file of its own, checked against torch."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from satvo.resources.masks.networks.session import INPUT, session
from satvo.schemas.errors import BadParameter
from torch import nn

__all__ = ["OPSET", "Exported", "export_network"]

OPSET = 17
_LARGEST_DIFFERENCE = 0.05
"""Of logits: ties of the best direction of line sums fall otherwise here and there."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    size : int
        Bytes.
    sha256 : str
    difference : float
        Largest of the logits between torch and ONNX Runtime, on noise with a bright line.
    """

    size: int
    sha256: str
    difference: float


def export_network(
    network: nn.Module,
    path: Path,
    *,
    size: int | None = None,
    about: Mapping[str, str] | None = None,
) -> Exported:
    """Write a network as one ONNX file.

    Parameters
    ----------
    network : torch module
        Takes significance (n, 1, rows, columns).
    path : Path
        Replaced at once or not at all.
    size : int, optional
        Side of its images, where it takes one size alone; otherwise any multiples of 8.
    about : mapping, optional
        Texts that go into the file's metadata.

    Raises
    ------
    BadParameter
        If what was written says something else than the network.

    Notes
    -----
    Batch normalisations stay as they are and parameters keep their names, so that a file can be
    trained on (`standardised.take_weights`); ONNX Runtime joins them with the convolutions when it
    loads the file.
    """
    network.eval()
    part = path.with_name(f".{path.name}.part.onnx")
    given = torch.zeros(1, 1, size or 64, size or 80)
    batch = {0: "images"}
    free = batch if size else {**batch, 2: "rows", 3: "columns"}
    with torch.no_grad():
        answered = free if network(given).dim() == 4 else batch
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that this exporter is the older one
            torch.onnx.export(
                network, (given,), str(part), opset_version=OPSET, dynamo=False,
                training=torch.onnx.TrainingMode.PRESERVE,
                input_names=[INPUT], output_names=["logits"],
                dynamic_axes={INPUT: free, "logits": answered},
            )  # fmt: skip
        model = onnx.load_model(str(part), load_external_data=False)
        for key, value in (about or {}).items():
            model.metadata_props.add(key=key, value=value)
        onnx.checker.check_model(model)
        content = model.SerializeToString()
        part.write_bytes(content)
        difference = _difference(network, part, size)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return Exported(len(content), hashlib.sha256(content).hexdigest(), difference)


def _difference(network: nn.Module, path: Path, size: int | None) -> float:
    """Largest difference of logits, over images of two sizes where the network takes any."""
    session.cache_clear()
    run = session(path)
    largest = 0.0
    for rows, columns in ((size, size),) if size else ((64, 80), (136, 96)):
        image = np.random.default_rng(1).normal(size=(2, 1, rows, columns)).astype(np.float32)
        image[0, 0, rows // 2] += 5.0
        with torch.no_grad():
            told = network(torch.from_numpy(image)).numpy()
        largest = max(largest, float(np.abs(run.run(None, {INPUT: image})[0] - told).max()))
    session.cache_clear()
    if not largest < _LARGEST_DIFFERENCE:
        raise BadParameter(
            f"the ONNX file differs from the network by {largest:.3g} in its logits, more than "
            f"{_LARGEST_DIFFERENCE}: it is not kept"
        )
    return largest
