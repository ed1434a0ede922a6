"""Brings one batch to an end: every event in it is answered, or given up with a reason.

A try again carries the same ids, so that the service counts an event once however often it comes.
One bad event harms nobody: a batch that is refused for its input is halved down to that event.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from deskpulse.answer import Answered, Refused, TryAgain, Verdict
from deskpulse.drop import DropCode
from deskpulse.options import Tuning
from deskpulse.queue import EventQueue, Pending
from deskpulse.report import Reporter, logger
from deskpulse.transport import Transport


class Delivery:
    """Sends batches, several at a time; `stopping` makes those that wait hurry."""

    def __init__(
        self,
        transport: Transport,
        queue: EventQueue,
        reporter: Reporter,
        tuning: Tuning,
        stopping: asyncio.Event,
    ) -> None:
        self._transport = transport
        self._queue = queue
        self._reporter = reporter
        self._tuning = tuning
        self._stopping = stopping
        # Set once a whole batch was refused event by event: then it is not the events, and the next
        # batch is not worth two requests an event.
        self._refuses_all = False

    async def deliver(self, parts: list[Sequence[Pending]]) -> None:
        """Ends the batch that is the one part. Takes out of `parts` what has come to its end.

        Raises nothing but CancelledError; what is in `parts` then goes back to the queue.
        """
        try:
            await self._deliver_parts(parts)
        except Exception:  # noqa: BLE001 - events must come to an end all the same
            logger.exception("a batch could not be delivered")
            while parts:
                self._drop(parts.pop(), DropCode.INTERNAL, "see the log")

    async def _deliver_parts(self, parts: list[Sequence[Pending]]) -> None:
        """Works on the last part until none is left."""
        is_whole = True
        takes_any = False
        while parts:
            part = parts[-1]
            verdict = await self._send(part)
            if isinstance(verdict, Refused) and self._is_worth_halving(verdict, part):
                middle = len(part) // 2
                parts[-1:] = [part[middle:], part[:middle]]
                is_whole = False
                continue
            takes_any |= isinstance(verdict, Answered)
            self._settle(part, verdict)
            parts.pop()
        self._refuses_all = not takes_any and (self._refuses_all or not is_whole)

    def _is_worth_halving(self, verdict: Refused, part: Sequence[Pending]) -> bool:
        return verdict.is_bad_input and len(part) > 1 and not self._refuses_all

    async def _send(self, part: Sequence[Pending]) -> Verdict:
        """Sends until there is an end to it: TryAgain comes back when the time for that is over."""
        started_at = time.monotonic()
        failures = 0
        hurries = False
        while True:
            verdict = await self._transport.send(part)
            if not isinstance(verdict, TryAgain):
                return verdict
            if self._stopping.is_set() and not hurries:
                # The next try may be the last: the delays begin anew, whether the stop came in a
                # delay or in a request.
                failures, hurries = 0, True
            failures += 1
            self._reporter.failed(verdict.error)
            delay = self._tuning.backoff.delay(failures, verdict.after_secs)
            limit = self._tuning.retry_for_secs
            if limit is not None and time.monotonic() + delay - started_at > limit:
                return verdict
            await self._pause(delay)
            self._reporter.retried()

    async def _pause(self, secs: float) -> None:
        """Waits; a stop that begins meanwhile cuts it short."""
        if self._stopping.is_set():
            await asyncio.sleep(secs)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(secs):
                await self._stopping.wait()

    def _settle(self, part: Sequence[Pending], verdict: Verdict) -> None:
        match verdict:
            case Answered(results):
                self._reporter.answered([pending.event for pending in part], results)
                self._queue.settle(part)
            case Refused(error, is_bad_input):
                code = DropCode.BAD_INPUT if is_bad_input else DropCode.FORBIDDEN
                self._drop(part, code, error)
            case TryAgain(error):
                self._drop(part, DropCode.EXPIRED, error)

    def _drop(self, part: Sequence[Pending], code: DropCode, detail: str) -> None:
        self._reporter.dropped([pending.event for pending in part], code, detail)
        self._queue.settle(part)
