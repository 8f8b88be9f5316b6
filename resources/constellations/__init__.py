"""EphemSimulate: element sets of constellations that do not fly yet, from their filed shells."""
