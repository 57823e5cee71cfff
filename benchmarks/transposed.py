"""`conv_transpose` beside PyTorch's `conv_transpose2d`: milliseconds, float32, the same threads.

Medians of interleaved runs, so that a busy moment of the machine hits both. The limit is 1.5 times
PyTorch's time, and 1/20 of it for the large kernel, where spectra win.
"""

import os

THREADS = int(os.environ.get("THREADS", "2"))
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import statistics  # noqa: E402

import numpy as np  # noqa: E402
from _timing import by_turns  # noqa: E402

from sigdeconv.transposed import conv_transpose  # noqa: E402

try:
    import torch
except ImportError:
    torch = None

CASES = [  # N, C in, C out, size, kernel, stride, limit
    (1, 1, 1, 512, 4, 2, 1.5),
    (4, 64, 64, 64, 4, 2, 1.5),
    (1, 16, 16, 256, 3, 2, 1.5),
    (8, 256, 128, 16, 4, 2, 1.5),
    (1, 1, 1, 512, 31, 1, 0.05),
]


def main(rounds: int = 15) -> None:
    """Print one row a case."""
    if torch is not None:
        torch.set_num_threads(THREADS)
    print(f"{THREADS} threads, float32, median of {rounds} interleaved runs")
    print(f"{'(N, C, O, size, K, S)':>30} {'ours ms':>9} {'torch ms':>9} {'ratio':>7} {'limit':>6}")
    rng = np.random.default_rng(0)
    for n, c, o, size, k, s, limit in CASES:
        x = rng.standard_normal((n, c, size, size), dtype=np.float32)
        w = rng.standard_normal((c, o, k, k), dtype=np.float32)
        runs = {"ours": lambda x=x, w=w, s=s: conv_transpose(x, w, stride=s)}
        if torch is not None:
            tx, tw = torch.from_numpy(x), torch.from_numpy(w)
            layer = torch.nn.functional.conv_transpose2d
            runs["torch"] = lambda tx=tx, tw=tw, s=s, layer=layer: layer(tx, tw, stride=s)
        times = by_turns(runs, rounds, warm=True)
        mine = 1e3 * statistics.median(times["ours"])
        row = f"{(n, c, o, size, k, s)!s:>30} {mine:9.2f}"
        if torch is not None:
            other = 1e3 * statistics.median(times["torch"])
            row += f" {other:9.2f} {mine / other:7.3f} {limit:6.2f}"
        print(row)


if __name__ == "__main__":
    main()
