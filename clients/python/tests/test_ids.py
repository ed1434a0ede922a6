import time
import uuid

from deskpulse.ids import IdMaker


def test_an_id_is_a_uuid_of_version_7_with_the_time_it_was_made() -> None:
    before_ms = time.time_ns() // 1_000_000
    made = uuid.UUID(IdMaker().make())
    after_ms = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before_ms <= made.int >> 80 <= after_ms


def test_ids_ascend_strictly_even_when_the_clock_stands_or_goes_back() -> None:
    ids = IdMaker()
    start = 1_767_225_600_000_000_000
    times = [start, start, start + 1, start - 60_000_000_000, start + 1_000_000]
    made = [ids.make(now_ns) for _ in range(50) for now_ns in times]
    assert made == sorted(set(made))


def test_the_fraction_of_a_millisecond_stands_in_the_12_bits_after_the_version() -> None:
    half_a_millisecond_later = 1_767_225_600_000_000_000 + 500_000
    made = uuid.UUID(IdMaker().make(half_a_millisecond_later))
    assert made.int >> 80 == 1_767_225_600_000
    assert made.int >> 64 & 0xFFF == 2_048
