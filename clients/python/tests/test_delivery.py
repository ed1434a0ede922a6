"""Retries, refusals and halves, against a service that answers as it is told."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from fake import QUICK, FakeService, error, hang_up, http, results, until

from deskpulse import DropCode, DropReason, Event, Tracker


def tracker_of(service: FakeService, **options: Any) -> Tracker:
    return Tracker("shop", **{"url": service.url, "tuning": QUICK, **options})


class Drops:
    """What `on_drop` was told."""

    def __init__(self) -> None:
        self.told: list[tuple[list[str], DropReason]] = []

    def __call__(self, events: Sequence[Event], reason: DropReason) -> None:
        self.told.append(([event.id for event in events], reason))

    @property
    def codes(self) -> list[DropCode]:
        return [reason.code for _, reason in self.told]


@pytest.mark.parametrize(
    "reply",
    [
        error("UNAVAILABLE", retryAfterMs=1),
        error("RATE_LIMITED", retryAfterMs=1),
        error("INTERNAL_SERVER_ERROR"),
        http(429),
        http(500),
        http(502),
        http(503),
        http(504),
        hang_up,
    ],
)
async def test_a_failure_that_may_pass_is_tried_again_with_the_same_events(
    fake: FakeService, reply: Any
) -> None:
    fake.replies = [reply, reply]
    async with tracker_of(fake) as tracker:
        for number in range(3):
            await tracker.track("page.view", {"number": number})
        assert await tracker.flush()
    first, second, third = fake.requests
    assert first.events == second.events == third.events
    assert len(set(first.ids)) == 3
    assert (tracker.stats.accepted, tracker.stats.retries, tracker.stats.dropped) == (3, 2, {})


async def test_no_retry_comes_before_the_time_that_the_service_asks_for(fake: FakeService) -> None:
    fake.replies = [error("UNAVAILABLE", retryAfterMs=150), http(503, {"Retry-After": "1"})]
    async with tracker_of(fake) as tracker:
        await tracker.track("page.view")
        assert await tracker.flush()
    first, second, third = fake.requests
    assert second.at - first.at >= 0.15
    assert third.at - second.at >= 1.0


async def test_a_service_that_does_not_listen_yet_gets_all_once_it_does() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    async with Tracker("shop", url=f"http://127.0.0.1:{port}", tuning=QUICK) as tracker:
        await tracker.track("page.view")
        await until(lambda: tracker.stats.retries > 2)
        app = web.Application()
        late = FakeService()
        late.open.set()
        app.router.add_post("/graphql", late.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        assert await tracker.flush()
        await runner.cleanup()
    assert len(late.ids) == 1
    assert "Cannot connect" in (tracker.stats.last_error or "")


async def test_an_answer_that_does_not_come_is_a_failure(fake: FakeService) -> None:
    tuning = replace(QUICK, request_timeout_secs=0.1)
    fake.open.clear()
    async with tracker_of(fake, tuning=tuning) as tracker:
        await tracker.track("page.view")
        await until(lambda: tracker.stats.retries > 0)
        fake.open.set()
        assert await tracker.flush()
    assert tracker.stats.accepted == 1
    assert "in time" in (tracker.stats.last_error or "")


async def test_retries_end_at_their_deadline_and_the_next_events_are_sent(
    fake: FakeService,
) -> None:
    drops = Drops()
    fake.always = http(503)
    tuning = replace(QUICK, retry_for_secs=0.1)
    async with tracker_of(fake, tuning=tuning, on_drop=drops) as tracker:
        await tracker.track("page.view", event_id="old")
        assert await tracker.flush()
        assert drops.told == [(["old"], DropReason(DropCode.EXPIRED, "HTTP 503: <html>"))]
        fake.always = results()
        await tracker.track("page.view", event_id="new")
        assert await tracker.flush()
    assert (tracker.stats.accepted, tracker.stats.dropped) == (1, {DropCode.EXPIRED: 1})


async def test_forbidden_events_are_dropped_at_once(fake: FakeService) -> None:
    drops = Drops()
    fake.replies = [error("FORBIDDEN")]
    async with tracker_of(fake, on_drop=drops) as tracker:
        await tracker.track("page.view", event_id="1")
        await tracker.track("page.view", event_id="2")
        assert await tracker.flush()
    assert drops.told == [(["1", "2"], DropReason(DropCode.FORBIDDEN, "FORBIDDEN: no"))]
    assert len(fake.requests) == 1


async def test_events_wait_for_a_token_that_is_mended(
    fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskpulse.answer.SLOW_RETRY_SECS", 0.01)
    monkeypatch.setattr("deskpulse.transport.SLOW_RETRY_SECS", 0.01)
    tokens = ["old", RuntimeError("vault is sealed"), "new"]

    def token() -> str:
        found = tokens.pop(0) if len(tokens) > 1 else tokens[0]
        if isinstance(found, Exception):
            raise found
        return str(found)

    fake.replies = [error("UNAUTHENTICATED", status=401)]
    async with tracker_of(fake, token=token) as tracker:
        await tracker.track("page.view")
        assert await tracker.flush()
    assert [request.authorization for request in fake.requests] == ["Bearer old", "Bearer new"]
    assert (tracker.stats.accepted, tracker.stats.retries) == (1, 2)


def refusing(bad: set[str]) -> Any:
    """Refuses requests that hold one of these events, as for JSON that cannot be read."""

    def reply(events: list[dict[str, Any]]) -> web.StreamResponse:
        if bad & {event["id"] for event in events}:
            return error("BAD_USER_INPUT", status=400)(events)
        return results()(events)

    return reply


async def test_a_bad_event_is_found_by_halves_and_its_neighbours_are_kept(
    fake: FakeService,
) -> None:
    drops = Drops()
    fake.always = refusing({"13", "77"})
    async with tracker_of(fake, on_drop=drops) as tracker:
        for number in range(100):
            await tracker.track("page.view", event_id=str(number))
        assert await tracker.flush()
    assert sorted(ids for ids, _ in drops.told) == [["13"], ["77"]]
    assert drops.codes == [DropCode.BAD_INPUT, DropCode.BAD_INPUT]
    assert tracker.stats.accepted == 98
    assert len(fake.requests) < 40


async def test_halving_ends_where_not_the_events_are_to_blame(fake: FakeService) -> None:
    fake.always = http(413)
    async with tracker_of(fake, tuning=replace(QUICK, batch_events=8, max_in_flight=1)) as tracker:
        for _ in range(80):
            await tracker.track("page.view")
        assert await tracker.flush()
        assert len(fake.requests) == 15 + 9
        fake.always = refusing({"bad"})
        for id_ in ("1", "2"):
            await tracker.track("page.view", event_id=id_)
        assert await tracker.flush()
        for id_ in ("3", "bad", "4"):
            await tracker.track("page.view", event_id=id_)
        assert await tracker.flush()
    assert (tracker.stats.accepted, tracker.stats.dropped) == (4, {DropCode.BAD_INPUT: 81})


@pytest.mark.parametrize("status", ["REJECTED", "CONFLICT"])
async def test_what_the_service_refuses_of_one_event_is_told_with_its_reason(
    fake: FakeService, status: str
) -> None:
    drops = Drops()
    fake.always = results(status, "`name` is odd")
    async with tracker_of(fake, on_drop=drops) as tracker:
        await tracker.track("page.view", event_id="1")
        assert await tracker.flush()
    assert drops.told == [(["1"], DropReason(DropCode(status.lower()), "`name` is odd"))]
    assert (tracker.stats.rejected, tracker.stats.conflict).count(1) == 1
    assert tracker.stats.dropped == {}


async def test_a_defect_of_ours_ends_its_batch_and_no_other(
    fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    drops = Drops()
    async with tracker_of(fake, on_drop=drops) as tracker:
        with monkeypatch.context() as patch:
            patch.setattr("deskpulse.transport.read", lambda *_: 1 / 0)
            await tracker.track("page.view")
            assert await tracker.flush()
        await tracker.track("page.view")
        assert await tracker.flush()
    assert drops.codes == [DropCode.INTERNAL]
    assert tracker.stats.accepted == 1


async def test_every_request_is_the_same_document_with_the_durability(fake: FakeService) -> None:
    async with tracker_of(fake, durability="STORED", token="key") as tracker:  # noqa: S106
        await tracker.track("page.view")
        assert await tracker.flush()
        await tracker.track("page.view")
        assert await tracker.flush()
    assert len({request.query for request in fake.requests}) == 1
    assert [request.durability for request in fake.requests] == ["STORED", "STORED"]
    assert [request.authorization for request in fake.requests] == ["Bearer key", "Bearer key"]


async def test_no_more_requests_than_agreed_are_in_flight(fake: FakeService) -> None:
    tuning = replace(QUICK, batch_events=1, max_in_flight=3)
    fake.open.clear()
    async with tracker_of(fake, tuning=tuning) as tracker:
        for _ in range(20):
            await tracker.track("page.view")
        await until(lambda: fake.at_once == 3)
        await asyncio.sleep(0.05)
        fake.open.set()
        assert await tracker.flush()
    assert fake.most_at_once == 3
    assert tracker.stats.accepted == 20
