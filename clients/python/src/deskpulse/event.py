"""An event and its JSON, which is made at once: what the caller changes later changes nothing.

Only what would harm its neighbours is checked: types, JSON, size. The service has the last word on
names, lengths and fields, and answers for each event.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

MAX_DATA_BYTES = 64 * 1024
"""The service's bound for `data`."""
MAX_EVENT_BYTES = MAX_DATA_BYTES + 4 * 1024
"""Bound for the whole event, so that any batch of one fits into a request."""

# Made once: `json.dumps` makes one for each call, which takes as long as an event.
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as `track` was given it."""

    id: str
    name: str
    product: str
    session_id: str | None
    data: Any
    """What `track` was given, not a copy. What is sent was fixed when `track` was called."""
    occurred_at: datetime | None


class InvalidEventError(Exception):
    """An event that cannot be sent; the text names the field, its value and what is expected."""


def encode(event: Event) -> bytes:
    """Renders the event as `TrackEventInput`.

    Raises InvalidEventError for a wrong type, for what is no JSON, and above the bounds in bytes.
    """
    for name, text in (("event_name", event.name), ("event_id", event.id)):
        _check_type(name, text, str, "a string")
    if event.session_id is not None:
        _check_type("session_id", event.session_id, str, "a string or None")
    occurred_at = _instant(event.occurred_at)
    fields = {"id": event.id, "name": event.name, "product": event.product}
    if event.session_id is not None:
        fields["sessionId"] = event.session_id
    head = _json("event", {**fields, "occurredAt": occurred_at})
    data = _data(event.data)
    encoded = head[:-1] + b',"data":' + data + b"}"
    if len(encoded) > MAX_EVENT_BYTES:
        _refuse("event", f"{len(encoded)} bytes", f"at most {MAX_EVENT_BYTES} bytes of JSON")
    return encoded


def _data(data: object) -> bytes:
    if data is None:
        return b"null"
    if not isinstance(data, Mapping):
        _refuse("data", f"of type {type(data).__name__}", "a mapping or None")
    encoded = _json("data", data)
    if len(encoded) > MAX_DATA_BYTES:
        _refuse("data", f"{len(encoded)} bytes", f"at most {MAX_DATA_BYTES} bytes of JSON")
    return encoded


def _instant(occurred_at: object) -> str:
    if not isinstance(occurred_at, datetime):
        _refuse("occurred_at", f"of type {type(occurred_at).__name__}", "a datetime")
    if occurred_at.utcoffset() is None:
        _refuse("occurred_at", occurred_at.isoformat(), "a datetime with a time zone")
    return occurred_at.astimezone(UTC).isoformat()


def _json(name: str, value: Mapping[Any, Any]) -> bytes:
    try:
        value = dict(value)
        text = _encoder.encode(value)
        return text.encode()
    except Exception as cause:  # a mapping of the product may raise anything
        message = f"`{name}` is no JSON: {cause}"
        raise InvalidEventError(message) from cause


def _check_type(name: str, value: object, kind: type, expected: str) -> None:
    if not isinstance(value, kind):
        _refuse(name, f"of type {type(value).__name__}", expected)


def _refuse(name: str, value: str, expected: str) -> NoReturn:
    message = f"`{name}` is {value}, expected {expected}"
    raise InvalidEventError(message)
