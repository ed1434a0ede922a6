"""Against the real service: what the tracker counts is what is stored."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from fake import until
from service import Service, clean_environment

from deskpulse import DropCode, DropReason, Event, Tracker
from deskpulse.backoff import Backoff
from deskpulse.options import Tuning

SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of a service that lives for one test
PATIENCE_SECS = 60.0
TUNING = Tuning(linger_secs=0.02, backoff=Backoff(0.02, 0.2), request_timeout_secs=5)


async def ids_of(service: Service, token: str = "") -> list[str]:
    return [event["id"] for event in await service.stored(token)]


async def test_events_arrive_once_and_as_they_were_tracked(service: Service) -> None:
    at = datetime.now(UTC).replace(microsecond=123_456) - timedelta(minutes=5)
    async with Tracker("ai_chatbot", url=service.url, tuning=TUNING) as tracker:
        await tracker.track("session.start", {"名": "李建国", "n": 1.5}, "s-1", occurred_at=at)
        for number in range(1_000):
            await tracker.track("page.view", {"number": number}, "s-1")
        assert await tracker.flush(PATIENCE_SECS)
        assert (tracker.stats.accepted, tracker.stats.dropped) == (1_001, {})
    stored = await service.stored()
    assert len({event["id"] for event in stored}) == len(stored) == 1_001
    (start,) = [event for event in stored if event["name"] == "session.start"]
    assert start["data"] == {"名": "李建国", "n": 1.5}
    assert (start["product"], start["sessionId"]) == ("ai_chatbot", "s-1")
    assert datetime.fromisoformat(start["occurredAt"]) == at
    numbers = sorted(event["data"]["number"] for event in stored if event["name"] == "page.view")
    assert numbers == list(range(1_000))


async def test_an_event_of_the_products_own_id_counts_once(service: Service) -> None:
    at = datetime.now(UTC)
    async with Tracker("shop", url=service.url, tuning=TUNING, durability="STORED") as tracker:
        for data in ({"a": 1}, {"a": 1}, {"a": 2}):
            await tracker.track("page.view", data, event_id="mine", occurred_at=at)
            assert await tracker.flush(PATIENCE_SECS)
    stats = tracker.stats
    assert (stats.accepted, stats.duplicate, stats.conflict) == (1, 1, 1)
    (stored,) = await service.stored()
    assert (stored["id"], stored["data"]) == ("mine", {"a": 1})


@pytest.mark.parametrize("durability", ["BUFFERED", "REPLICATED", "STORED"])
async def test_killing_the_service_under_load_loses_nothing_and_doubles_nothing(
    service: Service, durability: str
) -> None:
    tracked = 0
    tracker = Tracker("shop", url=service.url, tuning=TUNING, durability=durability)
    is_over = asyncio.Event()

    def has_accepted(events: int) -> bool:
        return tracker.stats.accepted >= events

    async def produce() -> None:
        nonlocal tracked
        while not is_over.is_set():
            for _ in range(10):
                await tracker.track("page.view", {"number": tracked}, event_id=f"e-{tracked}")
                tracked += 1
            await asyncio.sleep(0.01)

    async with tracker:
        producer = asyncio.create_task(produce())
        for _ in range(3):
            enough = tracker.stats.accepted + 200
            await until(partial(has_accepted, enough), PATIENCE_SECS)
            await service.kill()
            await asyncio.sleep(0.1)
            await service.start()
        is_over.set()
        await producer
        assert await tracker.flush(PATIENCE_SECS)
        stats = tracker.stats
    assert stats.retries > 0
    assert (stats.accepted + stats.duplicate, stats.dropped) == (tracked, {})
    assert sorted(await ids_of(service)) == sorted(f"e-{number}" for number in range(tracked))


async def test_wrong_data_are_told_and_their_neighbours_are_stored(service: Service) -> None:
    told: dict[str, DropReason] = {}

    def on_drop(events: Sequence[Event], reason: DropReason) -> None:
        told.update({event.id: reason for event in events})

    deep: dict[str, object] = {}
    for _ in range(300):
        deep = {"a": deep}
    async with Tracker("shop", url=service.url, tuning=TUNING, on_drop=on_drop) as tracker:
        for number in range(40):
            await tracker.track("page.view", {"number": number}, event_id=f"good-{number}")
            if number == 20:
                await tracker.track("session.start", {}, event_id="no session")
                await tracker.track("rating.submit", {"score": "best"}, event_id="wrong field")
                await tracker.track("x" * 51, {}, event_id="long name")
                await tracker.track("page.view", {"a": "\0"}, event_id="nul")
                await tracker.track("page.view", {"a": 10**400}, event_id="big number")
                await tracker.track("page.view", deep, event_id="deep")
                await tracker.track("page.view", {"a": object()}, event_id="no json")
                early = datetime.now(UTC) + timedelta(hours=1)
                await tracker.track("page.view", {}, event_id="early", occurred_at=early)
        assert await tracker.flush(PATIENCE_SECS)
    assert {id_: reason.code for id_, reason in told.items()} == {
        "no session": DropCode.REJECTED,
        "wrong field": DropCode.REJECTED,
        "long name": DropCode.REJECTED,
        "nul": DropCode.REJECTED,
        "early": DropCode.REJECTED,
        "big number": DropCode.BAD_INPUT,
        "deep": DropCode.BAD_INPUT,
        "no json": DropCode.INVALID,
    }
    assert told["no session"].detail == "`sessionId` is missing, expected for `session.start`"
    assert sorted(await ids_of(service)) == sorted(f"good-{number}" for number in range(40))


async def test_a_full_queue_sheds_and_the_rest_arrives_when_the_service_is_back(
    service: Service,
) -> None:
    await service.kill()
    tuning = replace(TUNING, max_queue_events=300)
    async with Tracker("shop", url=service.url, tuning=tuning) as tracker:
        for number in range(500):
            await tracker.track("page.view", event_id=f"e-{number}")
            await asyncio.sleep(0)
        assert tracker.stats.dropped == {DropCode.QUEUE_FULL: 200}
        await service.start()
        assert await tracker.flush(PATIENCE_SECS)
    assert sorted(await ids_of(service)) == sorted(f"e-{number}" for number in range(300))


async def test_stop_sends_what_is_left(service: Service) -> None:
    tracker = Tracker("shop", url=service.url, tuning=replace(TUNING, linger_secs=60))
    await tracker.start()
    for number in range(2_950):
        await tracker.track("page.view", event_id=f"e-{number}")
    assert await tracker.stop(PATIENCE_SECS) == 0
    assert len(await ids_of(service)) == 2_950


async def test_stop_beside_a_dead_service_ends_in_time_and_tells_what_is_left(
    service: Service,
) -> None:
    await service.kill()
    tracker = Tracker("shop", url=service.url, tuning=TUNING)
    await tracker.start()
    for _ in range(10):
        await tracker.track("page.view")
    async with asyncio.timeout(10):
        assert await tracker.stop(timeout_secs=0.5) == 10
    assert tracker.stats.dropped == {DropCode.STOPPED: 10}


@pytest.fixture
async def guarded(binary: Path, tmp_path: Path) -> AsyncIterator[Service]:
    """A service that wants tokens."""
    service = Service(binary, tmp_path, {"DESKPULSE_JWT_SECRET": SECRET})
    await service.start()
    yield service
    await service.stop()


async def token_of(service: Service, role: str) -> str:
    run = [str(service.binary), "token", "--tenant", "default", "--role", role]
    made = await asyncio.to_thread(
        subprocess.run,
        run,
        env={**clean_environment(), "DESKPULSE_JWT_SECRET": SECRET},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


async def test_events_wait_for_a_token_that_the_service_knows(
    guarded: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskpulse.answer.SLOW_RETRY_SECS", 0.05)
    token = "stale"  # noqa: S105
    async with Tracker("shop", url=guarded.url, token=lambda: token, tuning=TUNING) as tracker:
        await tracker.track("page.view", event_id="e-1")
        await until(lambda: "UNAUTHENTICATED" in (tracker.stats.last_error or ""))
        token = await token_of(guarded, "ingest")
        assert await tracker.flush(PATIENCE_SECS)
    assert tracker.stats.accepted == 1
    assert await ids_of(guarded, await token_of(guarded, "viewer")) == ["e-1"]


async def test_a_role_that_may_not_send_has_its_events_dropped(
    guarded: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKPULSE_TOKEN", await token_of(guarded, "viewer"))
    monkeypatch.setenv("DESKPULSE_URL", guarded.url)
    async with Tracker("shop", tuning=TUNING) as tracker:
        await tracker.track("page.view")
        assert await tracker.flush(PATIENCE_SECS)
    assert tracker.stats.dropped == {DropCode.FORBIDDEN: 1}
