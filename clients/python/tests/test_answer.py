import json
from typing import Any

import pytest

from deskpulse.answer import SLOW_RETRY_SECS, Answered, Refused, Result, TryAgain, Verdict, read

IDS = ["a", "b"]


def entry(id_: str, status: str = "ACCEPTED", reason: str | None = None) -> dict[str, Any]:
    return {"id": id_, "status": status, "reason": reason}


def read_json(body: object, status: int = 200, **headers: str) -> Verdict:
    return read(status, headers, json.dumps(body).encode(), IDS)


def read_error(code: str, status: int = 200, **extensions: object) -> Verdict:
    errors = [{"message": "why", "extensions": {"code": code, **extensions}}]
    return read_json({"errors": errors, "data": None}, status)


def test_each_event_has_its_result() -> None:
    listed = [entry("a"), entry("b", "REJECTED", "`name` is too long")]
    expected = Answered([Result("ACCEPTED", ""), Result("REJECTED", "`name` is too long")])
    assert read_json({"data": {"trackEvents": listed}}) == expected


@pytest.mark.parametrize("code", ["UNAVAILABLE", "RATE_LIMITED", "INTERNAL_SERVER_ERROR"])
@pytest.mark.parametrize("status", [200, 400, 503])
def test_a_code_that_may_pass_is_tried_again_when_the_service_says(code: str, status: int) -> None:
    assert read_error(code, status, retryAfterMs=1_500) == TryAgain(f"{code}: why", 1.5)


def test_a_code_that_may_pass_is_tried_again_where_no_time_is_given() -> None:
    assert read_error("UNAVAILABLE") == TryAgain("UNAVAILABLE: why", 0.0)
    assert read_error("UNAVAILABLE", retryAfterMs="soon") == TryAgain("UNAVAILABLE: why", 0.0)


@pytest.mark.parametrize("status", [200, 401])
def test_unknown_credentials_are_tried_again_slowly(status: int) -> None:
    expected = TryAgain("UNAUTHENTICATED: why", SLOW_RETRY_SECS)
    assert read_error("UNAUTHENTICATED", status) == expected


@pytest.mark.parametrize(
    ("code", "is_bad_input"), [("BAD_USER_INPUT", True), ("FORBIDDEN", False), ("NEW_CODE", False)]
)
def test_other_codes_are_final(code: str, *, is_bad_input: bool) -> None:
    assert read_error(code) == Refused(f"{code}: why", is_bad_input)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_a_status_that_may_pass_is_tried_again_when_it_says(status: int) -> None:
    verdict = read(status, {"Retry-After": "2"}, b"<html>", IDS)
    assert verdict == TryAgain(f"HTTP {status}: <html>", 2.0)


def test_a_date_to_retry_after_is_left_to_the_backoff() -> None:
    headers = {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert read(503, headers, b"", IDS) == TryAgain("HTTP 503: ", 0.0)


@pytest.mark.parametrize("status", [301, 307, 401, 404, 405])
def test_a_wrong_address_is_tried_again_slowly(status: int) -> None:
    assert read(status, {}, b"", IDS) == TryAgain(f"HTTP {status}: ", SLOW_RETRY_SECS)


@pytest.mark.parametrize(
    ("status", "is_bad_input"), [(400, True), (413, True), (415, True), (422, True), (403, False)]
)
def test_other_statuses_are_final(status: int, *, is_bad_input: bool) -> None:
    assert read(status, {}, b"", IDS) == Refused(f"HTTP {status}: ", is_bad_input)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"\xff",
        b"[" * 100_000,
        b"null",
        b'{"data": null}',
        b'{"data": {"trackEvents": null}}',
        b'{"data": {"trackEvents": [1, 2]}}',
        json.dumps({"data": {"trackEvents": [entry("a")]}}).encode(),
        json.dumps({"data": {"trackEvents": [entry("b"), entry("a")]}}).encode(),
        json.dumps({"data": {"trackEvents": [entry("a"), entry("b", "LOST")]}}).encode(),
        b'{"errors": [{"message": "no code"}]}',
        b'{"errors": [7]}',
    ],
)
def test_what_is_no_answer_to_the_batch_keeps_its_events(body: bytes) -> None:
    verdict = read(200, {}, body, IDS)
    assert isinstance(verdict, TryAgain)
    assert verdict.after_secs == SLOW_RETRY_SECS


def test_a_long_answer_is_cut_in_the_error() -> None:
    verdict = read(500, {}, b"x" * 100_000, IDS)
    assert isinstance(verdict, TryAgain)
    assert len(verdict.error) < 300
