"""The state of a training run in a file, written whole, so that a run goes on after any end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from satvo.schemas.errors import BadParameter

__all__ = ["read_checkpoint", "restored", "write_checkpoint"]


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


def restored(
    network: torch.nn.Module, optimiser: torch.optim.Optimizer, checkpoint: Path, *counts: str
) -> tuple[float, ...]:
    """Bring a training back to where it was, random numbers included.

    Parameters
    ----------
    network, optimiser
        Get the state of the checkpoint.
    checkpoint : Path
    *counts : str
        Names of the numbers of the checkpoint that are handed back.

    Raises
    ------
    BadParameter
        If the file is no checkpoint, or one of another network.
    """
    state = read_checkpoint(checkpoint)
    try:
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        return tuple(float(state[name]) for name in counts)
    except (KeyError, RuntimeError, ValueError) as error:
        raise BadParameter(f"{checkpoint} is no checkpoint of this network: {error}") from error
