"""What a product may rely upon: never an exception, never a wait, and books that balance."""

import asyncio
import logging
import time
from collections import UserDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from fake import QUICK, FakeService, error, http, results, until

from deskpulse import DropCode, DropReason, Event, Tracker, TrackerStats
from deskpulse.backoff import Backoff
from deskpulse.report import LOG_INTERVAL_SECS, Reporter


def tracker_of(service: FakeService, **options: Any) -> Tracker:
    return Tracker("shop", **{"url": service.url, "tuning": QUICK, **options})


def assert_balanced(stats: TrackerStats) -> None:
    answered = stats.accepted + stats.duplicate + stats.conflict + stats.rejected
    held = stats.queued + stats.in_flight
    assert stats.tracked == held + answered + sum(stats.dropped.values()), stats


async def test_what_is_tracked_arrives_with_its_id_and_time(fake: FakeService) -> None:
    before = time.time()
    async with tracker_of(fake) as tracker:
        await tracker.track("session.start", {"channel": "app"}, "s-1")
        assert await tracker.flush()
    (event,) = fake.requests[0].events
    assert event["name"] == "session.start"
    assert event["product"] == "shop"
    assert event["sessionId"] == "s-1"
    assert event["data"] == {"channel": "app"}
    assert int(event["id"].replace("-", "")[:12], 16) >= int(before * 1000)
    assert event["occurredAt"].endswith("+00:00")


async def test_what_the_product_changes_later_is_not_sent(fake: FakeService) -> None:
    data = {"step": 1}
    async with tracker_of(fake) as tracker:
        await tracker.track("page.view", data)
        data["step"] = 2
        assert await tracker.flush()
    assert fake.requests[0].events[0]["data"] == {"step": 1}


@pytest.mark.parametrize(
    "arguments",
    [("page.view", {"a": object()}), (None,), ("page.view", "text"), ("page.view", {}, 7)],
)
async def test_wrong_data_is_dropped_and_told_never_raised(
    fake: FakeService, arguments: tuple[Any, ...]
) -> None:
    told: list[DropReason] = []
    async with tracker_of(fake, on_drop=lambda _, reason: told.append(reason)) as tracker:
        await tracker.track(*arguments)
        await tracker.track("page.view")
        assert await tracker.flush()
    assert [reason.code for reason in told] == [DropCode.INVALID]
    assert (tracker.stats.accepted, tracker.stats.dropped) == (1, {DropCode.INVALID: 1})
    assert tracker.stats.last_error == str(told[0])


async def test_data_that_raises_when_it_is_read_is_no_exception_either(fake: FakeService) -> None:
    class Broken(UserDict[str, Any]):
        def __iter__(self) -> Any:
            raise OSError

    async with tracker_of(fake) as tracker:
        await tracker.track("page.view", Broken(a=1))
        assert tracker.stats.dropped == {DropCode.INVALID: 1}


async def test_a_full_queue_drops_the_newest_and_keeps_the_oldest(fake: FakeService) -> None:
    dropped: list[str] = []

    def on_drop(events: Sequence[Event], reason: DropReason) -> None:
        assert reason.code is DropCode.QUEUE_FULL
        dropped.extend(event.id for event in events)

    fake.open.clear()
    tuning = replace(QUICK, max_queue_events=50, batch_events=10)
    async with tracker_of(fake, tuning=tuning, on_drop=on_drop) as tracker:
        for number in range(80):
            await tracker.track("page.view", event_id=str(number))
            await asyncio.sleep(0)
        assert dropped == [str(number) for number in range(50, 80)]
        assert_balanced(tracker.stats)
        fake.open.set()
        assert await tracker.flush()
    assert sorted(fake.ids, key=int) == [str(number) for number in range(50)]
    assert_balanced(tracker.stats)


async def test_tracking_does_not_wait_for_a_service_that_does_not_answer(
    fake: FakeService,
) -> None:
    fake.open.clear()
    async with tracker_of(fake, tuning=replace(QUICK, max_queue_events=500)) as tracker:
        await tracker.track("page.view")
        await until(lambda: fake.at_once == 1)
        started_at = time.monotonic()
        for _ in range(2_000):
            await tracker.track("page.view")
        assert time.monotonic() - started_at < 5.0
        fake.open.set()


async def test_a_full_batch_leaves_at_once(fake: FakeService) -> None:
    tuning = replace(QUICK, batch_events=10, linger_secs=3_600)
    async with tracker_of(fake, tuning=tuning) as tracker:
        for _ in range(25):
            await tracker.track("page.view")
        await until(lambda: tracker.stats.accepted == 20)
        assert tracker.stats.queued == 5
    assert [len(request.events) for request in fake.requests] == [10, 10, 5]


