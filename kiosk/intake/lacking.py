"""Which published updates a station lacks, by what it says it runs on. Pure."""

from collections.abc import Sequence
from datetime import datetime

from kiosk.intake.fleet import Published
from kiosk.wire.heartbeat import ANSWER_ROOM, MOST_UPDATES, Lacking, Report, Running
from kiosk.wire.signed_update import RefusedBecause

_ASK_AGAIN = frozenset({RefusedBecause.NOT_YET.value, RefusedBecause.UNKNOWN_ISSUER.value})
"""Refusals that time, or keys that were followed meanwhile, may mend. Others stay: the bank sends a new version, not the same again."""


def what_is_lacking(report: Report, newest: Sequence[Published], now: datetime, every_s: int) -> Lacking:
    """Return the updates to send, as many as fit into one answer. What the station refused for good is not sent again."""
    runs = {one.kind: one for one in report.running}
    wanted = [one.envelope for one in newest if _wants(runs.get(one.kind), one.version)]
    room, fitting = ANSWER_ROOM, 0
    for envelope in wanted[:MOST_UPDATES]:
        room -= len(envelope) + 4
        if room < 0:
            break
        fitting += 1
    return Lacking(now, every_s, tuple(wanted[:fitting]), more=fitting < len(wanted))


def _wants(running: Running | None, version: int) -> bool:
    if running is None:
        return True
    turned_away = running.offered == version and running.trouble != "" and running.trouble not in _ASK_AGAIN
    return version > running.version and not turned_away
