"""Signals that lie outside a case: how this computer is, what the store remembers, who works here and how."""

import statistics
from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Final

from kiosk.document.reading import DocumentFields
from kiosk.record import Purpose
from kiosk.risk.signals import Signal, signal
from kiosk.trust.endpoint import EndpointFindings, look_around, usb_devices
from kiosk.values import OperatorId
from kiosk.vault.history import DocumentHistory, OperatorHistory, StationHistory
from kiosk.vault.store import Store
from kiosk.wire.watch_list import WatchList, case_values

LEAST_DAYS: Final = 5
"""Days of an operator's own past without which nothing is unusual for them."""
SEEING_ALL: Final = 0.9
"""What a program says of its own computer is believed this far: whoever owns the computer can lie to it."""


class Endpoint:
    """Looks at this computer again and again. The USB devices of the first look are what later ones are compared with."""

    def __init__(
        self,
        store: Store,
        program_changed: Callable[[], int | None] = lambda: None,
        look: Callable[[], EndpointFindings] = look_around,
        devices: Callable[[], frozenset[str] | None] = usb_devices,
        refused: Callable[[], int | None] = lambda: None,
    ) -> None:
        """program_changed: number of program files that are not as the signed manifest says, None without a manifest; refused: number of
        the bank's updates that were refused or rolled back since the start, None where no updates are taken."""
        self._store = store
        self._program_changed = program_changed
        self._look = look
        self._devices = devices
        self._refused = refused
        self._first_devices = devices()

    def signals(self, now: datetime) -> tuple[Signal, ...]:
        """Takes some ten milliseconds; called away from the screen's thread."""
        found = self._look()
        newest = self._store.last_audit_at()
        behind = 0.0 if newest is None else max((newest - now).total_seconds(), 0.0)
        values: dict[str, float | None] = {
            "endpoint.debugger": float(found.traced or "a debugger" in found.programs),
            "endpoint.remote-desktop": float(bool({"screen sharing", "screen recording"} & set(found.programs))),
            "endpoint.virtual-camera": float(bool(found.modules) or "a virtual camera" in found.programs),
            "endpoint.clock-behind": behind,
            "endpoint.usb-changed": self._usb_changed(),
            "endpoint.program-changed": self._program_changed(),
            "endpoint.policy-refused": self._refused(),
        }
        return tuple(signal(name, value, now, SEEING_ALL) for name, value in values.items() if value is not None)

    def _usb_changed(self) -> float | None:
        devices = self._devices()
        if devices is None or self._first_devices is None:
            return None
        return float(len(devices ^ self._first_devices))


class Past:
    """What the store remembers of a document, this station and an operator. hours: opening hours in local time, None where not set."""

    def __init__(
        self, store: Store, hours: tuple[time, time] | None = None, watch_list: Callable[[], WatchList | None] = lambda: None
    ) -> None:
        """watch_list: the one in force now; None while the bank sent none."""
        self._store = store
        self._hours = hours
        self._watch_list = watch_list

    def signals(
        self, fields: DocumentFields | None, operator: OperatorId | None, now: datetime, purpose: Purpose | None = None
    ) -> tuple[Signal, ...]:
        """purpose: what the customer came for, as far as it is known. Raises a Fault of the store's."""
        with self._store.history() as history:
            station = history.station(now)
            document = None if fields is None else history.document(fields.issuing_state, fields.number.reveal(), now)
            person = None if operator is None else history.operator(operator, now)
        values = _of_station(station)
        if document is not None and fields is not None and fields.number.reveal():
            values |= _of_document(document)
        listed, told = self._watch_list(), tuple(case_values(fields, purpose))
        if listed is not None and told:
            values |= {"context.watchlist": listed.speaks_of(told), "context.linked-fraud": listed.frauds_of(told)}
        if person is not None:
            values |= _of_operator(person)
        if self._hours is not None:
            values["context.outside-hours"] = outside_hours(now.astimezone().time(), *self._hours)
        return tuple(signal(name, value, now) for name, value in values.items())


def _of_station(found: StationHistory) -> dict[str, float]:
    return {"context.station-cases-hour": found.cases_hour, "context.station-declined-day": found.declined_day}


def _of_document(found: DocumentHistory) -> Mapping[str, float]:
    return {"context.earlier-attempts": found.cases, "context.earlier-refusals": found.refused}


def _of_operator(found: OperatorHistory) -> Mapping[str, float]:
    values: dict[str, float] = {"operator.overrides-today": found.overrides_today}
    if len(found.overrides_before) >= LEAST_DAYS:
        values["operator.override-excess"] = _excess(found.overrides_today, found.overrides_before)
        values["operator.pace-excess"] = _excess(found.cases_today, found.cases_before)
    return values


def _excess(today: int, before: tuple[int, ...]) -> float:
    """Return how many standard deviations today is above the usual; one case is the least a deviation can be."""
    return (today - statistics.fmean(before)) / max(statistics.pstdev(before), 1.0)


def outside_hours(now: time, opens: time, closes: time) -> float:
    """Return the minutes to the nearer end of the opening hours, 0 within them. opens lies before closes."""
    at, first, last = (60 * moment.hour + moment.minute for moment in (now, opens, closes))
    if first <= at <= last:
        return 0.0
    day = 24 * 60
    return float(min((first - at) % day, (at - last) % day))


class Unhurried:
    """Asks a slow question once in so many times; between, the last answer stands."""

    def __init__(self, ask: Callable[[], int | None], every: int = 60) -> None:
        self._ask, self._every = ask, every
        self._asked = 0
        self._answer: int | None = None

    def __call__(self) -> int | None:
        if self._asked % self._every == 0:
            self._answer = self._ask()
        self._asked += 1
        return self._answer
