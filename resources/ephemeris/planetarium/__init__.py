"""Satellites for planetariums: Stellarium, WorldWide Telescope, OpenSpace, Cesium."""
