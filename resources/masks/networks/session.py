"""Networks as ONNX Runtime sessions: those that ship with satvo, or a file of the user's own."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["INPUT", "network_names", "session"]

INPUT = "significance"
"""What all networks take: pixels less their sky in standard deviations of the noise."""

_LARGEST_BYTES = 200_000_000
_WEIGHTS = files("satvo.resources.masks.networks") / "weights"


def network_names() -> tuple[str, ...]:
    """Of those that ship with satvo."""
    return tuple(
        sorted(
            entry.name.removesuffix(".onnx")
            for entry in _WEIGHTS.iterdir()
            if entry.name.endswith(".onnx")
        )
    )


@lru_cache(maxsize=8)
def session(network: str | Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """Load a network; it stays loaded.

    Parameters
    ----------
    network : str or Path
        A text is the name of one that ships with satvo, a Path a file of the user's. Nothing that
        comes over HTTP may be given as a Path.
    threads : int
        That compute one image.

    Raises
    ------
    BadParameter
        If there is no such network; if the file is no ONNX model, keeps its weights in other
        files, or is larger than 200 MB.
    """
    if isinstance(network, Path):
        content = _own(network)
    elif network in network_names():
        content = (_WEIGHTS / f"{network}.onnx").read_bytes()
    else:
        raise BadParameter(
            f"there is no network {network!r}; there are: {', '.join(network_names())}"
        )
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        made = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - it has a class of its own for each kind of fault
        reason = str(error).strip().split("\n")[0][:200]
        raise BadParameter(f"{network} is no ONNX model that can be run: {reason}") from None
    inputs = [given.name for given in made.get_inputs()]
    if inputs != [INPUT]:
        raise BadParameter(
            f"{network} takes {', '.join(inputs)}: a network that takes {INPUT!r} (images, 1, "
            "rows, columns) is accepted"
        )
    return made


def _own(path: Path) -> bytes:
    if not path.is_file():
        raise BadParameter(f"there is no file {path}")
    size = path.stat().st_size
    if size > _LARGEST_BYTES:
        raise BadParameter(f"{path} has {size} bytes: up to {_LARGEST_BYTES} are accepted")
    content = path.read_bytes()
    # A tensor outside of the file names its place by an entry of this key (onnx.proto3).
    if b"\x0a\x08location" in content:
        raise BadParameter(
            f"{path} keeps weights in other files, which are never opened: write it in one file "
            "(onnx.save_model with save_as_external_data=False)"
        )
    return content
