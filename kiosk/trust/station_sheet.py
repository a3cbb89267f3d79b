"""What the administrator's page says of a station, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """address: the system's number of the camera, or its path; name: as its driver states it."""

    address: int | str
    name: str


@dataclass(frozen=True, slots=True)
class ModelLine:
    """trouble: empty where the file is as it should be."""

    title: str
    licence: str
    trouble: str


@dataclass(frozen=True, slots=True)
class StationSheet:
    """key_store: what holds the master key; ids: of public keys, for comparing with the bank's list; bank_trouble: a code, empty when the
    bank answers with the keys held here."""

    station: str
    branch: str
    station_class: str
    software: str
    policy: str
    key_store: str
    station_key: str
    audit_key: str
    bank_sealing_key: str
    bank_answers_key: str
    bank_trouble: str
    models: tuple[ModelLine, ...]
    cameras: tuple[CameraChoice, ...]
    camera: int | str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the audit log as it is shown."""

    number: int
    at: str
    event: str
    who: str
    session: str
    detail: str


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """broken_at: number of the first line that is not as it was written, 0 for a sound log; because: a code; lines: how many there are;
    head: digest of the newest signed head, hex, to be compared with one kept elsewhere."""

    lines: int
    broken_at: int
    because: str
    head: str
