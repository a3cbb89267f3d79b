"""What can break at the edges: a closed list.

A fault is raised at an edge `from` the library's own error and turned once, in `kiosk/station/crew.py`, into a `WorkFailed`
event. `phrase` names the words a person sees (resources/phrases/*.toml), `remedy` what the operator of the station can do.
`str(fault)` is for the log and must hold no personal data.
"""


class Fault(Exception):
    phrase = "fault.unknown"
    remedy = "remedy.call-support"


class SettingsRefused(Fault):
    """branch.toml is missing, unreadable or holds an impossible value."""

    phrase, remedy = "fault.settings", "remedy.settings"


class CameraUnavailable(Fault):
    """No camera at that address, or the system refuses it."""

    phrase, remedy = "fault.camera-unavailable", "remedy.camera"


class CameraLost(Fault):
    """The camera stopped giving frames in the middle of its work."""

    phrase, remedy = "fault.camera-lost", "remedy.camera"


class RecordingUnreadable(Fault):
    """A video file or folder of frames cannot be read."""

    phrase, remedy = "fault.recording", "remedy.recording"


class PictureUnreadable(Fault):
    """Bytes that are no picture, or one too small or too large to accept."""

    phrase, remedy = "fault.picture", "remedy.picture"


class ModelRefused(Fault):
    """A model file is missing or has a wrong digest, shape or no licence."""

    phrase, remedy = "fault.model", "remedy.model"


class StoreFromNewerVersion(Fault):
    """The store was written by a newer version of this program."""

    phrase, remedy = "fault.store-newer", "remedy.store-newer"


class StoreDamaged(Fault):
    """The store is not a store, or fails its integrity check."""

    phrase, remedy = "fault.store-damaged", "remedy.store-damaged"


class StoreUnavailable(Fault):
    """The store is sound as far as known, but this account may not use it or another program holds it."""

    phrase, remedy = "fault.store-unavailable", "remedy.store-unavailable"


class DiskFull(Fault):
    """Nothing more can be written. Nothing was half-written."""

    phrase, remedy = "fault.disk-full", "remedy.disk-full"


class KeyUnavailable(Fault):
    """A key the station needs is missing or cannot be opened."""

    phrase, remedy = "fault.key-missing", "remedy.key"


class SealBroken(Fault):
    """Sealed bytes do not open: wrong key, wrong place or altered."""

    phrase, remedy = "fault.seal-broken", "remedy.key"


class NotPermitted(Fault):
    """Whoever asked may not do this, or nobody who may is signed in."""

    phrase, remedy = "fault.not-permitted", "remedy.not-permitted"


class PracticeUnavailable(Fault):
    """The practice window cannot be opened: no simulated people in this build, or no room for another program."""

    phrase, remedy = "fault.practice", "remedy.practice"


class PacketRefused(Fault):
    """Bytes that claim to be a packet or receipt and are not acceptable."""

    phrase, remedy = "fault.packet", "remedy.bank"


FAULTS: tuple[type[Fault], ...] = (
    SettingsRefused,
    CameraUnavailable,
    CameraLost,
    RecordingUnreadable,
    PictureUnreadable,
    ModelRefused,
    StoreFromNewerVersion,
    StoreDamaged,
    StoreUnavailable,
    DiskFull,
    KeyUnavailable,
    SealBroken,
    NotPermitted,
    PracticeUnavailable,
    PacketRefused,
)
