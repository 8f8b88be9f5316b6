"""Where satellites are: propagation, frames, and what an observer sees of them."""
