"""Networks by their names, with the normalisation that a preset puts before them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from satvo.resources.masks.training.plan import NETWORKS
from satvo.schemas.errors import BadParameter
from torch import Tensor, nn

if TYPE_CHECKING:
    from satvo.resources.masks.training.plan import Preset

__all__ = ["MeanDeviation", "made_network", "take_weights"]

_LEAST_DEVIATION = 1e-6


class MeanDeviation(nn.Module):
    """The normalisation of Janin-Potiron et al. 2024 (equation 1) and a network behind it.

    asinh((D - mean) / standard deviation), both of the whole image that is given, whatever its
    unit: of significance it is the same as of counts, but that its sky is taken off piece by piece.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, significance: Tensor) -> Tensor:
        """What the network says."""
        away = significance - significance.mean((1, 2, 3), keepdim=True)
        deviation = (away * away).mean((1, 2, 3), keepdim=True).sqrt() + _LEAST_DEVIATION
        scaled = away / deviation
        size = scaled.abs()
        # ONNX has no asinh for tensors of any length that torch writes.
        answer: Tensor = self.network(
            torch.sign(scaled) * torch.log(size + torch.sqrt(size * size + 1.0))
        )
        return answer


def made_network(preset: Preset, seed: int = 0) -> nn.Module:
    """The network of a preset, with fresh weights that follow from the seed."""
    torch.manual_seed(seed)
    module, _, name = NETWORKS[preset.network].partition(":")
    kind = getattr(import_module(module), name)
    network: nn.Module = kind(preset.classes) if preset.target != "pixels" else kind()
    return MeanDeviation(network) if preset.normalisation == "mean-deviation" else network


def take_weights(network: nn.Module, path: Path) -> None:
    """Give a network the weights of a file, to train on from them.

    Parameters
    ----------
    network : torch module
        Changed.
    path : Path
        A checkpoint, or an ONNX file that `export.export_network` wrote.

    Raises
    ------
    BadParameter
        If the file holds no weights of this network.
    """
    from satvo.resources.masks.training.checkpoints import read_checkpoint

    if not path.is_file():
        raise BadParameter(f"there is no file {path}")
    own = network.state_dict()
    if path.suffix == ".onnx":
        found = _of_onnx(path)
        # torch counts the batches that its means are of, and ONNX has no use for that.
        found |= {key: own[key] for key in own if key.endswith("num_batches_tracked")}
    else:
        found = read_checkpoint(path).get("network", {})
    missing = [key for key in own if key not in found or found[key].shape != own[key].shape]
    if missing:
        raise BadParameter(
            f"{path} holds no weights of this network: {missing[0]} is missing or has another "
            "shape; a checkpoint of the same preset, or an ONNX file that satvo train export "
            "wrote, is accepted"
        )
    network.load_state_dict({key: found[key] for key in own})


def _of_onnx(path: Path) -> dict[str, Tensor]:
    import onnx

    try:
        model = onnx.load_model(str(path), load_external_data=False)
        return {
            each.name: torch.from_numpy(np.array(onnx.numpy_helper.to_array(each)))
            for each in model.graph.initializer
            if each.data_location != onnx.TensorProto.EXTERNAL
        }
    except Exception as err:  # protobuf has an error of its own for files that are none
        raise BadParameter(f"{path} is no ONNX model: {str(err)[:200]}") from err
