"""A session's record as canonical JSON and exactly back.

The frozen types are the schema: this module walks `SessionRecord` once at import and builds a codec for every type below it.

- A dataclass is an object with its fields, all of them, no others.
- A closed union of dataclasses is the same object with its class's name under `is` (no field can be called that: it is a keyword).
- An enum is its value; a `datetime` is UTC with microseconds and a Z; a `date` is ISO; a `Masked` is what it masks, for the whole text
  only ever travels and rests sealed; a tuple is an array.

Changing a type changes the wire. Then: raise RECORD_FORMAT, add the step from the old format to `_UPGRADES`, keep the old vector. A test
compares the schema's fingerprint with the one written down, so this cannot be forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, Generic, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from kiosk.faults import PacketRefused
from kiosk.record import SessionRecord
from kiosk.values import ConsentPurpose, Masked
from kiosk.wire import canonical
from kiosk.wire.canonical import Json
from kiosk.wire.limits import MAX_ITEMS, MAX_RECORD, MAX_TEXT_CHARS

RECORD_FORMAT = 2
T = TypeVar("T")


def _from_1(value: Json) -> Json:
    """Format 2 added members; a record of format 1 says nothing about them, and this is where nothing is spelled out.

    value: whatever JSON was signed as a record, so no more than an object is believed of it; reading judges the rest.
    """
    if not isinstance(value, dict):
        raise PacketRefused("a record is an object")
    added: dict[str, Json] = {"returning": None, "continues": None, "risk": None, "second_document": None, "needs": [], "wishes": []}
    if added.keys() & value.keys():
        raise PacketRefused("a record of format 1 with members of format 2")
    document, match = value.get("document"), value.get("match")
    grown: dict[str, Json] = {"document": _document_from_1(document)} if isinstance(document, dict) else {}
    if isinstance(match, dict):
        grown["match"] = _match_from_1(match)
    if "liveness" in value:
        grown["liveness"] = _liveness_from_1(value["liveness"])
    if "disposition" in value:
        grown["disposition"] = _disposition_from_1(value["disposition"])
    asked = {"consent": _consent_from_1(value.get("consent")), "station": _station_from_1(value.get("station"))}
    return value | grown | added | asked


def _station_from_1(station: Json) -> Json:
    """Every station of those days had its key in a file."""
    if not isinstance(station, dict) or "key_store" in station:
        raise PacketRefused("a record of format 1 with another station")
    return station | {"key_store": "file"}


def _liveness_from_1(verdict: Json) -> Json:
    """Format 1 kept no prompts, no draw, no cues and no light of a liveness run."""
    evidence = verdict.get("evidence") if isinstance(verdict, dict) else None
    script = evidence.get("script") if isinstance(evidence, dict) else None
    if not isinstance(verdict, dict) or not isinstance(evidence, dict) or not isinstance(script, dict):
        return verdict
    drawn: dict[str, Json] = {"limits": [], "chosen": []}
    script = _with_new(script, {"light_path": "none", "light": [], "light_spare": [], "needs": [], "draw": drawn})
    none_kept: dict[str, Json] = {name: [] for name in ("prompts", "cues", "light")}
    not_told: dict[str, Json] = dict.fromkeys(("begun_ns", "ended_ns", "longest_gap_ms", "extensions", "earlier_runs"), 0)
    return verdict | {"evidence": _with_new(evidence, none_kept | not_told) | {"script": script}}


def _disposition_from_1(disposition: Json) -> Json:
    """Nobody picked a reason from a list yet."""
    return _with_new(disposition, {"picked": None}) if isinstance(disposition, dict) else disposition


def _consent_from_1(consent: Json) -> Json:
    """The text of those days asked for one thing, the check itself, and there was no record without it."""
    if not isinstance(consent, dict) or "purposes" in consent:
        raise PacketRefused("a record of format 1 with another consent")
    return consent | {"purposes": [ConsentPurpose.IDENTITY_CHECK.value]}


def _document_from_1(document: dict[str, Json]) -> Json:
    """Fields had no kind, source or day of issue, findings neither a sureness nor what was seen."""
    fields, findings = document.get("fields"), document.get("findings")
    grown: dict[str, Json] = {}
    if isinstance(fields, dict):
        grown["fields"] = _with_new(fields, {"kind": "", "source": "mrz", "issue_date": None})
    if isinstance(findings, list):
        if not all(isinstance(finding, dict) for finding in findings):
            raise PacketRefused("a finding is an object")
        grown["findings"] = [_with_new(finding, {"sure": 1.0, "seen": ""}) for finding in findings if isinstance(finding, dict)]
    return document | grown


def _with_new(value: dict[str, Json], added: dict[str, Json]) -> dict[str, Json]:
    if added.keys() & value.keys():
        raise PacketRefused("a record of format 1 with members of format 2")
    return value | added


def _match_from_1(match: dict[str, Json]) -> Json:
    """The match said neither how strongly the pictures speak, by which verifier, where, nor how good they were."""
    evidence = match.get("evidence")
    if not isinstance(evidence, dict):
        return match
    return match | {"evidence": _with_new(evidence, {"log_likelihood_ratio": None, "verifier": "", "regions": [], "notes": []})}


_UPGRADES: tuple[Callable[[Json], Json], ...] = (_from_1,)
"""_UPGRADES[n - 1] turns the JSON value of format n into that of n + 1. Raises PacketRefused and nothing else."""


class Unwritable(TypeError):
    """A bug in this program: a value of a type the record does not name, numpy's for instance. The text names the place, not the value."""


