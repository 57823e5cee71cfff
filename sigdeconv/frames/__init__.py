"""Several frames of one scene: where they stand, how loud they are, and the scene behind them."""

from sigdeconv.frames.dropping import drizzle
from sigdeconv.frames.operator import frame_operator, moved_kernel
from sigdeconv.frames.registration import Registration, align
from sigdeconv.frames.restore import multiframe, observe_frames

__all__ = [
    "Registration",
    "align",
    "drizzle",
    "frame_operator",
    "moved_kernel",
    "multiframe",
    "observe_frames",
]