async def test_a_batch_that_does_not_fill_leaves_after_its_time(fake: FakeService) -> None:
    async with tracker_of(fake, tuning=replace(QUICK, linger_secs=0.1)) as tracker:
        started_at = time.monotonic()
        await tracker.track("page.view")
        await asyncio.sleep(0.02)
        await tracker.track("page.view")
        await until(lambda: tracker.stats.accepted == 2)
    assert [len(request.events) for request in fake.requests] == [2]
    assert fake.requests[0].at - started_at >= 0.1


async def test_a_batch_keeps_to_its_bound_in_bytes(fake: FakeService) -> None:
    tuning = replace(QUICK, batch_bytes=100_000)
    async with tracker_of(fake, tuning=tuning) as tracker:
        for _ in range(4):
            await tracker.track("page.view", {"text": "x" * 40_000})
        assert await tracker.flush()
    assert [len(request.events) for request in fake.requests] == [2, 2]


async def test_the_largest_batch_fits_into_a_request_of_the_service(fake: FakeService) -> None:
    tuning = replace(QUICK, batch_events=1_000, batch_bytes=7 * 1024 * 1024)
    async with tracker_of(fake, tuning=tuning) as tracker:
        for _ in range(200):
            await tracker.track("page.view", {"text": "x" * 65_000})
        assert await tracker.flush()
    assert tracker.stats.accepted == 200
    assert len(fake.requests) == 2


async def test_flush_waits_for_what_was_tracked_before_it(fake: FakeService) -> None:
    fake.open.clear()
    async with tracker_of(fake) as tracker:
        await tracker.track("page.view")
        assert not await tracker.flush(timeout_secs=0.05)
        flushed = asyncio.create_task(tracker.flush())
        await until(lambda: fake.at_once == 1)
        fake.open.set()
        assert await flushed
        assert tracker.stats.accepted == 1
        assert await tracker.flush(timeout_secs=0)


async def test_stop_sends_what_is_left(fake: FakeService) -> None:
    tracker = tracker_of(fake, tuning=replace(QUICK, linger_secs=60, batch_events=1_000))
    await tracker.start()
    for _ in range(250):
        await tracker.track("page.view")
    assert await tracker.stop() == 0
    assert len(set(fake.ids)) == 250


async def test_stop_gives_up_in_time_and_tells_what_was_left(fake: FakeService) -> None:
    told: list[tuple[list[str], DropReason]] = []

    def on_drop(events: Sequence[Event], reason: DropReason) -> None:
        told.append(([event.id for event in events], reason))

    fake.open.clear()
    tracker = tracker_of(fake, tuning=replace(QUICK, batch_events=2), on_drop=on_drop)
    await tracker.start()
    for number in range(20):
        await tracker.track("page.view", event_id=str(number))
    started_at = time.monotonic()
    assert await tracker.stop(timeout_secs=0.1) == 20
    assert time.monotonic() - started_at < 5.0
    reason = DropReason(DropCode.STOPPED, "left when the tracker stopped")
    assert told == [([str(number) for number in range(20)], reason)]
    assert_balanced(tracker.stats)


async def test_stop_does_not_wait_for_the_delay_of_a_retry(fake: FakeService) -> None:
    tuning = replace(QUICK, backoff=Backoff(60, 60, draw=lambda: 1.0), retry_for_secs=None)
    fake.replies = [http(503)]
    tracker = tracker_of(fake, tuning=tuning)
    await tracker.start()
    await tracker.track("page.view")
    await until(lambda: "503" in (tracker.stats.last_error or ""))
    assert await tracker.stop() == 0
    assert tracker.stats.accepted == 1


@pytest.mark.parametrize("stopped_in", ["a delay", "a request"])
async def test_while_stopping_the_delays_begin_anew(fake: FakeService, stopped_in: str) -> None:
    fake.always = http(503)
    tracker = tracker_of(fake, tuning=replace(QUICK, backoff=Backoff(0.001, 60, draw=lambda: 1.0)))
    await tracker.start()
    await tracker.track("page.view")
    await until(lambda: tracker.stats.retries >= 9)
    if stopped_in == "a request":
        fake.open.clear()
        await until(lambda: fake.at_once == 1)
    # At least half a second by now; four more that double would take longer than a stop may.
    fake.replies, fake.always = [http(503)] * 4, results()
    stop = asyncio.create_task(tracker.stop())
    await asyncio.sleep(0)
    fake.open.set()
    assert await stop == 0
    assert tracker.stats.accepted == 1


@pytest.mark.parametrize("steps", range(8))
async def test_no_event_is_lost_from_the_books_however_early_the_end(
    fake: FakeService, steps: int
) -> None:
    tracker = tracker_of(fake, tuning=replace(QUICK, batch_events=1))
    await tracker.start()
    for _ in range(6):
        await tracker.track("page.view")
    for _ in range(steps):
        await asyncio.sleep(0)
    left = await tracker.stop(timeout_secs=0)
    assert_balanced(tracker.stats)
    assert (tracker.stats.queued, tracker.stats.in_flight) == (0, 0)
    assert left + tracker.stats.accepted == 6
    assert tracker.stats.sent == tracker.stats.accepted


