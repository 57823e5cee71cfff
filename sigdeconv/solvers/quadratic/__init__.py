"""Penalised least squares: quadratic in the estimate, diagonal in Fourier coordinates but for W.

minimise over x   |W F^-1 H F x - y|^2 + sum_f q(f) |X(f)|^2
"""
