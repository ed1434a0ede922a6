"""The real service: a process on a free port of the loopback, with a store of its own."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

START_SECS = 30.0
STOP_SECS = 20.0
_STORES = {"DATABASE_URL", "REDIS_URL"}


def clean_environment() -> dict[str, str]:
    """Leaves the caller's stores and settings out."""
    items = os.environ.items()
    return {k: v for k, v in items if k not in _STORES and not k.startswith("DESKPULSE_")}


class Service:
    """Starts, dies and starts again at the same address, over the same data."""

    def __init__(
        self, binary: Path, folder: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self.binary = binary
        self.url = ""
        self._folder = folder
        self._environment = {**clean_environment(), **(settings or {})}
        self._listen = "127.0.0.1:0"
        self._process: asyncio.subprocess.Process | None = None
        self._output: asyncio.Task[None] | None = None
        self._log = ""

    async def start(self) -> None:
        self._log = ""
        self._process = await asyncio.create_subprocess_exec(
            self.binary, "serve", "--listen", self._listen, "--data-dir", self._folder / "data",
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        listening = asyncio.get_running_loop().create_future()
        self._output = asyncio.create_task(self._read(self._process, listening))
        async with asyncio.timeout(START_SECS):
            self.url = await listening
        self._listen = self.url.removeprefix("http://")

    async def _read(
        self, process: asyncio.subprocess.Process, listening: asyncio.Future[str]
    ) -> None:
        """Reads to the end, so that the service never waits for somebody to listen."""
        assert process.stdout is not None
        async for line in process.stdout:
            self._log += line.decode()
            found = re.search(r"listening on (http://[\w.:\[\]]+)", line.decode())
            if found and not listening.done():
                listening.set_result(found[1])
        if not listening.done():
            listening.set_exception(RuntimeError(f"deskpulse serve ended; it said:\n{self._log}"))

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(how)
        async with asyncio.timeout(STOP_SECS):
            await process.wait()
        assert self._output is not None
        await self._output

    async def ask(self, query: str, token: str = "", **variables: object) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{self.url}/graphql", json=body) as response,
        ):
            answer = await response.json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def stored(self, token: str = "") -> list[dict[str, Any]]:
        """Lists all stored events of the last day, once nothing is pending."""
        deadline = time.monotonic() + STOP_SECS
        while (await self.ask("{ ingestStatus { pending } }", token))["ingestStatus"]["pending"]:
            assert time.monotonic() < deadline, "events stay pending"
            await asyncio.sleep(0.02)
        now = datetime.now(UTC)
        listed: list[dict[str, Any]] = []
        after = None
        while True:
            page = await self.ask(
                """query($from: DateTime!, $to: DateTime!, $after: String) {
                  events(filter: { from: $from, to: $to }, first: 200, after: $after) {
                    edges { node { id name product sessionId data occurredAt } }
                    pageInfo { hasNextPage endCursor } } }""",
                token,
                **{"from": (now - timedelta(days=1)).isoformat()},
                to=(now + timedelta(days=1)).isoformat(),
                after=after,
            )
            listed += [edge["node"] for edge in page["events"]["edges"]]
            after = page["events"]["pageInfo"]["endCursor"]
            if not page["events"]["pageInfo"]["hasNextPage"]:
                return listed
