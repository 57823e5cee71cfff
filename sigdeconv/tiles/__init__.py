"""Restoration of what is larger than the memory, tile by tile.

`sigdeconv.tiled` makes two passes. A sample of windows gives one `TilePlan`: noise, weight, number
of iterations, halo, sizes. Then every tile is read once, with its halo, restored by that plan, and
written.
"""

from sigdeconv.tiles.make import make_plan
from sigdeconv.tiles.plan import TilePlan
from sigdeconv.tiles.restore import tiled
from sigdeconv.tiles.run import TileProgress

__all__ = ["TilePlan", "TileProgress", "make_plan", "tiled"]
