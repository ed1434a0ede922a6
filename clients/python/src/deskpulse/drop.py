"""Why an event is gone: what a product can count and act on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deskpulse.event import Event


class DropCode(StrEnum):
    """The kind of reason. Codes are added, never renamed."""

    INVALID = "invalid"
    """`track` was given what cannot be sent: a wrong type, no JSON, too large."""
    QUEUE_FULL = "queue_full"
    """More events were unanswered than may wait; the newest goes."""
    EXPIRED = "expired"
    """The service was away, or did not know the token, for longer than retries go on."""
    BAD_INPUT = "bad_input"
    """The service refused the request that the event was in."""
    FORBIDDEN = "forbidden"
    """The token is known, but its role may not send events."""
    STOPPED = "stopped"
    """Left when the tracker stopped, or tracked after that. It may have arrived all the same."""
    NOT_INITIALISED = "not_initialised"
    """`get_tracker` was called before `init_tracker`."""
    INTERNAL = "internal"
    """A defect of this package; the log has the traceback."""
    REJECTED = "rejected"
    """The service refused this event. Counted in `TrackerStats.rejected`."""
    CONFLICT = "conflict"
    """Another event has this id. Counted in `TrackerStats.conflict`."""


@dataclass(frozen=True, slots=True)
class DropReason:
    """A code to branch on, and the words for it."""

    code: DropCode
    detail: str

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


OnDrop = Callable[[Sequence[Event], DropReason], None]
"""Is told of events that are gone. Called in the middle of things: it should be quick."""
