"""How a tracker behaves: checked once, when it is made, where a wrong value may be an error."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn
from urllib.parse import urlsplit

from deskpulse.backoff import Backoff

MAX_BATCH_EVENTS = 1_000
"""The service's bound for one call."""
MAX_BATCH_BYTES = 7 * 1024 * 1024
"""Below the 8 MiB that the service takes, with room for the rest of the request."""

_DEFAULT_URL = "http://127.0.0.1:8080"
_PRODUCT_CHARS = 30

Token = str | Callable[[], str]
"""A token or key, or what returns the one that holds now. It is called before each request."""


class Durability(StrEnum):
    """How safe an event must be before the service answers."""

    BUFFERED = "BUFFERED"
    """In the durable buffer."""
    REPLICATED = "REPLICATED"
    """In the durable buffer of a replica, too; services that know it only."""
    STORED = "STORED"
    """Committed to the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Bounds and times that seldom need to change."""

    max_queue_events: int = 10_000
    """Events that may be unanswered; then the newest is dropped."""
    max_queue_bytes: int = 64 * 1024 * 1024
    """The same, in bytes of JSON."""
    batch_events: int = 100
    """A batch leaves with so many events, at most 1,000 …"""
    linger_secs: float = 0.2
    """… or after this time, whichever comes first."""
    batch_bytes: int = 4 * 1024 * 1024
    """Bytes of JSON in one batch, at most 7 MiB."""
    max_in_flight: int = 4
    """Requests at a time."""
    request_timeout_secs: float = 10.0
    """Time for one request, its connection included."""
    retry_for_secs: float | None = 600.0
    """How long a batch is tried, counted from its first request; None: until the tracker stops."""
    stop_timeout_secs: float = 5.0
    """How long `stop` sends what is left."""
    backoff: Backoff = field(default_factory=Backoff)
    """Delays between the tries of a batch."""

    def __post_init__(self) -> None:
        _check("max_queue_events", self.max_queue_events, least=1)
        _check("max_queue_bytes", self.max_queue_bytes, least=1)
        _check("batch_events", self.batch_events, least=1, most=MAX_BATCH_EVENTS)
        _check("linger_secs", self.linger_secs)
        _check("batch_bytes", self.batch_bytes, least=1, most=MAX_BATCH_BYTES)
        _check("max_in_flight", self.max_in_flight, least=1)
        _check("request_timeout_secs", self.request_timeout_secs)
        _check("retry_for_secs", self.retry_for_secs or 0)
        _check("stop_timeout_secs", self.stop_timeout_secs)


def _check(name: str, value: float, least: float = 0, most: float = float("inf")) -> None:
    if not least <= value <= most:
        _refuse(name, value, f"a number from {least} to {most}")


def check_product(product: str) -> str:
    """Returns the product; ValueError unless the service takes its name."""
    if not isinstance(product, str) or not 1 <= len(product) <= _PRODUCT_CHARS:
        _refuse("product", repr(product), f"1 to {_PRODUCT_CHARS} characters")
    return product


def check_durability(durability: Durability | str) -> Durability:
    """Returns the durability of that name; ValueError where there is none."""
    if durability not in list(Durability):
        _refuse("durability", repr(durability), " or ".join(Durability))
    return Durability(durability)


def endpoint(url: str | None) -> str:
    """Finds the address of /graphql: from the argument, DESKPULSE_URL, or the service's default."""
    base = (url or os.environ.get("DESKPULSE_URL") or _DEFAULT_URL).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        _refuse("url", repr(base), "an address such as http://127.0.0.1:8080")
    return base if parts.path.endswith("/graphql") else f"{base}/graphql"


def credentials(token: Token | None) -> Callable[[], str]:
    """Finds what gives the token: the argument, or DESKPULSE_TOKEN; an empty one is none."""
    if callable(token):
        return token
    found = (os.environ.get("DESKPULSE_TOKEN", "") if token is None else token).strip()
    if not found.isascii() or not found.isprintable():
        _refuse("token", "not shown", "printable ASCII without line breaks")
    return lambda: found


def _refuse(name: str, value: object, expected: str) -> NoReturn:
    message = f"`{name}` is {value}, expected {expected}"
    raise ValueError(message)