@dataclass(frozen=True, slots=True)
class _Codec:
    """schema: the type in words, for the fingerprint. write raises Unwritable; read raises PacketRefused."""

    schema: str
    write: Callable[[Any, str], Json]
    read: Callable[[Json, str], Any]


class Spelling(Generic[T]):
    """One type's canonical JSON, there and back."""

    def __init__(self, codec: "_Codec") -> None:
        self._codec = codec

    def write(self, value: T) -> bytes:
        """Raises PacketRefused if the value holds what canonical JSON cannot, or is larger than a record may be."""
        try:
            spelled = canonical.spell(self._codec.write(value, "value"))
        except ValueError as trouble:
            raise PacketRefused("text or a number that cannot be spelled") from trouble
        if len(spelled) > MAX_RECORD:
            raise PacketRefused("larger than allowed")
        return spelled

    def read(self, spelled: bytes) -> T:
        """Raises PacketRefused and nothing else."""
        value: T = self._codec.read(canonical.parse(spelled, MAX_RECORD), "value")
        return value


def encode_record(record: SessionRecord) -> bytes:
    """Return the record as canonical JSON. Raises PacketRefused if it is larger than a record may be."""
    try:
        spelled = canonical.spell(_RECORD.write(record, "record"))
    except ValueError as trouble:
        raise PacketRefused("the record holds text or a number the wire cannot carry") from trouble
    if len(spelled) > MAX_RECORD:
        raise PacketRefused("the record is larger than allowed")
    return spelled


def decode_record(spelled: bytes, record_format: int) -> SessionRecord:
    """Return the record written in that format, now or years ago. Raises PacketRefused and nothing else."""
    if not 1 <= record_format <= RECORD_FORMAT:
        raise PacketRefused("a record format this version does not know")
    value = canonical.parse(spelled, MAX_RECORD)
    for upgrade in _UPGRADES[record_format - 1 :]:
        value = upgrade(value)
    record: SessionRecord = _RECORD.read(value, "record")
    return record


def spelling_of(kind: type[T]) -> Spelling[T]:
    """Return how another frozen dataclass of such members is spelled, by the same rules; for what never leaves the bank."""
    return Spelling(_codec(kind))


def schema_fingerprint() -> str:
    """Return a digest of every type and field a record can hold; it changes when the wire does."""
    return sha256(_RECORD.schema.encode()).hexdigest()


