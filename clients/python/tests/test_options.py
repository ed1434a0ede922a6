import pytest

from deskpulse import Durability, init_tracker
from deskpulse.options import Tuning, credentials, endpoint


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, "http://127.0.0.1:8080/graphql"),
        ("https://desk.example", "https://desk.example/graphql"),
        ("http://[::1]:80/", "http://[::1]:80/graphql"),
        ("http://proxy/desk", "http://proxy/desk/graphql"),
        ("http://h/graphql/", "http://h/graphql"),
    ],
)
def test_the_address_is_that_of_graphql(url: str | None, expected: str) -> None:
    assert endpoint(url) == expected


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://h", "http://", "http://h/?a=1"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"`url` is .*, expected an address such as"):
        endpoint(url)


def test_the_environment_gives_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_URL", "http://h:1")
    monkeypatch.setenv("DESKPULSE_TOKEN", "secret")
    assert endpoint(None) == "http://h:1/graphql"
    assert endpoint("http://h:2") == "http://h:2/graphql"
    assert credentials(None)() == "secret"
    assert credentials("other")() == "other"
    assert credentials(lambda: "fresh")() == "fresh"
    assert credentials("")() == ""


def test_a_wrong_token_is_refused_without_being_shown() -> None:
    with pytest.raises(ValueError, match="`token` is not shown, expected") as refusal:
        credentials("sec\nret")
    assert "sec" not in str(refusal.value)


@pytest.mark.parametrize("product", ["", "x" * 31])
def test_a_product_is_named_as_the_service_takes_it(product: str) -> None:
    with pytest.raises(ValueError, match=r"`product` is .*, expected 1 to 30 characters"):
        init_tracker(product)


@pytest.mark.parametrize("name", ["BUFFERED", "REPLICATED", "STORED"])
def test_durability_has_three_names(name: str) -> None:
    assert Durability(name) == name
    init_tracker("shop", durability=name)


def test_another_durability_is_refused() -> None:
    with pytest.raises(ValueError, match="`durability` is 'SAFE', expected BUFFERED or"):
        init_tracker("shop", durability="SAFE")


@pytest.mark.parametrize(
    "tuning",
    [
        lambda: Tuning(batch_events=1_001),
        lambda: Tuning(batch_events=0),
        lambda: Tuning(batch_bytes=8 * 1024 * 1024),
        lambda: Tuning(max_in_flight=0),
        lambda: Tuning(linger_secs=-1),
    ],
)
def test_tuning_beyond_its_bounds_is_refused(tuning: type[Tuning]) -> None:
    with pytest.raises(ValueError, match=r"`\w+` is .*, expected a number from"):
        tuning()
