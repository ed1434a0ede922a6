"""The events that are not answered yet: bounded in number and bytes, first in, first out.

Both bounds hold for waiting events and those in flight together, so that memory stays bounded
however long the service is away. Any thread may put an event.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from deskpulse.event import Event


class Pending(NamedTuple):
    """An event, its place in the order of arrival, and its JSON."""

    number: int
    event: Event
    encoded: bytes


class _Watch:
    """Who waits for the events up to a number, and for how many of them."""

    def __init__(self, last_number: int, unanswered: int, done: Callable[[], None]) -> None:
        self.last_number = last_number
        self.unanswered = unanswered
        self.done = done


class EventQueue:
    """Holds events from `track` to their answer."""

    def __init__(self, max_events: int, max_bytes: int) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._waiting: deque[Pending] = deque()
        self._in_flight = 0
        self._bytes = 0
        self._last_number = 0
        self._watches: list[_Watch] = []
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """Events that no batch has taken."""
        return len(self._waiting)

    @property
    def in_flight(self) -> int:
        """Events that a batch has taken and that are not answered."""
        return self._in_flight

    @property
    def is_watched(self) -> bool:
        """Whether somebody waits for answers, so that no batch should wait to fill."""
        return bool(self._watches)

    def put(self, event: Event, encoded: bytes) -> bool:
        """Appends the event; False when that would break a bound."""
        with self._lock:
            size = len(encoded)
            unanswered = len(self._waiting) + self._in_flight
            if unanswered >= self._max_events or self._bytes + size > self._max_bytes:
                return False
            self._last_number += 1
            self._bytes += size
            self._waiting.append(Pending(self._last_number, event, encoded))
            return True

    def take(self, max_events: int, max_bytes: int) -> list[Pending]:
        """Takes the oldest events within both bounds, at least one where any waits."""
        batch: list[Pending] = []
        size = 0
        with self._lock:
            while self._waiting and len(batch) < max_events:
                size += len(self._waiting[0].encoded)
                if batch and size > max_bytes:
                    break
                batch.append(self._waiting.popleft())
            self._in_flight += len(batch)
        return batch

    def put_back(self, batch: Sequence[Pending]) -> None:
        """Returns events of a batch that ended without an answer to their place in the queue."""
        with self._lock:
            self._in_flight -= len(batch)
            waiting = sorted([*batch, *self._waiting], key=lambda pending: pending.number)
            self._waiting = deque(waiting)

    def settle(self, batch: Sequence[Pending]) -> None:
        """Forgets events of a batch that are answered, or given up."""
        with self._lock:
            self._in_flight -= len(batch)
            self._bytes -= sum(len(pending.encoded) for pending in batch)
            done = [watch for watch in self._watches if _is_done(watch, batch)]
            self._watches = [watch for watch in self._watches if watch not in done]
        for watch in done:
            watch.done()

    def watch(self, done: Callable[[], None]) -> None:
        """Calls `done` once everything unanswered now is settled; at once when nothing is."""
        with self._lock:
            unanswered = len(self._waiting) + self._in_flight
            if unanswered:
                self._watches.append(_Watch(self._last_number, unanswered, done))
        if not unanswered:
            done()

    def unwatch(self, done: Callable[[], None]) -> None:
        """Forgets a watch whose owner waits no longer."""
        with self._lock:
            self._watches = [watch for watch in self._watches if watch.done is not done]

    def clear_in_child(self) -> None:
        """Empties the copy that a forked process got: the events are its parent's to send."""
        self._lock = threading.Lock()
        self._waiting.clear()
        self._watches.clear()
        self._in_flight = self._bytes = 0


def _is_done(watch: _Watch, batch: Sequence[Pending]) -> bool:
    watch.unanswered -= sum(pending.number <= watch.last_number for pending in batch)
    return watch.unanswered <= 0
