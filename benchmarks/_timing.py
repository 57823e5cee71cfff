"""Time of a call, and of several calls by turns, so that a busy moment of the machine hits all."""

import time


def seconds(run, clock=time.perf_counter):
    """Return how long one call takes; ``clock=time.process_time`` counts this process alone."""
    began = clock()
    run()
    return clock() - began


def by_turns(runs, rounds, warm=False):
    """Return name -> times of the functions in `runs`, which run `rounds` times one after another.

    With `warm`, each runs once untimed before each time, for caches and threads.
    """
    times = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            if warm:
                run()
            times[name].append(seconds(run))
    return times
