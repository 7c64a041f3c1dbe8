"""Whether work explodes. How fast it is, the benchmarks tell; no test fails for a slow machine."""

import gc
import time
from collections.abc import Callable

ATTEMPTS = 3


def best_seconds(call: Callable[[], object], enough: float) -> float:
    """Seconds of this thread that a call takes: of up to three, the first below ``enough``.

    Without the garbage collector: late in a long session of tests, one collection of all takes
    seconds, and it strikes whoever comes at that moment.
    """
    taken = []
    was_on = gc.isenabled()
    gc.disable()
    try:
        while len(taken) < ATTEMPTS and min(taken, default=enough) >= enough:
            start = time.thread_time()
            call()
            taken.append(time.thread_time() - start)
    finally:
        if was_on:
            gc.enable()
    return min(taken)
