"""The figures of the orbitAI paper, redrawn from satvo's own simulator.

``python -m satvo.resources.images.simulator.figures -o DIR`` draws Figures 2, 3, 5, 6, 8, 9 and 10
of Janin-Potiron et al. 2024, Proc. SPIE 13094.
"""
