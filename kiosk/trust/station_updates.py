"""Updates the bank signed, at the station: judged, put into force between two customers, and taken back when something is wrong.

1. Genuine, for this class, newer than what is in force, not revoked (`kiosk/wire/signed_update.py`); then its content is checked whole.
   What fails is refused, noted, told to the bank with the next heartbeat, and changes nothing. New ones count by the bank's newest key
   alone, the way the station knows it; those in force stay in force when it rolls its keys, unless the old key is distrusted.
2. Before one is put into force it is written down as being tried; when it stands, as good. One found as tried at a start died in the
   attempt, and is rolled back: the last good one is in force again. So is one that fails its self-test.
3. The last good one and the one before are kept. Without any, what the program came with is in force.
4. Everything that happened is a line in the audit log.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.faults import PacketRefused
from kiosk.risk.assess import Asked, assess
from kiosk.risk.policy_check import PolicyRefused
from kiosk.risk.policy_file import Case, DecisionPolicy
from kiosk.trust.risk_policy import policy_from_text
from kiosk.values import StationClass
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.update_rows import KEPT_GOOD, UpdateRow, UpdateState
from kiosk.wire import canonical
from kiosk.wire.heartbeat import Running
from kiosk.wire.keys import key_id
from kiosk.wire.limits import MAX_UPDATE
from kiosk.wire.signed_update import (
    InForce,
    RefusedBecause,
    Update,
    UpdateKind,
    UpdateRefused,
    acceptable_update,
    genuine_update,
    read_distrusted,
    read_revocation,
)
from kiosk.wire.watch_list import WatchList, watch_list_from_text

DIED: Final = "died-while-tried"
_TOLD_AGAIN_AFTER: Final = timedelta(days=1)
PASSED_OVER: Final = "passed-over"
"""What the bank is told of one that was good and is not gone by."""
UNFIT: Final = "content"
"""What a genuine update whose content is none is refused for."""


@dataclass(frozen=True, slots=True)
class InPlace:
    """What the station goes by: the newest good content of each kind, None for what the program came with. model: the newest notice about
    models; updates: which versions these are."""

    policy: DecisionPolicy | None = None
    watch_list: WatchList | None = None
    model: str | None = None
    updates: tuple[tuple[UpdateKind, int], ...] = ()


class StationUpdates:
    """Thread-safe as its store is. issuers: the bank's answering keys as trusted now, newest first; distrust: told the ids of former ones
    that a revocation names."""

    def __init__(
        self,
        store: Store,
        issuers: Callable[[], Sequence[Ed25519PublicKey]],
        station_class: StationClass,
        distrust: Callable[[Collection[str], datetime], object] = lambda keys, now: None,
    ) -> None:
        self._store = store
        self._issuers = issuers
        self._class = station_class
        self._distrust = distrust
        self._refused: set[str] = set()

    @property
    def refused(self) -> int:
        """Return how many different updates were refused or rolled back since the start: the signal `endpoint.policy-refused`."""
        return len(self._refused)

    def begin(self, now: datetime) -> InPlace:
        """Roll back what was being tried when the program died, and return what is in force."""
        with self._store.update_rows() as rows:
            for row in rows.rows():
                if row.state is UpdateState.TRYING:
                    self._end(row.kind, row.version, row.digest, UpdateState.ROLLED_BACK, DIED, b"", now)
        for update, _ in self._good():
            if update.kind is UpdateKind.REVOCATION and update.issuer == key_id(self._issuers()[0]):
                self._distrust(read_distrusted(update.payload), now)
        return self.in_place()

    def in_place(self) -> InPlace:
        """Return what is in force. A good one that this program cannot read any more is passed over for the one before."""
        policy, watch_list, model = None, None, None
        versions: list[tuple[UpdateKind, int]] = []
        revoked = self._revoked()
        for update, _ in self._good():
            if update.digest in revoked[update.kind]:
                continue
            match update.kind:
                case UpdateKind.POLICY if policy is None:
                    policy = policy_of(update)
                    found: object = policy
                case UpdateKind.WATCHLIST if watch_list is None:
                    watch_list = watch_list_of(update)
                    found = watch_list
                case UpdateKind.MODEL if model is None:
                    model = found = update.payload
                case UpdateKind.REVOCATION:
                    found = update if all(kind is not update.kind for kind, _ in versions) else None
                case _:
                    continue
            if found is not None:
                versions.append((update.kind, update.version))
        return InPlace(policy, watch_list, model, tuple(versions))

    def offer(self, envelopes: Sequence[bytes], now: datetime) -> tuple[Update, ...]:
        """Judge what the bank sent. Return what is to be put into force, written down as being tried; the rest is refused and noted."""
        accepted: list[Update] = []
        for envelope in envelopes:
            update = genuine_update(envelope, self._issuers()[:1])
            if isinstance(update, UpdateRefused):
                self._refused.add(sha256(envelope).hexdigest())
                self._refuse(f"unknown:{update.because}", now)
                continue
            refused = acceptable_update(update, update.kind, self._class, self._in_force(update.kind), now, self._revoked())
            trouble = refused.because.value if refused is not None else content_trouble(update)
            if refused is not None and refused.because is RefusedBecause.NOT_NEWER:
                continue  # it came twice
            is_second = any((one.kind, one.version) == (update.kind, update.version) for one in accepted)
            if is_second and update in accepted:
                continue  # it came twice in one answer
            if is_second:
                # What is put into force must be what was tried, so the first keeps its place.
                trouble = RefusedBecause.TWO_OF_ONE_VERSION.value
            if trouble and (is_second or self._keeps(update)):
                self._refused.add(update.digest)
                self._refuse(_detail(update.kind, update.version, update.digest, trouble), now)
                continue  # it must not take the place of a good one of its version
            if trouble:
                self._end(update.kind, update.version, update.digest, UpdateState.REFUSED, trouble, b"", now)
                continue
            with self._store.update_rows() as rows:
                rows.keep(UpdateRow(update.kind.value, update.version, UpdateState.TRYING, update.digest, "", envelope, now))
            accepted.append(update)
        return tuple(accepted)

    def stands(self, update: Update, now: datetime) -> None:
        """It is in force and works: the one to fall back on from now on."""
        with self._store.update_rows() as rows:
            row = next(one for one in rows.rows() if (one.kind, one.version) == (update.kind.value, update.version))
            self._end(row.kind, row.version, row.digest, UpdateState.GOOD, "", row.envelope, now)
            # By whose key counts most, not by number: else who has an old key could number everything else out of the store.
            newest = [one.version for one, _ in self._good() if one.kind is update.kind]
            rows.forget_old(update.kind.value, newest[:KEPT_GOOD])
        if update.kind is UpdateKind.REVOCATION:
            self._distrust(read_distrusted(update.payload), now)

    def falls(self, update: Update, because: str, now: datetime) -> None:
        """It could not be put into force, or did not work: the last good one counts. because: a short code."""
        self._end(update.kind, update.version, update.digest, UpdateState.ROLLED_BACK, because, b"", now)

    def running(self) -> tuple[Running, ...]:
        """Return what is in force of each kind and what is wrong with the newest that was offered, for the heartbeat."""
        with self._store.update_rows() as rows:
            kept = rows.rows()
        in_force, in_place = self._good(), dict(self.in_place().updates)
        said = []
        for kind in UpdateKind:
            mine = [row for row in kept if row.kind == kind.value]
            newest, good = next((update.version for update, _ in in_force if update.kind is kind), 0), in_place.get(kind, 0)
            bad = next((row for row in mine if row.version > newest and row.state in _FAILED), None)
            if bad is not None:
                trouble = f"rolled-back:{bad.trouble}" if bad.state is UpdateState.ROLLED_BACK else bad.trouble
                said.append(Running(kind, good, trouble, bad.version))
            elif newest != good:
                # Taken back since, or of a kind this program cannot read any more: the bank must not think it is in force here.
                said.append(Running(kind, good, PASSED_OVER, newest))
            else:
                said.append(Running(kind, good))
        return tuple(said)

    # --- inside --------------------------------------------------------------------------------------------------------------

    def policy_in_force(self) -> tuple[Update, datetime] | None:
        """Return the policy update in force and since when it is, None where the program's own is."""
        revoked = self._revoked()[UpdateKind.POLICY]
        for update, since in self._good():
            if update.kind is UpdateKind.POLICY and update.digest not in revoked and policy_of(update) is not None:
                return update, since
        return None

    def _good(self) -> tuple[tuple[Update, datetime], ...]:
        """Return the good ones and since when each is: those of the bank's newest key first, of one key the newest version first. Their
        signatures are checked again: what lies in a file was in other hands."""
        issuers = self._issuers()
        order = [key_id(key) for key in issuers]
        with self._store.update_rows() as rows:
            kept = [(genuine_update(row.envelope, issuers), row.at) for row in rows.rows() if row.state is UpdateState.GOOD]
        read = [(update, at) for update, at in kept if isinstance(update, Update) and update.station_class is self._class]
        return tuple(sorted(read, key=lambda one: (order.index(one[0].issuer), -one[0].version)))

    def _in_force(self, kind: UpdateKind) -> InForce:
        """Return what a new one must follow: the newest good one by the newest key."""
        newest = key_id(self._issuers()[0])
        good = next((update for update, _ in self._good() if update.kind is kind and update.issuer == newest), None)
        return InForce() if good is None else InForce(good.version, good.digest)

    def _keeps(self, update: Update) -> bool:
        """Return whether a good one of this kind and version is kept."""
        with self._store.update_rows() as rows:
            kept = rows.rows()
        return any((row.kind, row.version, row.state) == (update.kind.value, update.version, UpdateState.GOOD) for row in kept)

    def _revoked(self) -> Mapping[UpdateKind, frozenset[str]]:
        newest = next((update for update, _ in self._good() if update.kind is UpdateKind.REVOCATION), None)
        named = () if newest is None else read_revocation(newest.payload)
        return {kind: frozenset(digest for of, digest in named if of is kind) for kind in UpdateKind}

    def _refuse(self, detail: str, now: datetime) -> None:
        """Write a refusal down once a day: the bank, or whoever is in between, offers the same again with every heartbeat."""
        told_at = self._store.last_told(AuditEvent.UPDATE_REFUSED, detail)
        if told_at is None or not timedelta(0) <= now - told_at < _TOLD_AGAIN_AFTER:
            self._store.note(AuditEntry(now, AuditEvent.UPDATE_REFUSED, detail=detail))

    def _end(self, kind: str, version: int, digest: str, state: UpdateState, trouble: str, envelope: bytes, now: datetime) -> None:
        detail = _detail(kind, version, digest, trouble)
        if state in _FAILED and trouble != RefusedBecause.NOT_YET:
            self._refused.add(digest)
        with self._store.update_rows() as rows:
            same = (str(kind), version, state, digest, trouble)
            kept = [(row.kind, row.version, row.state, row.digest, row.trouble) for row in rows.rows()]
            if state is UpdateState.REFUSED and same in kept:
                return  # offered again, refused again: the log has the line (a clock that is behind says `not-yet` every 15 seconds)
            rows.keep(UpdateRow(str(kind), version, state, digest, trouble, envelope, now))
            self._store.note(AuditEntry(now, _EVENTS[state], detail=detail))


