"""Which key store a station's settings name. The kind is chosen by whoever set the station up and stands in the settings: a station whose
TPM is gone is out of service, it does not go on with something weaker."""

from kiosk.settings import Settings
from kiosk.vault.keys import KeyFile, KeyStore


def key_store_of(settings: Settings) -> KeyStore:
    return KeyFile(settings.station.master_key)
