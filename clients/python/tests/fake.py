"""A service that answers as it is told, and remembers what it was sent."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from deskpulse.backoff import Backoff
from deskpulse.options import Tuning

QUICK = Tuning(
    linger_secs=0.01, backoff=Backoff(0.001, 0.01), retry_for_secs=20, stop_timeout_secs=5
)
"""Times for tests."""

Reply = Callable[[list[dict[str, Any]]], web.StreamResponse]


def results(status: str = "ACCEPTED", reason: str | None = None) -> Reply:
    def reply(events: list[dict[str, Any]]) -> web.Response:
        entries = [{"id": event["id"], "status": status, "reason": reason} for event in events]
        return web.json_response({"data": {"trackEvents": entries}})

    return reply


def error(code: str, *, status: int = 200, **extensions: object) -> Reply:
    body = {"errors": [{"message": "no", "extensions": {"code": code, **extensions}}]}
    return lambda _events: web.json_response(body, status=status)


def http(status: int, headers: dict[str, str] | None = None) -> Reply:
    return lambda _events: web.Response(status=status, text="<html>", headers=headers)


def hang_up(_events: list[dict[str, Any]]) -> web.Response:
    raise ConnectionResetError


@dataclass
class Request:
    at: float
    authorization: str | None
    query: str
    durability: str
    events: list[dict[str, Any]]

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.events]


@dataclass
class FakeService:
    """Answers with the replies in turn, then with `always`."""

    replies: list[Reply] = field(default_factory=list)
    always: Reply = field(default_factory=results)
    requests: list[Request] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """Requests wait for it, once it is cleared."""
    at_once: int = 0
    most_at_once: int = 0
    url: str = ""
    _runner: web.AppRunner | None = None

    @property
    def ids(self) -> list[str]:
        return [id_ for request in self.requests for id_ in request.ids]

    async def __aenter__(self) -> Self:
        self.open.set()
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/graphql", self.handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self.open.set()
        await self._runner.cleanup()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        events = body["variables"]["input"]
        reply = self.replies.pop(0) if self.replies else self.always
        self.requests.append(
            Request(
                at=time.monotonic(),
                authorization=request.headers.get("authorization"),
                query=body["query"],
                durability=body["variables"]["durability"],
                events=events,
            )
        )
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.open.wait()
            if reply is hang_up:
                assert request.transport is not None
                request.transport.abort()
            return reply(events) if reply is not hang_up else web.Response()
        finally:
            self.at_once -= 1


async def until(condition: Callable[[], bool], within_secs: float = 10.0) -> None:
    """Waits for a condition, with a deadline."""
    async with asyncio.timeout(within_secs):
        while not condition():  # noqa: ASYNC110 - any condition
            await asyncio.sleep(0.002)
