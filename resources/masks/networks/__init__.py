"""The networks that ship with satvo, and how they are run over an image."""
