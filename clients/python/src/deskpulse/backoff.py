"""When a batch is tried again: exponential, with full jitter, never before the service asks for it.

Full jitter (a delay drawn from zero to the bound) keeps clients that failed together from coming
back together.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_ASKED_SECS = 60.0
"""Longest delay that a service is obeyed in."""
_MAX_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Backoff:
    """Bounds of the delay; `draw` gives a number from 0 to 1."""

    first_secs: float = 0.1
    max_secs: float = 10.0
    draw: Callable[[], float] = field(default=random.random, repr=False)

    def delay(self, failures: int, asked_secs: float = 0.0) -> float:
        """Seconds to wait after the `failures`-th failure in a row, at least `asked_secs`."""
        doublings = min(failures - 1, _MAX_DOUBLINGS)
        bound = min(self.max_secs, self.first_secs * float(1 << doublings))
        return min(asked_secs, MAX_ASKED_SECS) + self.draw() * bound
