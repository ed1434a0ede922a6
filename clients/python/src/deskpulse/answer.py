"""What the answer to a batch means. Pure: status, headers and body in, a verdict out.

Retried is what may pass by itself: a service that is away, busy or being changed, and whatever is
not its answer. Refused is what the same request would be refused for again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

SLOW_RETRY_SECS = 30.0
"""Delay after an answer that only a person can change: credentials, or the wrong address."""

_SHOWN_CHARS = 200
_RETRIED = {"UNAVAILABLE", "RATE_LIMITED", "INTERNAL_SERVER_ERROR"}
_BODY_REFUSED = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
_WRONG_ADDRESS = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
_REDIRECTS = range(300, 400)
_KNOWN = {"ACCEPTED", "DUPLICATE", "CONFLICT", "REJECTED"}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event."""

    status: str
    """ACCEPTED, DUPLICATE, CONFLICT or REJECTED."""
    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The service answered for each event, in order."""

    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Nothing is known to be kept: the same events again, with the same ids, after a while."""

    error: str
    after_secs: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """The request was refused as a whole, and nothing kept."""

    error: str
    is_bad_input: bool
    """Whether one event may be to blame, so that its neighbours pass without it."""


Verdict = Answered | TryAgain | Refused


def read(status: int, headers: Mapping[str, str], body: bytes, ids: Sequence[str]) -> Verdict:
    """Reads the answer to a batch of events with these ids."""
    answer = _json_object(body)
    errors = answer.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        verdict = _read_error(errors[0])
        if verdict is not None:
            return verdict
    if status == HTTPStatus.OK:
        return _read_results(answer, ids)
    return _read_status(status, headers, body)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _read_error(error: dict[str, Any]) -> Verdict | None:
    """Reads the first GraphQL error; None without a code, where the status has to tell."""
    extensions = error.get("extensions")
    if not isinstance(extensions, dict) or not isinstance(extensions.get("code"), str):
        return None
    code = extensions["code"]
    text = f"{code}: {error.get('message')}"[:_SHOWN_CHARS]
    if code == "UNAUTHENTICATED":
        return TryAgain(text, SLOW_RETRY_SECS)
    if code in _RETRIED:
        return TryAgain(text, _seconds(extensions.get("retryAfterMs"), per_second=1_000))
    return Refused(text, is_bad_input=code == "BAD_USER_INPUT")


def _read_results(answer: dict[str, Any], ids: Sequence[str]) -> Verdict:
    try:
        listed = answer["data"]["trackEvents"]
        results = [Result(entry["status"], entry.get("reason") or "") for entry in listed]
        matches = [entry["id"] for entry in listed] == list(ids)
    except (KeyError, TypeError, AttributeError):
        return TryAgain("the answer is none of Deskpulse's", SLOW_RETRY_SECS)
    if not matches or any(result.status not in _KNOWN for result in results):
        return TryAgain("the answer is not one of each event in order", SLOW_RETRY_SECS)
    return Answered(results)


def _read_status(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    shown = " ".join(body[:_SHOWN_CHARS].decode(errors="replace").split())
    text = f"HTTP {status}: {shown}"
    if status in _BODY_REFUSED:
        return Refused(text, is_bad_input=True)
    if status == HTTPStatus.FORBIDDEN:
        return Refused(text, is_bad_input=False)
    if status == HTTPStatus.UNAUTHORIZED or status in _WRONG_ADDRESS or status in _REDIRECTS:
        return TryAgain(text, SLOW_RETRY_SECS)
    return TryAgain(text, _seconds(headers.get("Retry-After"), per_second=1))


def _seconds(value: object, per_second: int) -> float:
    """Reads a delay; zero where there is none, or a date."""
    try:
        return max(0.0, float(value) / per_second)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0
