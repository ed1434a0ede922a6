"""The tracker of one product: what the product sees.

`track` only checks, encodes and queues; a `Worker` does the rest between `start` and `stop`.
Whatever goes wrong is counted, told and logged, never raised: analytics must not fail the product.
"""

import asyncio
import os
import weakref
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from deskpulse.drop import DropCode, OnDrop
from deskpulse.event import Event, InvalidEventError, encode
from deskpulse.ids import IdMaker
from deskpulse.options import (
    Durability,
    Token,
    Tuning,
    check_durability,
    check_product,
    credentials,
    endpoint,
)
from deskpulse.queue import EventQueue
from deskpulse.report import Reporter, logger
from deskpulse.stats import TrackerStats
from deskpulse.transport import Transport
from deskpulse.worker import Worker

_FORKED = "it was started before this process was forked; `await tracker.start()` in this one"
_LOOP_ENDED = "the event loop that it was started in has ended; `await tracker.start()` in this one"
_NOT_STARTED = "it is not started; `await tracker.start()`, once, where the program starts"


class Tracker:
    """Sends the events of one product in the background.

    Raises ValueError when it is made with a wrong option, and never after that.
    """

    def __init__(
        self,
        product: str,
        *,
        url: str | None = None,
        token: Token | None = None,
        durability: Durability | str = Durability.BUFFERED,
        on_drop: OnDrop | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self.product = check_product(product)
        self._url = endpoint(url)
        self._token = credentials(token)
        self._durability = check_durability(durability)
        self._tuning = tuning or Tuning()
        self._queue = EventQueue(self._tuning.max_queue_events, self._tuning.max_queue_bytes)
        self._reporter = Reporter(product, on_drop)
        self._ids = IdMaker()
        self._worker: Worker | None = None
        self._workers_of_parents: list[Worker] = []
        self._is_stopped = False
        _trackers.add(self)

    @property
    def stats(self) -> TrackerStats:
        """What became of all events so far."""
        return self._reporter.snapshot(self._queue.waiting, self._queue.in_flight)

    async def track(
        self,
        event_name: str,
        data: Mapping[str, Any] | None = None,
        session_id: str | None = None,
        *,
        event_id: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Queues an event; returns at once and never raises.

        `data` is JSON of at most 64 KiB, read before this returns. `event_id` (1 to 64 characters)
        makes an event count once however often the product itself tracks it; left out, one is made.
        `occurred_at` has a time zone; left out, it is now.
        """
        self.track_nowait(event_name, data, session_id, event_id=event_id, occurred_at=occurred_at)

    def track_nowait(
        self,
        event_name: str,
        data: Mapping[str, Any] | None = None,
        session_id: str | None = None,
        *,
        event_id: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Does what `track` does, for code that cannot await, in any thread."""
        try:
            event = Event(
                id=self._ids.make() if event_id is None else event_id,
                name=event_name,
                product=self.product,
                session_id=session_id,
                data=data,
                occurred_at=datetime.now(UTC) if occurred_at is None else occurred_at,
            )
            self._reporter.tracked()
            self._queue_event(event)
        except Exception:  # noqa: BLE001 - the promise of this method
            logger.exception("an event could not be tracked")

    def _queue_event(self, event: Event) -> None:
        if self._is_stopped:
            self._reporter.dropped([event], DropCode.STOPPED, "the tracker is stopped")
            return
        encoded, refusal = b"", ""
        try:
            encoded = encode(event)
        except InvalidEventError as error:
            refusal = str(error)
        if refusal:
            self._reporter.dropped([event], DropCode.INVALID, refusal)
            return
        worker = self._living_worker()
        if not self._queue.put(event, encoded):
            if worker is None:
                self._reporter.misused(_NOT_STARTED)
            self._reporter.dropped([event], DropCode.QUEUE_FULL, "more events wait than may")
        elif worker is not None:
            worker.wake()

    def _living_worker(self) -> Worker | None:
        """Finds who sends the events; says why there is nobody, except before the first start."""
        if self._worker is not None and self._worker.is_over:
            self._reporter.misused(_LOOP_ENDED)
            return None
        if self._worker is None and self._workers_of_parents:
            self._reporter.misused(_FORKED)
        return self._worker

    async def start(self) -> None:
        """Starts sending, in the running event loop. Starting twice changes nothing."""
        if self._worker is not None and self._worker.is_alive:
            if self._worker.loop is not asyncio.get_running_loop():
                self._reporter.misused("it runs in another event loop already, and stays there")
            return
        transport = Transport(self._url, self._token, self._durability, self._tuning)
        self._worker = Worker(transport, self._queue, self._reporter, self._tuning)
        self._is_stopped = False

    async def flush(self, timeout_secs: float = 10.0) -> bool:
        """Waits until every event tracked before is answered or given up; False at the timeout."""
        worker = self._worker
        if worker is None or not worker.is_alive:
            if not self._queue.waiting:
                return True
            self._reporter.misused(_LOOP_ENDED if worker else _NOT_STARTED)
            return False
        return await _in_loop_of(worker, worker.flush(timeout_secs))

    async def stop(self, timeout_secs: float | None = None) -> int:
        """Sends what is left within `stop_timeout_secs`, then stops.

        Returns how many events were left. They are told to `on_drop`; those that were in a request
        may have arrived. Later events are dropped until the next `start`.
        """
        self._is_stopped = True
        try:
            await self._stop_worker(timeout_secs)
        finally:
            # Also when the product cancels this: what is left is told, whatever happens.
            left = self._drop_left()
        return left

    async def _stop_worker(self, timeout_secs: float | None) -> None:
        worker = self._worker
        if worker is not None and worker.is_alive:
            secs = self._tuning.stop_timeout_secs if timeout_secs is None else timeout_secs
            try:
                await _in_loop_of(worker, worker.stop(secs))
            except Exception:  # noqa: BLE001 - a product that stops must stop
                logger.exception("the tracker of %s did not stop cleanly", self.product)

    def _drop_left(self) -> int:
        self._worker = None
        left = self._queue.take(self._queue.waiting, max_bytes=self._tuning.max_queue_bytes)
        events = [pending.event for pending in left]
        self._reporter.dropped(events, DropCode.STOPPED, "left when the tracker stopped")
        self._queue.settle(left)
        self._reporter.log_drops()
        return len(left)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def reset_in_child(self) -> None:
        """Forgets the parent's events and books, in a process that was just forked."""
        if self._worker is not None:
            # Kept, never closed: its sockets and its poll set are still the parent's.
            self._workers_of_parents.append(self._worker)
            self._worker = None
        # Another thread of the parent may have held a lock, and there is none here to release it.
        self._ids = IdMaker()
        self._queue.clear_in_child()
        self._reporter.reset()


_T = TypeVar("_T")


async def _in_loop_of(worker: Worker, work: Coroutine[Any, Any, _T]) -> _T:
    """Runs the work where the worker lives, whichever loop asks."""
    if worker.loop is asyncio.get_running_loop():
        return await work
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, worker.loop))


_trackers: weakref.WeakSet[Tracker] = weakref.WeakSet()


def _reset_in_child() -> None:
    for tracker in list(_trackers):
        tracker.reset_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
