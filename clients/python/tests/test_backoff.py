import pytest

from deskpulse.backoff import MAX_ASKED_SECS, Backoff


@pytest.mark.parametrize(
    ("failures", "bound"), [(1, 0.1), (2, 0.2), (3, 0.4), (7, 6.4), (8, 10.0), (10_000, 10.0)]
)
def test_the_bound_doubles_up_to_its_maximum(failures: int, bound: float) -> None:
    assert Backoff(0.1, 10.0, draw=lambda: 1.0).delay(failures) == pytest.approx(bound)


def test_the_delay_is_drawn_from_the_whole_range() -> None:
    delays = [Backoff(0.1, 10.0).delay(4) for _ in range(2_000)]
    assert min(delays) < 0.04
    assert max(delays) > 0.76
    assert sum(delays) / len(delays) == pytest.approx(0.4, abs=0.04)


def test_the_service_is_obeyed_and_callers_are_spread_after_that() -> None:
    assert Backoff(draw=lambda: 0.0).delay(1, asked_secs=2.5) == 2.5
    assert Backoff(draw=lambda: 1.0).delay(1, asked_secs=2.5) == pytest.approx(2.6)


def test_no_service_is_obeyed_for_ever() -> None:
    assert Backoff(draw=lambda: 0.0).delay(1, asked_secs=1e9) == MAX_ASKED_SECS
