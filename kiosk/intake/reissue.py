"""When the bank rolls its keys, what its stations go by is signed again by the new one; and a former key can be called distrusted.

A station that was set up under the new key alone does not believe what an older one signed; one that distrusts the old key believes it no
longer. So what is in force, the newest of each kind and class, is signed anew, word for word: the same content, version, people and moment.
Nobody has to agree again, for two people did, and the signature of the key before says so: what it did not sign is left alone. Done by
whoever has the new key first, before stations hear of it; again, it changes nothing.

What a distrusted key signed gets no new signature: who has that key and reaches the table must not have the newest one sign for him. A
revocation may be lost, or removed, with the file it lies in, so the office's log is asked as well.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from kiosk.faults import SettingsRefused
from kiosk.intake.fleet import Fleet, Published
from kiosk.intake.reception import IntakeKeys
from kiosk.values import OperatorId, StationClass
from kiosk.wire.keys import BankPublicKeys
from kiosk.wire.signed_update import (
    Update,
    UpdateKind,
    UpdateRefused,
    genuine_update,
    read_distrusted,
    read_revocation,
    sign_update,
    spell_revocation,
)


def sign_again(fleet: Fleet, keys: IntakeKeys, now: datetime, logged: Collection[str]) -> int:
    """Sign with the newest key what a former one signed and is still in force; return how many envelopes that were. logged: the ids of keys
    the office's log says are distrusted."""
    current = keys.identity.public().answers_key_id
    distrusted = distrusted_keys(fleet, keys).union(logged)
    known = tuple(card.answers for card in _cards(keys) if card.answers_key_id not in distrusted)
    signed = []
    for station_class in StationClass:
        for one in fleet.newest(station_class):
            update = genuine_update(one.envelope, known)
            if isinstance(update, UpdateRefused) or update.issuer == current:
                continue
            signed.append(replace(one, envelope=_by(keys, update)))
    fleet.sign_again(signed, now)
    return len(signed)


def distrust_key(
    fleet: Fleet,
    keys: IntakeKeys,
    named: str,
    classes: tuple[StationClass, ...],
    by: tuple[OperatorId, ...],
    now: datetime,
    retired: Collection[str] = (),
    newest: int = 0,
    known: Collection[str] = (),
) -> int:
    """Publish that nothing counts any more that a former answering key signed, beside all that was revoked before; return the version.

    by: the two people who say so; retired: ids of former ones whose private half was destroyed, which a thief may have all the same;
    newest, known: the newest version and the keys that the office's log speaks of, whatever became of the file they lay in. Raises
    SettingsRefused for a key that is none of the bank's former ones, or is revoked already.
    """
    if named == keys.identity.public().answers_key_id:
        raise SettingsRefused("that is the key in force; roll the keys first")
    if named not in {card.answers_key_id for card in _cards(keys)} | set(retired):
        raise SettingsRefused("that is the id of no former answering key of this bank's")
    payloads = {}
    for station_class, update in ((one, _revocation(fleet, keys, one)) for one in classes):
        contents = () if update is None else read_revocation(update.payload)
        distrusted = () if update is None else read_distrusted(update.payload)
        if named in distrusted:
            raise SettingsRefused("stations were told so already")
        payloads[station_class] = spell_revocation(contents, tuple(dict.fromkeys((*distrusted, *known, named))))
    version = max(fleet.newest_version(UpdateKind.REVOCATION), newest) + 1
    key = keys.identity.answers
    published = [
        Published(UpdateKind.REVOCATION, version, to, sign_update(UpdateKind.REVOCATION, version, to, now, text, key, by), now, -version)
        for to, text in payloads.items()
    ]
    fleet.publish(published)
    return version


def _revocation(fleet: Fleet, keys: IntakeKeys, station_class: StationClass) -> Update | None:
    for one in fleet.newest(station_class):
        update = genuine_update(one.envelope, (keys.identity.public().answers,)) if one.kind is UpdateKind.REVOCATION else None
        if isinstance(update, Update):
            return update
    return None


def distrusted_keys(fleet: Fleet, keys: IntakeKeys) -> frozenset[str]:
    """Return the ids that any revocation of the bank's ever named: one that is distrusted stays so."""
    known = tuple(card.answers for card in _cards(keys))
    read = (genuine_update(one.envelope, known) for one in fleet.history(UpdateKind.REVOCATION))
    return frozenset(named for update in read if isinstance(update, Update) for named in read_distrusted(update.payload))


def _cards(keys: IntakeKeys) -> tuple[BankPublicKeys, ...]:
    return tuple(one.public() for one in (keys.identity, *keys.former))


def _by(keys: IntakeKeys, update: Update) -> bytes:
    return sign_update(
        update.kind, update.version, update.station_class, update.not_before, update.payload, keys.identity.answers, update.by
    )
