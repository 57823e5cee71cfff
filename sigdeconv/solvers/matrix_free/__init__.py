"""Engines for any operator: what they know of it are forward and adjoint.

`quadratic` is least squares with a penalty on roughness, by a dense factorisation of small problems
and by conjugate gradients of others; `primal_dual` is any loss with any prior; `noise` is the level
of the noise, and `weight` the weight of a prior, where there is no spectrum to find them by.
"""
