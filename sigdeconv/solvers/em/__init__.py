"""Expectation maximisation for Poisson data: Richardson-Lucy, accelerated, penalised, in blocks.

`run` puts the parts together: `poisson` is the likelihood, `map` one evaluation, `projector` and
`blocks` how to go through large arrays, `acceleration` and `penalties` what their names say. The
starts and the search for a weight stand on `run`.
"""
