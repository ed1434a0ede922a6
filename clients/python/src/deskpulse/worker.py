"""The background task: gathers batches and hands them to deliveries, a few at a time.

It belongs to the event loop that it was started in, and ends with it. What it had not brought to an
end is in the queue again then, so that another worker can go on with the same ids.
"""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from deskpulse.delivery import Delivery
from deskpulse.options import Tuning
from deskpulse.queue import EventQueue, Pending
from deskpulse.report import Reporter, logger
from deskpulse.transport import Transport

_PAUSE_AFTER_DEFECT_SECS = 1.0


class Worker:
    """Sends what is in the queue, until it is stopped."""

    def __init__(
        self, transport: Transport, queue: EventQueue, reporter: Reporter, tuning: Tuning
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._transport = transport
        self._queue = queue
        self._reporter = reporter
        self._tuning = tuning
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._slots = asyncio.Semaphore(tuning.max_in_flight)
        self._delivery = Delivery(transport, queue, reporter, tuning, self._stopping)
        self._deliveries: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._task = self.loop.create_task(self._run(), name="deskpulse")

    @property
    def is_alive(self) -> bool:
        """Whether it sends: its loop runs, and it has not ended."""
        return self.loop.is_running() and not self._task.done()

    @property
    def is_over(self) -> bool:
        """Whether it will never send again."""
        return self.loop.is_closed() or self._task.done()

    def wake(self) -> None:
        """Tells it that an event came in. Any thread may call."""
        if threading.get_ident() == self._thread:
            self._wake.set()
            return
        # The loop may end at any moment here; `track` tells of that the next time.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._wake.set)

    async def flush(self, timeout_secs: float) -> bool:
        """Waits until all that is unanswered now is settled; False when time is up first."""
        settled = self.loop.create_future()

        def done() -> None:
            if not settled.done():
                settled.set_result(None)

        self._queue.watch(done)
        self._wake.set()
        try:
            async with asyncio.timeout(timeout_secs):
                await settled
        except TimeoutError:
            return False
        finally:
            self._queue.unwatch(done)
        return True

    async def stop(self, timeout_secs: float) -> None:
        """Sends what it can in that time, then ends; what is left is in the queue."""
        self._stopping.set()
        try:
            await self.flush(timeout_secs)
        finally:
            self._is_closing = True
            tasks = [*self._deliveries, self._task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # `_run` closes it, too, unless it was cancelled before its first step.
            await self._transport.close()

    async def _run(self) -> None:
        try:
            while True:
                await self._start_delivery()
        finally:
            left = self._queue.waiting + self._queue.in_flight
            if left and not self._is_closing:
                self._reporter.misused(
                    f"its event loop ended before `await tracker.stop()`; {left} events wait"
                )
            await self._transport.close()

    async def _start_delivery(self) -> None:
        """Hands the next batch on. A defect must not end the worker: events would wait for ever."""
        try:
            await self._until_due()
            await self._slots.acquire()
        except Exception:  # noqa: BLE001 - see above
            logger.exception("the worker goes on after a defect")
            await asyncio.sleep(_PAUSE_AFTER_DEFECT_SECS)
            return
        batch = self._queue.take(self._tuning.batch_events, self._tuning.batch_bytes)
        self._reporter.sent(len(batch))
        parts: list[Sequence[Pending]] = [batch]
        delivery = self.loop.create_task(self._delivery.deliver(parts))
        self._deliveries.add(delivery)
        delivery.add_done_callback(partial(self._end_delivery, parts))

    def _end_delivery(self, parts: list[Sequence[Pending]], delivery: asyncio.Task[None]) -> None:
        """Puts back what a cancelled delivery left.

        Here, not in the delivery: one that is cancelled before its first step runs no `finally`.
        """
        for part in parts:
            self._reporter.sent(-len(part))
            self._queue.put_back(part)
        self._deliveries.discard(delivery)
        self._slots.release()

    async def _until_due(self) -> None:
        """Waits for a full batch, or for any event and then for as long as a batch may wait."""
        due_at: float | None = None
        while not self._is_due(due_at):
            if self._queue.waiting and due_at is None:
                due_at = self.loop.time() + self._tuning.linger_secs
            self._wake.clear()
            try:
                async with asyncio.timeout_at(due_at):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _is_due(self, due_at: float | None) -> bool:
        waiting = self._queue.waiting
        if self._queue.is_watched or self._stopping.is_set():
            return waiting > 0
        is_over = due_at is not None and self.loop.time() >= due_at
        return waiting >= self._tuning.batch_events or (waiting > 0 and is_over)
