"""`app.py policy`: a file is checked in words, tested on recorded cases, and signed by two people or not at all."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import app
from kiosk.record import Decision, Disposition, SessionRecord
from kiosk.risk.policy_file import Act
from kiosk.trust.operators import Operators
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.trust.risk_policy import SHIPPED
from kiosk.values import Masked, OperatorId, SessionId
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.wire.keys import BankIdentity, bank_identity_to_text, draw_bank_identity
from kiosk.wire.signed_update import Update, UpdateKind, genuine_update
from tests.journey import build
from tests.journey.risk_walk import kept, shared_screen, with_rules
from tests.journey.walk import Journey
from tests.trust.people import QUICK, RIGHT, Person, enrolled
from tests.vault.specimen import PACKET, digest

SETTINGS = """
[station]
name = "desk-1"
branch = "Utopia Harbour"
class = "demo"
data = "store"
key_store = "file"
master_key = "master.key"
[camera]
device = 0
[languages]
default = "en"
[bank]
url = "http://127.0.0.1:1"
keys = "bank-keys.json"
timeout_s = 1.0
[policy]
name = "demo"
[window]
full_screen = false
width_px = 800
height_px = 600
"""


@dataclass
class House:
    """A station with three people and two recorded cases: one approved, one whose booth's screen was shared and that mina declined."""

    folder: Path
    people: dict[str, Person]
    bank: BankIdentity
    typed: pytest.MonkeyPatch

    def run(self, *words: str, who: tuple[str, ...] = ()) -> int:
        answers = [line for name in who for line in (name, RIGHT.reveal(), self.people[name].recovery[self._used(name)])]
        self.typed.setattr("sys.stdin", io.StringIO("\n".join(answers) + "\n"))
        return app.main(["policy", *words, "--settings", str(self.folder / "branch.toml")])

    def _used(self, name: str) -> int:
        self.spent[name] = self.spent.get(name, -1) + 1
        return self.spent[name]

    def __post_init__(self) -> None:
        self.spent: dict[str, int] = {}

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    (tmp_path / "branch.toml").write_text(SETTINGS, encoding="utf-8")
    bank = draw_bank_identity()
    (tmp_path / "bank.json").write_text(bank_identity_to_text(bank), encoding="utf-8")
    now = datetime.now(UTC)
    with open_store(tmp_path / "store", KeyFile(tmp_path / "master.key"), where="desk-1") as store:
        operators = Operators(store, QUICK)
        operators.first_administrator("ada", RIGHT, now)
        ada = SignedIn(OperatorId("ada"), Role.ADMINISTRATOR, now)
        roles = {"cora": Role.COMPLIANCE_OFFICER, "sven": Role.SUPERVISOR, "tess": Role.TELLER}
        for name, role in roles.items():
            operators.add(name, RIGHT, role, ada, now)
        people = {name: enrolled(operators, name, role, now) for name, role in roles.items()}
        for number, record in enumerate((approved(), declined())):
            packet = PACKET + bytes([number])
            store.keep_case(record, packet, digest(packet), now)
    return House(tmp_path, people, bank, monkeypatch)


def approved() -> SessionRecord:
    return replace(kept(Journey().compared()), session=SessionId(f"{1:032x}"))


def declined() -> SessionRecord:
    journey = Journey(context=with_rules(()))
    from kiosk.journey.events import Sensed

    journey.send(Sensed(shared_screen()))
    record = kept(journey.compared())
    assert record.risk is not None
    refer = replace(record.risk, wanted=Act.REFER)
    made = Disposition(OperatorId("tess"), Decision.DECLINE, Masked("odd"), None, build.START)
    return replace(record, session=SessionId(f"{2:032x}"), risk=refer, recommendation=build.referred(), disposition=made)


CALM_RULES = 'required = []\nweight = []\nrule = []\nstep-up = "person"\nformat = 1\nname = "calm"\nversion = 7\ncurrency = "EUR"\n'
BANDS = "[rates]\n[score]\noffset = -6.0\nslope = 1.0\n" + "".join(
    f'[[band]]\ncase = "{case}"\nstep-up = 0.3\nrefer = 0.4\ndecline = 1.0\n' for case in ("account-opening", "payment")
)
NO_EXAMPLES = "usual = {}\nexample = []\n"