def _detail(kind: str, version: int, digest: str, trouble: str) -> str:
    return f"{kind}:{version}:{digest[:16]}" + (f":{trouble}" if trouble else "")


_FAILED: Final = frozenset({UpdateState.REFUSED, UpdateState.ROLLED_BACK})
_EVENTS: Final = {
    UpdateState.GOOD: AuditEvent.UPDATE_APPLIED,
    UpdateState.REFUSED: AuditEvent.UPDATE_REFUSED,
    UpdateState.ROLLED_BACK: AuditEvent.UPDATE_ROLLED_BACK,
}


def content_trouble(update: Update) -> str:
    """Return a code of what is wrong with an update's content, empty if nothing is."""
    match update.kind:
        case UpdateKind.POLICY:
            policy = policy_of(update)
            return UNFIT if policy is None or policy.version != update.version else ""
        case UpdateKind.WATCHLIST:
            return UNFIT if watch_list_of(update) is None else ""
        case UpdateKind.MODEL:
            return _json_trouble(update.payload)
        case UpdateKind.REVOCATION:
            return _revocation_trouble(update.payload)


def policy_of(update: Update) -> DecisionPolicy | None:
    read = policy_from_text(update.payload)
    return None if isinstance(read, PolicyRefused) else read


def watch_list_of(update: Update) -> WatchList | None:
    try:
        return watch_list_from_text(update.payload)
    except PacketRefused:
        return None


def self_test(update: Update) -> str:
    """Return a code of what goes wrong when an update is tried out, empty if nothing does. A policy that asks for nothing where nothing at
    all was measured would fail open."""
    policy = policy_of(update) if update.kind is UpdateKind.POLICY else None
    return "self-test" if policy is not None and asks_nothing_of_nothing(policy) else ""


def asks_nothing_of_nothing(policy: DecisionPolicy) -> bool:
    """Return whether a policy would let through a case of which nothing at all was measured, whatever the customer came for."""
    cases = (Asked(Case.OPENING), Asked(Case.PAYMENT, 1, policy.currency), Asked(Case.PAYMENT, 10**12, policy.currency))
    return any(assess(policy, asked, ()).wanted is None for asked in cases)


def _json_trouble(payload: str) -> str:
    try:
        return "" if isinstance(canonical.parse(payload.encode("utf-8", errors="replace"), MAX_UPDATE), dict) else UNFIT
    except PacketRefused:
        return UNFIT


def _revocation_trouble(payload: str) -> str:
    try:
        read_revocation(payload)
        read_distrusted(payload)
    except PacketRefused:
        return UNFIT
    return ""
