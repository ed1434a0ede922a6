"""Wrong loops, wrong processes, wrong order: a clear log, no exception, and no event twice."""

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace

import pytest
from fake import QUICK, FakeService, until

from deskpulse import DropCode, Tracker, get_tracker, init_tracker


async def test_a_tracker_that_nobody_started_says_so(
    fake: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    tracker = Tracker("shop", url=fake.url)
    assert await tracker.flush()
    await tracker.track("page.view")
    assert not await tracker.flush()
    assert "it is not started; `await tracker.start()`" in caplog.text
    assert await tracker.stop() == 1


async def test_a_queue_that_nobody_empties_is_reported_as_such(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tracker = Tracker("shop", tuning=replace(QUICK, max_queue_events=1))
    await tracker.track("page.view")
    assert caplog.text == ""
    await tracker.track("page.view")
    assert "it is not started; `await tracker.start()`" in caplog.text
    assert tracker.stats.dropped == {DropCode.QUEUE_FULL: 1}


async def test_starting_twice_starts_one_worker(fake: FakeService) -> None:
    tracker = Tracker("shop", url=fake.url, tuning=QUICK)
    await tracker.start()
    await tracker.start()
    await tracker.track("page.view")
    assert await tracker.stop() == 0
    assert len(fake.ids) == 1


async def test_what_a_dead_loop_left_is_sent_by_the_next_with_the_same_ids(
    fake: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    tracker = Tracker("shop", url=fake.url, tuning=QUICK)
    fake.open.clear()

    async def first_life() -> None:
        await tracker.start()
        await tracker.track("page.view", event_id="in flight")
        await asyncio.to_thread(lambda: None)
        await until(lambda: tracker.stats.in_flight == 1 and bool(fake.requests))
        await tracker.track("page.view", event_id="waiting")

    await asyncio.to_thread(asyncio.run, first_life())
    assert "its event loop ended before `await tracker.stop()`; 2 events wait" in caplog.text
    assert (tracker.stats.queued, tracker.stats.in_flight) == (2, 0)

    await tracker.track("page.view", event_id="orphan")
    assert not await tracker.flush()
    fake.open.set()
    async with tracker:
        assert await tracker.flush()
    assert fake.requests[-1].ids == ["in flight", "waiting", "orphan"]
    assert tracker.stats.accepted == 3


async def test_other_threads_and_loops_may_track_flush_and_stop(fake: FakeService) -> None:
    tracker = Tracker("shop", url=fake.url, tuning=QUICK)
    await tracker.start()
    await tracker.start()

    def in_thread() -> None:
        for _ in range(500):
            tracker.track_nowait("page.view")

    async def in_loop() -> bool:
        await tracker.start()
        await tracker.track("page.view")
        return await tracker.flush()

    threads = [threading.Thread(target=in_thread) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert await asyncio.to_thread(asyncio.run, in_loop())
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert await asyncio.to_thread(asyncio.run, tracker.stop()) == 0
    assert len(set(fake.ids)) == len(fake.ids) == 2_001
    assert tracker.stats.tracked == tracker.stats.accepted == 2_001


async def test_an_event_of_another_thread_leaves_like_any_other(fake: FakeService) -> None:
    async with Tracker("shop", url=fake.url, tuning=QUICK) as tracker:
        await asyncio.sleep(0.01)
        await asyncio.to_thread(tracker.track_nowait, "page.view")
        await until(lambda: tracker.stats.accepted == 1)


def test_get_tracker_finds_the_one_made_last_or_by_product() -> None:
    desk = init_tracker("desk")
    shop = init_tracker("shop")
    assert get_tracker() is shop
    assert get_tracker("desk") is desk
    assert init_tracker("desk") is get_tracker("desk") is get_tracker()


async def test_get_tracker_before_init_tracker_drops_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tracker = get_tracker("nobody")
    async with tracker:
        await tracker.track("page.view")
        assert await tracker.flush()
    assert tracker is get_tracker("nobody")
    assert tracker.stats.dropped == {DropCode.NOT_INITIALISED: 1}
    assert "get_tracker(nobody) before init_tracker" in caplog.text


FORKING = textwrap.dedent("""
    import asyncio, logging, os, sys
    from deskpulse import Tracker
    from deskpulse.options import Tuning

    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    tracker = Tracker("shop", url=sys.argv[1], tuning=Tuning(linger_secs=60))

    async def child():
        await tracker.track("page.view", event_id="child, not started")
        async with tracker:
            await tracker.track("page.view", event_id="child")

    async def parent():
        await tracker.start()
        await tracker.track("page.view", event_id="parent, before")
        await tracker.flush()
        await tracker.track("page.view", event_id="parent, waiting")
        pid = os.fork()
        if pid == 0:
            asyncio.run(child())
            assert tracker.stats.tracked == tracker.stats.accepted == 2, tracker.stats
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        await tracker.track("page.view", event_id="parent, after")
        assert await tracker.stop() == 0

    asyncio.run(parent())
""")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is nothing to fork")
async def test_a_forked_process_sends_its_own_events_and_none_of_its_parents(
    fake: FakeService,
) -> None:
    run = [sys.executable, "-c", FORKING, fake.url]
    ran = await asyncio.to_thread(
        subprocess.run, run, capture_output=True, text=True, timeout=30, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert sorted(fake.ids) == [
        "child",
        "child, not started",
        "parent, after",
        "parent, before",
        "parent, waiting",
    ]
    assert "it was started before this process was forked" in ran.stderr
