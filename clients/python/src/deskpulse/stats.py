"""The books of a tracker.

tracked = queued + in_flight + accepted + duplicate + conflict + rejected + all that was dropped.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from deskpulse.drop import DropCode


@dataclass(frozen=True, slots=True)
class TrackerStats:
    """Counts of events since the tracker was made, and what waits now."""

    tracked: int
    """Events that `track` was called with."""
    queued: int
    """Waiting for a batch now."""
    in_flight: int
    """In a request, or between two tries of it, now."""
    sent: int
    """Went out in a request; not those that were put back into the queue."""
    accepted: int
    duplicate: int
    """Were stored already: a retry of what had arrived."""
    conflict: int
    """Their id is stored with another body."""
    rejected: int
    """Refused by the service with a reason of their own."""
    dropped: Mapping[DropCode, int]
    """Never taken by the service, by reason."""
    retries: int
    """Requests that were tried again."""
    last_error: str | None
    """The newest reason why a request failed or an event was dropped."""


@dataclass(slots=True)
class Books:
    """The same, while it is counted."""

    tracked: int = 0
    sent: int = 0
    results: Counter[str] = field(default_factory=Counter)
    dropped: Counter[DropCode] = field(default_factory=Counter)
    retries: int = 0
    last_error: str | None = None

    def snapshot(self, queued: int, in_flight: int) -> TrackerStats:
        """Copies the counts."""
        return TrackerStats(
            tracked=self.tracked,
            queued=queued,
            in_flight=in_flight,
            sent=self.sent,
            accepted=self.results["ACCEPTED"],
            duplicate=self.results["DUPLICATE"],
            conflict=self.results["CONFLICT"],
            rejected=self.results["REJECTED"],
            dropped=dict(self.dropped),
            retries=self.retries,
            last_error=self.last_error,
        )
