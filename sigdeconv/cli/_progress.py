"""How far it is: a line that is drawn anew on a terminal, sparse lines in a pipe.

Where the number of iterations is known, that is how far it is; else the time that was expected from
a trial on a part of the data (`sigdeconv.tiles.expected`), in every phase: also while a method
looks for its strength or its stop.
"""

from __future__ import annotations

import dataclasses
import sys
import threading
import time
from typing import Any, Final, final

from sigdeconv.tiles.expected import in_words

__all__ = ["Progress"]


@final
@dataclasses.dataclass(frozen=True)
class Pace:
    """When something is said, in seconds.

    Attributes
    ----------
    bar : float
        Between two drawings on a terminal.
    first, line : float
        Until the first line in a pipe, and between two.
    beat : float
        Between two looks at the clock while nothing is heard of.
    """

    bar: float = 0.1
    first: float = 10.0
    line: float = 30.0
    beat: float = 1.0


PACE: Final = Pace()
ALMOST = 0.95  # part of the expected time from which on nobody knows how long it takes


class Progress:
    """What is said while a method runs: a callback of the method, in a ``with`` statement.

    Parameters
    ----------
    num_iter : int or None
        Number of iterations, where it is known.
    channels : int
        Signals that are restored one after the other; the count starts anew at each.
    what : str
        What is restored, in a pipe.
    seconds : float, optional
        Time that is expected.
    """

    def __init__(
        self, num_iter: int | None, channels: int, what: str, seconds: float | None = None
    ) -> None:
        self.num_iter = num_iter
        self.seconds = seconds
        self.channels = channels
        self.what = what
        self.screen = sys.stderr.isatty()
        self.began = self.heard = time.monotonic()
        self.said = self.began + PACE.first - PACE.line
        self.done = -1
        self.text = self.phase = ""
        self.drawn = False
        self.ended = threading.Event()
        self.beats = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Progress:
        """Start to look at the clock."""
        self.beats.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the line."""
        self.ended.set()
        self.beats.join()
        if self.drawn:
            self._draw(self.text)
            print(file=sys.stderr, flush=True)

    def __call__(self, k: int, x: Any) -> None:
        """Take the number of an iteration that is done."""
        self.done += k == 1
        now = time.monotonic()
        self.heard = now
        which = f", channel {self.done + 1} of {self.channels}" if self.channels > 1 else ""
        if self.num_iter is None:
            self.text = f"{self._share(now)}{self.phase}iteration {k}{which}"
        else:
            whole = max(self.channels * self.num_iter, 1)
            part = min((max(self.done, 0) * self.num_iter + k) / whole, 1.0)
            left = (now - self.began) * (1 / max(part, 1e-9) - 1)
            self.text = (
                f"[{'#' * round(30 * part):<30}] {100 * part:3.0f} %, iteration {k} of "
                f"{self.num_iter}{which}, {in_words(left)} left"
            )
        self._say(now)

    def of_method(self, name: str, k: int, x: Any) -> None:
        """Take what a comparison says: a method begins, or an iteration of it is done."""
        self.phase = f"{name}, "
        if k:
            self(k, x)

    def _share(self, now: float) -> str:
        """Return how much is done and how long it takes from then on, by the time expected."""
        gone = now - self.began
        if self.seconds is None:
            return f"{in_words(gone)} so far, "
        part = gone / self.seconds
        if part < ALMOST:
            return f"about {100 * part:.0f} %, {in_words(self.seconds - gone)} left, "
        return f"more than {100 * ALMOST:.0f} %, {in_words(gone)} so far, "

    def _say(self, now: float) -> None:
        if self.screen and now - self.said > PACE.bar:
            self._draw(self.text)
            self.said = now
        elif not self.screen and now - self.said > PACE.line:
            print(f"sigdeconv: {self.what}: {self.text.strip()}", file=sys.stderr, flush=True)
            self.said = now

    def _draw(self, text: str) -> None:
        print(f"\r{text:<78}", end="", file=sys.stderr, flush=True)
        self.drawn = True

    def tick(self) -> None:
        """Look at the clock: say that it still works, where no iteration has been heard of."""
        now = time.monotonic()
        if now - self.heard > 2 * PACE.beat:
            known = self.num_iter is not None and self.done >= 0
            self.text = self.text if known else (self._share(now) + self.phase).removesuffix(", ")
            self._say(now)

    def _beat(self) -> None:
        while not self.ended.wait(PACE.beat):
            self.tick()
