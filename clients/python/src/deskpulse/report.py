"""Counts what becomes of events, tells `on_drop`, and logs: one line in ten seconds of each kind.

The log names counts and codes, never what an event holds; that is for `on_drop` and `last_error`.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from deskpulse.answer import Result
from deskpulse.drop import DropCode, DropReason, OnDrop
from deskpulse.event import Event
from deskpulse.stats import Books, TrackerStats

logger = logging.getLogger("deskpulse")

LOG_INTERVAL_SECS = 10.0


class LogLimiter:
    """Lets one line pass in each interval."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_at = clock()

    def is_due(self) -> bool:
        """Tells whether a line may be logged now, and takes that for logged."""
        now = self._clock()
        if now < self._next_at:
            return False
        self._next_at = now + LOG_INTERVAL_SECS
        return True


class Reporter:
    """Keeps the books of one tracker."""

    def __init__(
        self, product: str, on_drop: OnDrop | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._product = product
        self._on_drop = on_drop
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Opens new books: for a new tracker, and for the copy that a forked process got."""
        self._books = Books()
        self._unlogged = Counter[DropCode]()
        self._drop_lines = LogLimiter(self._clock)
        self._trouble_lines = LogLimiter(self._clock)
        self._misuse_lines = LogLimiter(self._clock)
        self._callback_lines = LogLimiter(self._clock)
        self._is_telling = False
        self._lock = threading.RLock()

    def snapshot(self, queued: int, in_flight: int) -> TrackerStats:
        """Returns the counts so far."""
        with self._lock:
            return self._books.snapshot(queued, in_flight)

    def tracked(self) -> None:
        """Counts a call of `track`."""
        with self._lock:
            self._books.tracked += 1

    def sent(self, events: int) -> None:
        """Counts events that go out; fewer than none for those that were put back."""
        with self._lock:
            self._books.sent += events

    def retried(self) -> None:
        """Counts a request that is tried again."""
        with self._lock:
            self._books.retries += 1

    def failed(self, error: str) -> None:
        """Notes why a request failed that will be tried again."""
        with self._lock:
            self._books.last_error = error
            is_due = self._trouble_lines.is_due()
        if is_due:
            logger.warning(
                "events of %s wait, the service did not take them: %s", self._product, error
            )

    def misused(self, message: str) -> None:
        """Says what the program around the tracker does wrong."""
        with self._lock:
            is_due = self._misuse_lines.is_due()
        if is_due:
            logger.error("tracker of %s: %s", self._product, message)

    def answered(self, events: Sequence[Event], results: Sequence[Result]) -> None:
        """Books the results of a batch, in order."""
        refused: dict[DropReason, list[Event]] = {}
        with self._lock:
            for event, result in zip(events, results, strict=True):
                self._books.results[result.status] += 1
                if result.status in {"REJECTED", "CONFLICT"}:
                    reason = DropReason(DropCode(result.status.lower()), result.reason)
                    refused.setdefault(reason, []).append(event)
        for reason, group in refused.items():
            self._tell(group, reason)

    def dropped(self, events: Sequence[Event], code: DropCode, detail: str) -> None:
        """Books events that are gone without having been taken."""
        if events:
            with self._lock:
                self._books.dropped[code] += len(events)
            self._tell(events, DropReason(code, detail))

    def _tell(self, events: Sequence[Event], reason: DropReason) -> None:
        with self._lock:
            self._books.last_error = str(reason)
            self._unlogged[reason.code] += len(events)
            is_due = self._drop_lines.is_due()
            # A callback that tracks events of its own would be told of those, without an end.
            tells = self._on_drop is not None and not self._is_telling
            self._is_telling = self._is_telling or tells
        if is_due:
            self.log_drops()
        if tells:
            self._call_back(events, reason)

    def log_drops(self) -> None:
        """Logs what was dropped since the last line, if anything."""
        with self._lock:
            counts, self._unlogged = self._unlogged, Counter()
        if counts:
            listed = ", ".join(f"{code} {count}" for code, count in counts.most_common())
            lost = counts.total()
            logger.warning("events of %s not kept: %d (%s)", self._product, lost, listed)

    def _call_back(self, events: Sequence[Event], reason: DropReason) -> None:
        try:
            if self._on_drop is not None:
                self._on_drop(events, reason)
        except Exception:
            with self._lock:
                is_due = self._callback_lines.is_due()
            if is_due:
                logger.exception("on_drop of the tracker of %s failed", self._product)
        finally:
            self._is_telling = False
