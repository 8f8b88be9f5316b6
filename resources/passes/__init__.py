"""PassPredict: which satellites cross an exposure, when, where and how bright."""
