from datetime import UTC, datetime

from deskpulse.event import Event
from deskpulse.queue import EventQueue, Pending

AT = datetime(2026, 3, 10, tzinfo=UTC)


def put(queue: EventQueue, id_: str, size: int = 10) -> bool:
    return queue.put(Event(id_, "n", "p", None, None, AT), b"x" * size)


def filled(count: int, max_events: int = 100) -> EventQueue:
    queue = EventQueue(max_events, max_bytes=10_000)
    for number in range(count):
        assert put(queue, str(number))
    return queue


def ids(batch: list[Pending]) -> list[str]:
    return [pending.event.id for pending in batch]


def test_the_bound_holds_for_waiting_events_and_those_in_flight() -> None:
    queue = filled(3, max_events=3)
    assert not put(queue, "4")
    batch = queue.take(2, 10_000)
    assert (queue.waiting, queue.in_flight) == (1, 2)
    assert not put(queue, "4")
    queue.settle(batch)
    assert put(queue, "4")


def test_the_bound_in_bytes_is_given_back_when_events_settle() -> None:
    queue = EventQueue(100, max_bytes=100)
    assert put(queue, "1", 60)
    assert not put(queue, "2", 41)
    queue.settle(queue.take(1, 10_000))
    assert put(queue, "2", 100)


def test_a_batch_keeps_to_both_bounds_but_takes_one_event_of_any_size() -> None:
    queue = filled(5)
    assert ids(queue.take(2, 10_000)) == ["0", "1"]
    assert ids(queue.take(100, 20)) == ["2", "3"]
    assert ids(queue.take(100, 1)) == ["4"]
    assert queue.take(100, 1) == []


def test_what_is_put_back_comes_first_and_in_order() -> None:
    queue = filled(5)
    queue.put_back(queue.take(3, 10_000))
    assert ids(queue.take(100, 10_000)) == ["0", "1", "2", "3", "4"]


def test_a_watch_ends_with_the_events_before_it_and_no_later_ones() -> None:
    queue = filled(2)
    calls: list[str] = []
    queue.watch(lambda: calls.append("both"))
    put(queue, "2")
    first, second, third = (queue.take(1, 10_000) for _ in range(3))
    queue.settle(third)
    queue.settle(first)
    assert (calls, queue.is_watched) == ([], True)
    queue.settle(second)
    assert (calls, queue.is_watched) == (["both"], False)


def test_a_watch_on_nothing_ends_at_once() -> None:
    calls: list[str] = []
    filled(0).watch(lambda: calls.append("none"))
    assert calls == ["none"]
