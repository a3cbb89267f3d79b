"""Practice cannot reach a bank: it has no network, no address, keys nobody knows, and what it seals nobody opens."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.assembly.archive import VaultArchive
from kiosk.assembly.training_ground import training_ground
from kiosk.bank.courier import Courier
from kiosk.bank.nowhere import PRACTICE, Nowhere
from kiosk.faults import PacketRefused
from kiosk.outbox import DeliveryState, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.record import AccountOpening
from kiosk.settings import TRAINED_ROLES, settings_from
from kiosk.station.stepped import SteppedClock
from kiosk.trust.permissions import PEOPLE, Role
from kiosk.trust.presence import Authority, Presence
from kiosk.values import Channel, StationClass
from kiosk.wire.keys import draw_bank_identity
from kiosk.wire.packet import Packet, open_packet
from tests.wire.specimens import APPROVED, PICTURES, of_station

ROOT = Path(__file__).parents[2]
CLOCK = SteppedClock()
SPY = """
import socket, sys
from kiosk.assembly.off_the_network import leave_network
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(); server.settimeout(0.3)
at = server.getsockname()
leave_network()
import httpx
refused = []
for reach in (
    lambda: socket.create_connection(at, 1),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", at),
    lambda: httpx.get(f"http://127.0.0.1:{at[1]}/health", trust_env=False),
    lambda: socket.getaddrinfo("localhost", 80),
):
    try:
        reach()
    except Exception as refusal:
        refused.append(type(refusal).__name__)
try:
    server.accept(); print("REACHED")
except TimeoutError:
    print(len(refused), refused)
"""


def test_nothing_in_a_program_that_left_the_network_reaches_a_server_on_the_same_machine() -> None:
    told = subprocess.run([sys.executable, "-c", SPY], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert told.startswith("4 ")
    assert "REACHED" not in told


def test_the_practice_command_leaves_the_network_before_it_loads_anything_of_the_station() -> None:
    source = (ROOT / "kiosk" / "commands" / "practice.py").read_text(encoding="utf-8")
    body = source[source.index("def main(") :]
    assert body.index("leave_network()") < body.index("_run(")
    probe = "import sys, kiosk.commands.practice; print([name for name in sys.modules if name in ('httpx', 'kiosk.bank.http')])"
    told = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert told.strip() == "[]"


def test_a_practice_case_is_kept_and_never_sent_and_no_bank_can_open_it() -> None:
    with training_ground() as ground:
        assert isinstance(ground.connector, Nowhere)
        assert ground.station_class is StationClass.DEMO
        archive = VaultArchive(ground.store, ground.identity, ground.bank, CLOCK, Presence(Authority(ground.store)))
        of = of_station(APPROVED, ground.identity.name, ground.identity.station_class)
        archive.keep(replace(of, channel=Channel.BOOTH, disposition=None, purpose=AccountOpening(None)), PICTURES)
        (due,) = ground.store.due(CLOCK.now().wall)
        assert ground.connector.deliver(Packet(due.session, due.packet, due.packet_digest)) == Unreachable(PRACTICE)
        courier = Courier(ground.store, ground.connector, SyncPolicy(), lambda: CLOCK.now().wall, lambda report: None)
        courier.run_once(CLOCK.now().wall)
        (row,) = ground.store.rows(10)
        assert (row.delivery, row.last_problem) == (DeliveryState.WAITING, PRACTICE)
        with pytest.raises(PacketRefused, match="another key"):
            open_packet(due.packet, ground.identity.enrolled(), draw_bank_identity())
        folder = ground.store._folder.parent
        assert folder.is_dir()
    assert not folder.exists()


def test_two_practices_share_nothing() -> None:
    with training_ground() as one, training_ground() as other:
        assert one.identity.key_id != other.identity.key_id
        assert one.bank.trusted().current.sealing_key_id != other.bank.trusted().current.sealing_key_id
        assert one.store._folder != other.store._folder


def test_the_branch_says_which_roles_need_a_certificate(tmp_path: Path) -> None:
    assert tuple(role.value for role in PEOPLE if role is not Role.ANALYST) == TRAINED_ROLES
    example = (ROOT / "resources" / "branch.example.toml").read_text(encoding="utf-8")
    assert settings_from(example.encode(), tmp_path).policy.training.required_for == ()
    asked = example.replace("# [training]", "[training]").replace('# required_for = ["teller", "supervisor"]', 'required_for = ["teller"]')
    assert settings_from(asked.encode(), tmp_path).policy.training.required_for == ("teller",)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_practice_plays_a_whole_day_with_an_override_taken_back_and_reviewed(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "app.py", "practice", "--rehearse", "--json", str(tmp_path / "said.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-2000:]
    said = json.loads((tmp_path / "said.json").read_text(encoding="utf-8"))
    del said["seconds"]
    assert said == {"kept": 1, "waiting": 1, "receipted": 0, "receipt_shown": 1, "taken_back": 1, "reviewed": 1, "day_closed": 1}
