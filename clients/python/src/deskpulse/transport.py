"""Sends a batch over HTTP. Every failure is a verdict, so that nothing is raised past this file."""

import io
import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.resources import files

import aiohttp

from deskpulse.answer import SLOW_RETRY_SECS, TryAgain, Verdict, read
from deskpulse.options import Durability, Tuning
from deskpulse.queue import Pending

TRACK_EVENTS = files("deskpulse").joinpath("track_events.graphql").read_text("utf-8").strip()
"""One document for all requests: the service parses and validates it once.

In a file of its own, so that a service that executes known documents only knows it.
"""

_HEADERS = {
    "accept": "application/json",
    "content-type": "application/json",
    "user-agent": f"deskpulse-python/{version('deskpulse')}",
}


class Transport:
    """Keeps connections to one service alive."""

    def __init__(
        self, url: str, token: Callable[[], str], durability: Durability, tuning: Tuning
    ) -> None:
        self._url = url
        self._token = token
        head = {"query": TRACK_EVENTS, "variables": {"durability": durability.value}}
        self._head = json.dumps(head, separators=(",", ":")).encode()[:-2] + b',"input":['
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=tuning.max_in_flight),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            timeout=aiohttp.ClientTimeout(total=tuning.request_timeout_secs),
        )

    async def send(self, batch: Sequence[Pending]) -> Verdict:
        """Sends the batch as one request."""
        try:
            headers = self._authorization()
        except Exception as cause:  # noqa: BLE001 - the product's own code
            return TryAgain(f"no token: {type(cause).__name__}: {cause}", SLOW_RETRY_SECS)
        # Not the bytes themselves: aiohttp would write megabytes in one go, and warns of that.
        body = self._head + b",".join(pending.encoded for pending in batch) + b"]}}"
        ids = [pending.event.id for pending in batch]
        try:
            request = self._session.post(
                self._url, data=io.BytesIO(body), headers=headers, allow_redirects=False
            )
            async with request as response:
                return read(response.status, response.headers, await response.read(), ids)
        except TimeoutError:
            return TryAgain(f"no answer from {self._url} in time")
        except (aiohttp.ClientError, OSError) as cause:
            return TryAgain(f"{type(cause).__name__}: {cause}")

    def _authorization(self) -> dict[str, str]:
        token = self._token()
        return {"authorization": f"Bearer {token}"} if token else {}

    async def close(self) -> None:
        """Closes the connections."""
        await self._session.close()
