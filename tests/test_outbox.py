"""What is due, and when too much waits for the bank."""

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.outbox import Backlog, Delivery, DeliveryState, Halt, Mistrusted, after, halted
from kiosk.policy import SyncPolicy
from kiosk.values import SessionId

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
POLICY = SyncPolicy(offline_within_s=3_600.0, most_undelivered=10, most_undelivered_bytes=1_000)


@pytest.mark.parametrize(
    ("backlog", "halt"),
    [
        (Backlog(), None),
        (Backlog(9, 0, NOW - timedelta(minutes=59), 999), None),
        (Backlog(1, 0, NOW - timedelta(minutes=61), 1), Halt.OFFLINE_TOO_LONG),
        (Backlog(0, 1, NOW - timedelta(minutes=61), 1), Halt.OFFLINE_TOO_LONG),
        (Backlog(6, 4, NOW, 1), Halt.TOO_MANY),
        (Backlog(1, 0, NOW, 1_000), Halt.TOO_LARGE),
        (Backlog(1, 0, NOW + timedelta(days=1), 1), None),
    ],
)
def test_a_station_opens_no_case_once_the_policy_is_reached(backlog: Backlog, halt: Halt | None) -> None:
    assert halted(backlog, NOW, POLICY) is halt


def test_a_bank_that_lies_is_tried_again_after_a_wait_and_nothing_is_settled() -> None:
    waiting = Delivery(SessionId("0" * 32), DeliveryState.WAITING, 3, NOW, "")
    then = after(waiting, Mistrusted("log-forked", b"evidence"), NOW, SyncPolicy(), 0.0)
    assert (then.state, then.attempts, then.due_at, then.last_problem) == (
        DeliveryState.WAITING,
        4,
        NOW + timedelta(seconds=8),
        "log-forked",
    )
