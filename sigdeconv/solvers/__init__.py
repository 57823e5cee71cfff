"""Engines: operators and arrays in, iterates out.

No engine knows a method by its name or writes text for users. `quadratic` solves penalised least
squares, `variational` a data term and a prior, `em` the Poisson likelihood; the files beside them
are what these share: the periodic grid, spectra, conjugate gradients, proximal gradients.
"""
