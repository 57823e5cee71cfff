"""The words of each framework: ``from_*`` reads them as a `Layer`, ``to_*`` writes a layer in them.

The full output of a transposed layer has (H - 1) S + span samples, span = l(K-1)+1. What a padding
word means is a pair (before, after) on each axis: how many of these samples are removed at either
end; negative ones are added instead.
"""
