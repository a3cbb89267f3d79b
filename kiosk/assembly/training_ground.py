"""Where practice happens: a vault of its own, keys drawn for it, a bank key nobody holds the other half of, and a connector to nowhere.

Nothing of it is configured: it reads no branch.toml, takes no address, and what it seals nobody can open, not even a real bank: the private
half of the key it seals to is dropped as it is drawn.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from kiosk.assembly.equipment import VERSION, Equipment
from kiosk.assembly.practice import OWNER_FILE, PREFIX, remove_stale
from kiosk.bank.nowhere import Nowhere
from kiosk.journey.closing import Context
from kiosk.policy import BRANCH, Policy
from kiosk.record import StationFacts
from kiosk.trust.risk_policy import shipped_policy
from kiosk.values import StationClass
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.wire.keys import draw_bank_identity, draw_station_identity
from kiosk.wire.succession import TrustedBank

NAME = "training"
UNHURRIED = replace(BRANCH, journey=replace(BRANCH.journey, result_shown_s=600.0))
"""The branch's rules; what is said about a decision stays until the learner has read it."""


@contextmanager
def training_ground(policy: Policy = UNHURRIED) -> Iterator[Equipment]:
    """Make it in a folder that goes with the program. What a killed one left is removed by the next start."""
    remove_stale(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX) as made:
        folder = Path(made)
        (folder / OWNER_FILE).write_text(str(os.getpid()), encoding="ascii")
        facts = StationFacts(NAME, NAME, StationClass.DEMO, VERSION, policy.version)
        bank = TrustedBank(draw_bank_identity().public())
        identity = draw_station_identity(NAME, StationClass.DEMO)
        with open_store(folder / "station", KeyFile(folder / "station" / "master.key"), where=NAME) as store:
            yield Equipment(Context(policy, facts, shipped_policy()), store, identity, bank, Nowhere())
