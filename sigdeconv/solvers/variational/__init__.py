"""A data term and a prior: loss(A x, y) + weight phi(L x), by alternating directions.

`problem` names the parts, `sure` finds the weight, `run` solves; `admm` and `half_quadratic` are
the iterations, on the `grid` where all operators are diagonal.
"""
