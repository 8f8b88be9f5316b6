"""Images of the archive: what is published of them, what is cut out of them, what is simulated.

The classes of the simulator are here under the names of Janin-Potiron et al. 2024 (section 2).
They are loaded at their first use, since the server needs none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from satvo.resources.images.simulator.catalog_scene import CatalogScene
    from satvo.resources.images.simulator.composite_scene import CompositeScene
    from satvo.resources.images.simulator.detector import Detector, WhiteBalance
    from satvo.resources.images.simulator.satellites import Satellite
    from satvo.resources.images.simulator.scene import Scene
    from satvo.resources.images.simulator.simulated_scene import SimulatedScene
    from satvo.resources.images.simulator.spectrum import Spectrum
    from satvo.resources.images.simulator.stars import Star
    from satvo.resources.images.simulator.telescope import Telescope

__all__ = [
    "CatalogScene",
    "CompositeScene",
    "Detector",
    "Satellite",
    "Scene",
    "SimulatedScene",
    "Spectrum",
    "Star",
    "Telescope",
    "WhiteBalance",
]

_MODULES = {
    "CatalogScene": "catalog_scene",
    "CompositeScene": "composite_scene",
    "Detector": "detector",
    "Satellite": "satellites",
    "Scene": "scene",
    "SimulatedScene": "simulated_scene",
    "Spectrum": "spectrum",
    "Star": "stars",
    "Telescope": "telescope",
    "WhiteBalance": "detector",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"satvo.resources.images.simulator.{_MODULES[name]}"), name)
