"""Where satellites are: propagation, frames, observers, and the positions they see."""
