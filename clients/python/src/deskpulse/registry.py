"""The trackers of this process, by product, so that handlers need not pass them around."""

from deskpulse.drop import DropCode, OnDrop
from deskpulse.event import Event
from deskpulse.options import Durability, Token, Tuning
from deskpulse.tracker import Tracker


class _Absence(Tracker):
    """Stands where no tracker is: a handler that is tested alone must not fail for that."""

    def __init__(self, wanted: str | None) -> None:
        super().__init__("none", url="http://127.0.0.1", token="")
        self._message = f"get_tracker({wanted or ''}) before init_tracker: its events are dropped"

    def _queue_event(self, event: Event) -> None:
        self._reporter.misused(self._message)
        self._reporter.dropped([event], DropCode.NOT_INITIALISED, self._message)

    async def start(self) -> None:
        """Starts nothing."""
        self._reporter.misused(self._message)


_by_product: dict[str, Tracker] = {}
_absences: dict[str | None, Tracker] = {}
_latest: Tracker | None = None


def init_tracker(
    product: str,
    *,
    url: str | None = None,
    token: Token | None = None,
    durability: Durability | str = Durability.BUFFERED,
    on_drop: OnDrop | None = None,
    tuning: Tuning | None = None,
) -> Tracker:
    """Makes the tracker of a product, which `get_tracker` then finds; it is not started yet.

    `url` is the service's address, left out: DESKPULSE_URL, or http://127.0.0.1:8080. `token` is a
    token or key, or a function that returns it, left out: DESKPULSE_TOKEN. Called again for the
    same product, it replaces the tracker; the former one goes on until it is stopped.

    Raises ValueError for a wrong option: that is the program's start, not its work.
    """
    global _latest  # noqa: PLW0603 - one for each process
    tracker = Tracker(
        product, url=url, token=token, durability=durability, on_drop=on_drop, tuning=tuning
    )
    _by_product[product] = _latest = tracker
    return tracker


def get_tracker(product: str | None = None) -> Tracker:
    """Finds the tracker of a product, left out: the one made last.

    Never raises: where `init_tracker` was not called, what comes back drops its events and logs so.
    """
    found = _latest if product is None else _by_product.get(product)
    if found is None:
        found = _absences.get(product) or _absences.setdefault(product, _Absence(product))
    return found
