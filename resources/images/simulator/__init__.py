"""The image simulator (ImageSimulate): telescope, scene, detector, and what they make."""
