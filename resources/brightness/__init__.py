"""How bright satellites are: models as plugins, bands, attitude, and trails on a detector.

Arrays in, arrays out; nothing here knows elements, files of orbits or a database.
"""

from satvo.resources.brightness.geometry import Geometry
from satvo.resources.brightness.magnitudes import Magnitudes, brightness_models, magnitudes
from satvo.resources.brightness.satellites import Satellites

__all__ = ["Geometry", "Magnitudes", "Satellites", "brightness_models", "magnitudes"]
