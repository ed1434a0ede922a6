import json
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest

from deskpulse.event import MAX_DATA_BYTES, Event, InvalidEventError, encode

AT = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)


def event(**changes: Any) -> Event:
    fields = {
        "id": "e-1",
        "name": "session.start",
        "product": "shop",
        "session_id": "s-1",
        "data": {"channel": "app"},
        "occurred_at": AT,
    }
    return Event(**{**fields, **changes})


def nested(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(depth):
        data = {"a": data}
    return data


def test_an_event_is_encoded_as_the_schema_names_its_fields() -> None:
    assert json.loads(encode(event())) == {
        "id": "e-1",
        "name": "session.start",
        "product": "shop",
        "sessionId": "s-1",
        "occurredAt": "2026-03-10T08:00:00+00:00",
        "data": {"channel": "app"},
    }


def test_what_is_none_is_left_to_the_service() -> None:
    encoded = json.loads(encode(event(session_id=None, data=None)))
    assert "sessionId" not in encoded
    assert encoded["data"] is None


@pytest.mark.parametrize(
    "data",
    [{"名": "李建国"}, MappingProxyType({"a": 1}), {"a": [1.5, None, True]}, {"n": 2**63}, {}],
)
def test_json_passes(data: Any) -> None:
    assert json.loads(encode(event(data=data)))["data"] == dict(data)


def test_an_instant_is_the_same_in_any_time_zone() -> None:
    shanghai = AT.astimezone(timezone(timedelta(hours=8)))
    assert encode(event(occurred_at=shanghai)) == encode(event())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": 7}, "`event_name` is of type int, expected a string"),
        ({"id": b"e"}, "`event_id` is of type bytes, expected a string"),
        ({"session_id": 7}, "`session_id` is of type int, expected a string or None"),
        ({"data": [1]}, "`data` is of type list, expected a mapping or None"),
        ({"data": {"a": AT}}, "`data` is no JSON: Object of type datetime"),
        ({"data": {"a": float("nan")}}, "`data` is no JSON: Out of range float"),
        ({"data": {"a": "\ud800"}}, "`data` is no JSON: 'utf-8' codec"),
        ({"data": {(1, 2): 3}}, "`data` is no JSON: keys must be str"),
        ({"data": {"a": 10**5_000}}, "`data` is no JSON: Exceeds the limit"),
        ({"data": nested(100_000)}, "`data` is no JSON: maximum recursion depth"),
        ({"data": {"a": "x" * MAX_DATA_BYTES}}, "`data` is 65544 bytes, expected at most 65536"),
        ({"name": "x" * 100_000}, "`event` is 100"),
        (
            {"occurred_at": AT.replace(tzinfo=None)},
            "`occurred_at` is 2026-03-10T08:00:00, expected",
        ),
        ({"occurred_at": "soon"}, "`occurred_at` is of type str, expected a datetime"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_field_value_and_expectation(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidEventError) as refusal:
        encode(event(**changes))
    assert str(refusal.value).startswith(reason)


def test_a_loop_in_the_data_is_refused() -> None:
    data: dict[str, Any] = {}
    data["self"] = data
    with pytest.raises(InvalidEventError, match="Circular reference"):
        encode(event(data=data))
