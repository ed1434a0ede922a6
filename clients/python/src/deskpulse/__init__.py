"""Sends events to Deskpulse from asyncio programs.

A product starts one tracker and calls `track`, which never raises and never waits for the network.
Start reading in `tracker`, which puts the parts together; `delivery` is what keeps the promise.
"""

from deskpulse.backoff import Backoff
from deskpulse.drop import DropCode, DropReason, OnDrop
from deskpulse.event import Event
from deskpulse.options import Durability, Tuning
from deskpulse.registry import get_tracker, init_tracker
from deskpulse.stats import TrackerStats
from deskpulse.tracker import Tracker

__all__ = [
    "Backoff",
    "DropCode",
    "DropReason",
    "Durability",
    "Event",
    "OnDrop",
    "Tracker",
    "TrackerStats",
    "Tuning",
    "get_tracker",
    "init_tracker",
]
