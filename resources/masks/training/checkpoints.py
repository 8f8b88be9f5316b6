"""The state of a training run in a file, written whole, so that a run goes on after any end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from satvo.schemas.errors import BadParameter

__all__ = ["read_checkpoint", "write_checkpoint"]


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write tensors and numbers; a file of that name is replaced at once or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `write_checkpoint` wrote; nothing but tensors, numbers, texts and lists is loaded.

    Raises
    ------
    BadParameter
        If the file is none.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for broken files
        raise BadParameter(f"{path} is no checkpoint of a training: {error}") from error
    return state
