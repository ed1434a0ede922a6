"""Ids that sort by the time they were made: UUID version 7 of RFC 9562.

The 12 bits after the milliseconds hold the fraction of the millisecond (section 6.2, method 3), so
that ids of one process ascend strictly; a database then appends to its index. 62 random bits, taken
from the system for each id, keep processes apart, forked ones too.
"""

import os
import threading
import time
import uuid

_TICKS_PER_MS = 1 << 12


class IdMaker:
    """Makes ids, each greater than the one before, whatever the clock does."""

    def __init__(self) -> None:
        self._last_tick = 0
        self._lock = threading.Lock()

    def make(self, now_ns: int | None = None) -> str:
        """Makes the id of an event that happens at `now_ns`, left out: now."""
        now_ns = time.time_ns() if now_ns is None else now_ns
        with self._lock:
            tick = self._last_tick = max(self._last_tick + 1, now_ns * _TICKS_PER_MS // 1_000_000)
        ms, fraction = divmod(tick, _TICKS_PER_MS)
        noise = int.from_bytes(os.urandom(8)) >> 2
        return str(uuid.UUID(int=ms << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | noise))
