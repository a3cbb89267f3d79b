"""The doctor on real stations: a sound one, an empty one, and broken ones."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.faults import CameraUnavailable, ModelRefused
from kiosk.settings import BankSettings, Settings, settings_from
from kiosk.station.doctor import Probes, as_json, as_text, examine, exit_code, http_health
from kiosk.trust.identity import station_init
from kiosk.trust.self_checks import BankAnswered, BankProbe, BankSilent, Check, ModelState, Status
from kiosk.values import StationClass
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.wire.keys import bank_public_keys_to_text, draw_bank_identity

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NAMES = [
    "python",
    "models",
    "text-engine",
    "camera",
    "camera-identity",
    "camera-controls",
    "endpoint",
    "fonts",
    "disk",
    "steady-clock",
    "master-key",
    "store",
    "audit-log",
    "clock",
    "station-identity",
    "bank-keys",
    "bank-log",
    "backlog",
    "bank",
]


def settings_in(folder: Path) -> Settings:
    text = """
    [station]
    name = "desk-1"
    branch = "Harbour"
    class = "demo"
    data = "store"
    [bank]
    url = "http://127.0.0.1:9"
    keys = "bank-keys.json"
    """
    return settings_from(text.encode(), folder)


def sound_station(folder: Path) -> Settings:
    settings = settings_in(folder)
    with open_store(settings.station.data, KeyFile(settings.station.master_key)) as store:
        station_init(store, "desk-1", StationClass.DEMO, NOW)
    settings.bank.keys.write_text(bank_public_keys_to_text(draw_bank_identity().public()), encoding="utf-8")
    return settings


def probes(
    models: Callable[[], list[ModelState]] = lambda: [ModelState("face finder", "")],
    camera: Callable[[], str] = lambda: "",
    health: Callable[[BankSettings], BankProbe] = lambda bank: BankAnswered(200, True, False, NOW),
) -> Probes:
    return Probes(models, lambda: "", camera, list, health, lambda: NOW)


def failed(checks: tuple[Check, ...]) -> list[str]:
    return [check.name for check in checks if check.status is Status.FAIL]


def test_a_sound_station_can_work(tmp_path: Path) -> None:
    checks = examine(sound_station(tmp_path), probes())
    assert [check.name for check in checks] == NAMES
    assert failed(checks) == []
    assert exit_code(checks) == 0
    assert "This station can work." in as_text(checks)


def test_an_empty_station_is_told_what_to_run_and_is_left_empty(tmp_path: Path) -> None:
    checks = examine(settings_in(tmp_path), probes())
    assert failed(checks) == ["store", "bank-keys"]
    assert exit_code(checks) == 1
    assert "-> Run `python app.py station init`." in as_text(checks)
    assert list(tmp_path.iterdir()) == []


def test_what_others_find_wrong_is_one_line_each(tmp_path: Path) -> None:
    def no_models() -> list[ModelState]:
        raise ModelRefused("the manifest is missing")

    def no_camera() -> str:
        raise CameraUnavailable("camera 0 does not open")

    checks = examine(sound_station(tmp_path), probes(no_models, no_camera, lambda bank: BankSilent("no connection")))
    assert failed(checks) == ["models", "camera"]
    assert [check.name for check in checks if check.status is Status.WARN and check.name == "bank"] == ["bank"]


def test_a_key_others_can_read_is_refused_and_the_store_not_opened(tmp_path: Path) -> None:
    settings = sound_station(tmp_path)
    settings.station.master_key.chmod(0o644)
    checks = examine(settings, probes())
    assert failed(checks) == ["master-key"]
    assert "0600" in as_text(checks)


def test_a_damaged_store_is_said_and_not_a_crash(tmp_path: Path) -> None:
    settings = sound_station(tmp_path)
    (settings.station.data / "cases.sqlite").write_bytes(b"no database" * 1000)
    assert failed(examine(settings, probes())) == ["store"]


def test_settings_that_claim_another_class_than_the_key_fail(tmp_path: Path) -> None:
    sound_station(tmp_path)
    text = '[station]\nname="desk-1"\nbranch="Harbour"\nclass="qa"\ndata="store"\n[bank]\nurl="http://127.0.0.1:9"\nkeys="bank-keys.json"\n'
    assert failed(examine(settings_from(text.encode(), tmp_path), probes())) == ["station-identity"]


def test_the_json_says_the_same_for_scripts(tmp_path: Path) -> None:
    said = json.loads(as_json(examine(sound_station(tmp_path), probes())))
    assert said["works"] is True
    assert [check["name"] for check in said["checks"]] == NAMES
    assert set(said["checks"][0]) == {"name", "status", "says", "remedy"}


@contextmanager
def answering(
    status: int, body: bytes, headers: dict[str, str] | None = None, shown_keys: bytes = b"{}", trusted: Path = Path("keys")
) -> Iterator[BankSettings]:
    """A real server on this machine that gives every caller one answer, and its keys on their own address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            answer = shown_keys if self.path == "/v1/keys" else body
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield BankSettings(f"http://127.0.0.1:{server.server_port}", trusted, 5.0)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "ready", "production"),
    [
        (200, b'{"ready":true,"production":false}', True, False),
        (503, b'{"ready":false,"production":true}', False, True),
        (200, b"<html>a hotel's sign-in page</html>", False, None),
        (200, b"[" * 60_000, False, None),
        (200, b'{"ready":"yes","production":1}', False, None),
        (302, b"", False, None),
    ],
)
def test_whatever_answers_is_a_clear_finding(status: int, body: bytes, ready: bool, production: bool | None) -> None:
    with answering(status, body, {"location": "http://127.0.0.1:9/"}) as bank:
        probe = http_health(bank)
    assert isinstance(probe, BankAnswered)
    assert (probe.status, probe.ready, probe.production) == (status, ready, production)
    assert probe.date is not None


def test_an_answer_too_long_to_be_honest_says_nothing() -> None:
    with answering(200, b'{"ready":true}' + b" " * 100_000) as bank:
        probe = http_health(bank)
    assert isinstance(probe, BankAnswered)
    assert probe.ready is False


def test_a_bank_that_is_not_there_is_silent() -> None:
    with answering(200, b"") as gone:
        pass
    assert http_health(gone) == BankSilent("no connection")


def test_a_bank_that_shows_other_keys_than_those_trusted_is_found_out(tmp_path: Path) -> None:
    trusted = tmp_path / "bank-keys.json"
    ours, other = (bank_public_keys_to_text(draw_bank_identity().public()) for _ in range(2))
    trusted.write_text(ours, encoding="utf-8")
    for shown, same in ((ours, True), (other, False), ("nonsense", None)):
        with answering(200, b'{"ready":true}', shown_keys=shown.encode(), trusted=trusted) as bank:
            probe = http_health(bank)
        assert isinstance(probe, BankAnswered)
        assert probe.same_keys is same


def test_a_missing_file_of_certificates_is_named(tmp_path: Path) -> None:
    bank = BankSettings("https://127.0.0.1:9", tmp_path / "keys", 5.0, authorities=tmp_path / "bank-ca.pem")
    says = "the file of trusted certificates (bank.authorities) or our own (bank.certificate) cannot be read"
    assert http_health(bank) == BankSilent(says)