def _codec(hint: Any) -> _Codec:
    """Return the codec of a type as annotated."""
    origin = get_origin(hint)
    if isinstance(hint, NewType):
        return _codec(hint.__supertype__)
    if origin is Masked:
        return _masked(_codec(get_args(hint)[0]))
    if origin is tuple:
        return _tuple(get_args(hint))
    if origin is UnionType or origin is Union:
        return _union(get_args(hint))
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint, tag=None)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _enum(hint)
    if hint in _LEAVES:
        return _LEAVES[hint]
    raise TypeError(f"the wire has no spelling for {hint!r}")


def _masked(inner: _Codec) -> _Codec:
    def write(value: Any, place: str) -> Json:
        if not isinstance(value, Masked):
            raise Unwritable(f"{place} is not masked")
        return inner.write(value.reveal(), place)

    return _Codec(f"masked({inner.schema})", write, lambda value, place: Masked(inner.read(value, place)))


def _tuple(arguments: tuple[Any, ...]) -> _Codec:
    if len(arguments) != 2 or arguments[1] is not Ellipsis:
        raise TypeError("only tuples of one type and any length go on the wire")
    inner = _codec(arguments[0])

    def write(value: Any, place: str) -> Json:
        if not isinstance(value, tuple):
            raise Unwritable(f"{place} is {type(value).__name__}, not tuple")
        if len(value) > MAX_ITEMS:
            raise PacketRefused(f"{place} has too many items")
        return [inner.write(item, f"{place}[]") for item in value]

    def read(value: Json, place: str) -> Any:
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            raise PacketRefused(f"{place} is not a list of allowed length")
        return tuple(inner.read(item, f"{place}[]") for item in value)

    return _Codec(f"[{inner.schema}]", write, read)


def _union(arguments: tuple[Any, ...]) -> _Codec:
    """A union is one type or None, or a closed list of dataclasses, perhaps or None."""
    optional = NoneType in arguments
    kinds = [kind for kind in arguments if kind is not NoneType]
    inner = _codec(kinds[0]) if len(kinds) == 1 else _tagged(kinds)
    if not optional:
        return inner
    return _Codec(
        f"null|{inner.schema}",
        lambda value, place: None if value is None else inner.write(value, place),
        lambda value, place: None if value is None else inner.read(value, place),
    )


def _tagged(kinds: list[Any]) -> _Codec:
    cases = {kind.__name__: _dataclass(kind, tag=kind.__name__) for kind in kinds}
    classes = set(kinds)

    def write(value: Any, place: str) -> Json:
        if type(value) not in classes:
            raise Unwritable(f"{place} is {type(value).__name__}, which is not one of its cases")
        return cases[type(value).__name__].write(value, place)

    def read(value: Json, place: str) -> Any:
        name = value.get("is") if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in cases:
            raise PacketRefused(f"{place} is not one of its cases")
        return cases[name].read(value, place)

    return _Codec("(" + "|".join(cases[name].schema for name in sorted(cases)) + ")", write, read)


def _dataclass(kind: Any, tag: str | None) -> _Codec:
    hints = get_type_hints(kind)
    members = {field.name: _codec(hints[field.name]) for field in fields(kind)}
    expected = set(members) | ({"is"} if tag else set())

    def write(value: Any, place: str) -> Json:
        if type(value) is not kind:
            raise Unwritable(f"{place} is {type(value).__name__}, not {kind.__name__}")
        written = {name: member.write(getattr(value, name), f"{place}.{name}") for name, member in members.items()}
        return written | {"is": tag} if tag else written

    def read(value: Json, place: str) -> Any:
        if not isinstance(value, dict) or set(value) != expected:
            raise PacketRefused(f"{place} has not exactly its fields")
        return kind(**{name: member.read(value[name], f"{place}.{name}") for name, member in members.items()})

    inside = ",".join(f"{name}:{members[name].schema}" for name in sorted(members))
    return _Codec(f"{tag or ''}{{{inside}}}", write, read)