def test_a_sound_file_is_told_as_such(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.run("check", str(SHIPPED), "--json", str(house.folder / "out.json")) == 0
    assert "is a sound policy: branch version 1" in capsys.readouterr().out
    assert json.loads((house.folder / "out.json").read_text())["sound"] is True


def test_every_problem_of_a_file_is_told_in_words(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    bad = house.write("bad.toml", SHIPPED.read_text("utf-8").replace("context.watchlist >= 0.5", "context.age >= 70"))
    assert house.run("check", bad) == 1
    assert "`age` is a protected trait" in capsys.readouterr().out


def test_the_examples_run_without_a_vault_and_without_signing_in(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.run("test", "--without-vault") == 0
    assert "17 of 17 examples" in capsys.readouterr().out
    assert house.run("test", house.write("calm.toml", CALM_RULES + BANDS), "--without-vault") == 1


def test_a_policy_that_would_let_in_whom_a_person_declined_does_not_pass(house: House) -> None:
    calm, none = house.write("calm.toml", CALM_RULES + BANDS), house.write("none.toml", NO_EXAMPLES)
    out = house.folder / "out.json"
    assert house.run("test", calm, "--examples", none, "--json", str(out), who=("sven",)) == 1
    told = json.loads(out.read_text())
    assert (told["cases"], told["let_in"], told["passed"]) == (2, [f"{2:032x}"], False)


def test_what_if_shows_then_and_now_with_reasons(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    calm, out = house.write("calm.toml", CALM_RULES + BANDS), house.folder / "out.json"
    assert house.run("whatif", f"{2:032x}", calm, "--json", str(out), who=("sven",)) == 0
    told = json.loads(out.read_text())
    assert (told["then"]["recommended"], told["now"]["recommended"]) == ("refer", "approve")
    assert told["now"]["policy"]["version"] == 7
    assert "booth-needs-person" not in capsys.readouterr().out


def test_the_same_policy_says_the_same_of_a_recorded_case(house: House) -> None:
    from kiosk.journey.again import again

    record = approved()
    assert again(record, build.CALM).same


def test_what_if_of_a_case_that_is_not_here_says_so(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.run("whatif", "f" * 32, who=("sven",)) == 1
    assert "No such case is kept here" in capsys.readouterr().err


def test_a_teller_may_not_read_cases_by_way_of_a_policy(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.run("whatif", f"{1:032x}", who=("tess",)) == 1
    assert "NotPermitted" in capsys.readouterr().err


def signing(house: House, policy: str, *who: str, examples: str = "") -> int:
    words = ["sign", policy, "--key", str(house.folder / "bank.json"), "--for", "demo", "--out", str(house.folder / "signed.json")]
    return house.run(*words, *(["--examples", examples] if examples else []), who=who)


def careful(house: House) -> str:
    text = CALM_RULES.replace("rule = []\n", "").replace("required = []", 'required = ["identity.document-doubts"]') + BANDS
    rule = '[[rule]]\nname = "shared"\nwhen = ["endpoint.remote-desktop >= 1"]\nthen = "refer"\n'
    return house.write("careful.toml", text + rule)


def test_two_people_sign_what_passed_and_a_station_can_tell(house: House) -> None:
    policy, none = careful(house), house.write("none.toml", NO_EXAMPLES)
    assert signing(house, policy, "sven", "cora", examples=none) == 0
    update = genuine_update((house.folder / "signed.json").read_bytes(), [house.bank.answers.public_key()])
    assert isinstance(update, Update)
    assert (update.kind, update.version, update.by) == (UpdateKind.POLICY, 7, ("sven", "cora"))
    assert update.payload == Path(policy).read_text("utf-8")


@pytest.mark.parametrize("who", [("sven", "sven"), ("sven", "tess"), ("tess", "sven"), ("cora", "sven")])
def test_one_person_or_somebody_who_may_not_signs_nothing(house: House, who: tuple[str, str]) -> None:
    assert signing(house, careful(house), *who, examples=house.write("none.toml", NO_EXAMPLES)) == 1
    assert not (house.folder / "signed.json").exists()


def test_what_every_station_would_roll_back_is_signed_by_nobody(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    text = Path(careful(house)).read_text("utf-8").replace('required = ["identity.document-doubts"]', "required = []")
    open_hand = house.write("open.toml", text)
    assert signing(house, open_hand, "sven", "cora", examples=house.write("none.toml", NO_EXAMPLES)) == 1
    assert "where nothing at all was measured" in capsys.readouterr().err
    assert not (house.folder / "signed.json").exists()


def test_what_did_not_pass_is_signed_by_nobody(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    calm = house.write("calm.toml", CALM_RULES + BANDS)
    assert signing(house, calm, "sven", "cora", examples=house.write("none.toml", NO_EXAMPLES)) == 1
    assert "would be approved" in capsys.readouterr().err
    assert not (house.folder / "signed.json").exists()