async def test_a_stop_that_is_cancelled_still_tells_what_is_left(fake: FakeService) -> None:
    fake.open.clear()
    tracker = tracker_of(fake)
    await tracker.start()
    await tracker.track("page.view")
    stop = asyncio.create_task(tracker.stop())
    await until(lambda: fake.at_once == 1)
    stop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stop
    assert tracker.stats.dropped == {DropCode.STOPPED: 1}
    assert_balanced(tracker.stats)


async def test_stop_may_come_twice_and_first(fake: FakeService) -> None:
    tracker = tracker_of(fake)
    assert await tracker.stop() == 0
    await tracker.start()
    await tracker.track("page.view")
    assert sum(await asyncio.gather(tracker.stop(), tracker.stop())) == 0
    assert tracker.stats.accepted == 1


async def test_events_after_stop_are_dropped_until_the_next_start(fake: FakeService) -> None:
    tracker = tracker_of(fake)
    await tracker.start()
    await tracker.stop()
    await tracker.track("page.view")
    assert tracker.stats.dropped == {DropCode.STOPPED: 1}
    async with tracker:
        await tracker.track("page.view")
        assert await tracker.flush()
    assert tracker.stats.accepted == 1


async def test_events_before_start_are_sent_after_it(fake: FakeService) -> None:
    tracker = tracker_of(fake)
    await tracker.track("page.view")
    async with tracker:
        assert await tracker.flush()
    assert len(fake.ids) == 1


async def test_the_context_manager_stops_when_its_body_fails(fake: FakeService) -> None:
    async def body() -> None:
        async with tracker_of(fake) as tracker:
            await tracker.track("page.view")
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - whatever it is
        await body()
    assert len(fake.ids) == 1


async def test_a_callback_that_fails_harms_nobody(
    fake: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    def on_drop(_events: Sequence[Event], _reason: DropReason) -> None:
        raise OSError(1, "of the callback")

    fake.replies = [results("REJECTED", "no")]
    async with tracker_of(fake, on_drop=on_drop) as tracker:
        await tracker.track("page.view", {"a": object()})
        await tracker.track("page.view")
        assert await tracker.flush()
        await tracker.track("page.view")
        assert await tracker.flush()
    assert (tracker.stats.rejected, tracker.stats.accepted) == (1, 1)
    assert caplog.text.count("on_drop of the tracker of shop failed") == 1


async def test_a_callback_may_track_an_event(fake: FakeService) -> None:
    fake.open.clear()
    tracker: Tracker

    def on_drop(_events: Sequence[Event], _reason: DropReason) -> None:
        tracker.track_nowait("events.lost")

    tracker = tracker_of(fake, tuning=replace(QUICK, max_queue_events=1), on_drop=on_drop)
    async with tracker:
        await tracker.track("page.view")
        await tracker.track("page.view")
        assert tracker.stats.dropped == {DropCode.QUEUE_FULL: 2}
        fake.open.set()


async def test_the_books_balance_whatever_happens(fake: FakeService) -> None:
    fake.replies = [results("DUPLICATE"), results("CONFLICT"), results("REJECTED"), http(503)]
    fake.replies += [error("FORBIDDEN"), results()]
    tuning = replace(QUICK, batch_events=5, max_in_flight=1, max_queue_events=40)
    async with tracker_of(fake, tuning=tuning) as tracker:
        for number in range(60):
            await tracker.track("page.view", {"a": object() if number % 10 == 0 else 1})
            assert_balanced(tracker.stats)
        assert await tracker.flush()
        stats = tracker.stats
    assert_balanced(stats)
    assert (stats.tracked, stats.duplicate, stats.conflict, stats.rejected) == (60, 5, 5, 5)
    assert stats.dropped == {
        DropCode.INVALID: 6,
        DropCode.QUEUE_FULL: 14,
        DropCode.FORBIDDEN: 5,
    }
    assert (stats.accepted, stats.sent, stats.retries) == (20, 40, 1)


def test_the_log_has_one_line_in_ten_seconds_and_nothing_of_an_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    reporter = Reporter("shop", None, clock=lambda: now)
    secret = Event("e-1", "page.view", "shop", "s-1", {"name": "Li"}, None)
    with caplog.at_level(logging.DEBUG, "deskpulse"):
        for _ in range(100):
            reporter.dropped([secret, secret], DropCode.QUEUE_FULL, "`name` is Li")
            reporter.dropped([secret], DropCode.INVALID, "`name` is Li")
        now += LOG_INTERVAL_SECS
        reporter.dropped([secret], DropCode.QUEUE_FULL, "`name` is Li")
        reporter.log_drops()
    assert [record.getMessage() for record in caplog.records] == [
        "events of shop not kept: 2 (queue_full 2)",
        "events of shop not kept: 299 (queue_full 199, invalid 100)",
    ]