def _enum(kind: type[StrEnum]) -> _Codec:
    by_value = {member.value: member for member in kind}

    def write(value: Any, place: str) -> Json:
        if not isinstance(value, kind):
            raise Unwritable(f"{place} is {type(value).__name__}, not {kind.__name__}")
        return value.value

    def read(value: Json, place: str) -> Any:
        if not isinstance(value, str) or value not in by_value:
            raise PacketRefused(f"{place} is not one of its words")
        return by_value[value]

    return _Codec("<" + "|".join(sorted(by_value)) + ">", write, read)


def _write_text(value: Any, place: str) -> Json:
    if not isinstance(value, str):
        raise Unwritable(f"{place} is {type(value).__name__}, not str")
    if len(value) > MAX_TEXT_CHARS:
        raise PacketRefused(f"{place} is too long")
    return str(value)


def _read_text(value: Json, place: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARS:
        raise PacketRefused(f"{place} is not text of allowed length")
    return value


def _write_bool(value: Any, place: str) -> Json:
    if type(value) is not bool:
        raise Unwritable(f"{place} is {type(value).__name__}, not bool")
    return value


def _read_bool(value: Json, place: str) -> bool:
    if not isinstance(value, bool):
        raise PacketRefused(f"{place} is not true or false")
    return value


def _write_int(value: Any, place: str) -> Json:
    if type(value) is not int:
        raise Unwritable(f"{place} is {type(value).__name__}, not int")
    return value


def _read_int(value: Json, place: str) -> int:
    if type(value) is not int:
        raise PacketRefused(f"{place} is not an integer")
    return value


def _write_float(value: Any, place: str) -> Json:
    if not isinstance(value, float | int) or isinstance(value, bool):
        raise Unwritable(f"{place} is {type(value).__name__}, not float")
    return float(value)


def _read_float(value: Json, place: str) -> float:
    if type(value) is not float:
        raise PacketRefused(f"{place} is not a number with a point")
    return value


def write_time(value: datetime) -> str:
    """Return a time in UTC as the wire writes it. Raises Unwritable for any other zone."""
    if value.tzinfo is not UTC:
        raise Unwritable("a time that is not in UTC")
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def read_time(text: str, place: str) -> datetime:
    """Return the time; PacketRefused unless it is written exactly as `write_time` does."""
    try:
        read = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as trouble:
        raise PacketRefused(f"{place} is not a time") from trouble
    if write_time(read) != text:
        raise PacketRefused(f"{place} is not a time as we write it")
    return read


def _write_datetime(value: Any, place: str) -> Json:
    if not isinstance(value, datetime) or value.tzinfo is not UTC:
        raise Unwritable(f"{place} is not a time in UTC")
    return write_time(value)


def _read_datetime(value: Json, place: str) -> datetime:
    return read_time(_read_text(value, place), place)


def _write_date(value: Any, place: str) -> Json:
    if type(value) is not date:
        raise Unwritable(f"{place} is {type(value).__name__}, not date")
    return value.isoformat()


def _read_date(value: Json, place: str) -> date:
    text = _read_text(value, place)
    try:
        read = date.fromisoformat(text)
    except ValueError as trouble:
        raise PacketRefused(f"{place} is not a date") from trouble
    if read.isoformat() != text:
        raise PacketRefused(f"{place} is not a date as we write it")
    return read


_LEAVES: dict[Any, _Codec] = {
    str: _Codec("text", _write_text, _read_text),
    bool: _Codec("bool", _write_bool, _read_bool),
    int: _Codec("int", _write_int, _read_int),
    float: _Codec("float", _write_float, _read_float),
    datetime: _Codec("time", _write_datetime, _read_datetime),
    date: _Codec("date", _write_date, _read_date),
}

_RECORD = _codec(SessionRecord)
