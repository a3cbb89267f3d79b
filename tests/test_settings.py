"""branch.toml is taken whole or refused with every problem it has."""

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bank.http import HttpConnector
from kiosk.faults import SettingsRefused
from kiosk.policy import BRANCH, DEMO, SyncPolicy
from kiosk.settings import (
    BankSettings,
    CameraSettings,
    LanguageSettings,
    Problem,
    Settings,
    StationSettings,
    WindowSettings,
    check_settings,
    load_settings,
    settings_from,
)
from kiosk.values import StationClass
from kiosk.wire.keys import draw_bank_identity, draw_station_identity
from kiosk.wire.succession import TrustedBank

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("/etc/identity-desk")
SHORT = """
[station]
name = "booth-1"
branch = "Harbour"
class = "demo"
data = "store"
[bank]
url = "http://127.0.0.1:8443/"
keys = "bank-keys.json"
"""


def problems(text: str) -> list[str]:
    outcome = check_settings(text.encode(), FOLDER)
    assert not isinstance(outcome, Settings)
    return [str(problem) for problem in outcome]


def test_the_shortest_file_gives_every_default() -> None:
    assert settings_from(SHORT.encode(), FOLDER) == Settings(
        StationSettings("booth-1", "Harbour", StationClass.DEMO, FOLDER / "store", FOLDER / "store" / "master.key"),
        CameraSettings(0),
        LanguageSettings("en"),
        BankSettings("http://127.0.0.1:8443", FOLDER / "bank-keys.json", 15.0),
        "branch",
        WindowSettings(full_screen=True, width_px=1280, height_px=800),
    )


def test_the_example_file_is_accepted_and_names_every_key() -> None:
    example = (ROOT / "resources" / "branch.example.toml").read_bytes()
    settings = settings_from(example, FOLDER)
    assert settings.station.name == "harbour-desk-1"
    assert settings.policy is BRANCH


def test_the_language_of_the_example_has_its_phrases() -> None:
    settings = settings_from((ROOT / "resources" / "branch.example.toml").read_bytes(), FOLDER)
    assert (ROOT / "resources" / "phrases" / f"{settings.languages.default}.toml").exists()


def test_every_problem_is_listed_at_once() -> None:
    text = """
    [station]
    name = ""
    class = "prodution"
    data = 7
    [camera]
    device = -1
    [languages]
    default = "French"
    [bank]
    url = "http://bank.example"
    timeout_s = 0
    [window]
    full_screen = "yes"
    width_px = 1.5
    [extra]
    """
    assert problems(text) == [
        "station.name: must be 1 to 64 printable characters without space at either end",
        "station.branch: is missing",
        "station.class: must be one of production, qa, demo; did you mean production?",
        "station.data: must be text in quotes",
        "camera.device: must be the camera's number, 0 to 63, or its path in quotes",
        "languages.default: must be a language code such as en, ar or pt-BR",
        "bank.url: must be https; plain http is only for this machine (127.0.0.1)",
        "bank.keys: is missing",
        "bank.timeout_s: must be a number from 1 to 120",
        "window.full_screen: must be true or false, without quotes",
        "window.width_px: must be a whole number from 640 to 7680",
        "extra: is not a known section",
    ]


def test_a_mistyped_key_is_refused_with_the_nearest_one() -> None:
    assert problems(SHORT + "timout_s = 3\n") == ["bank.timout_s: is not a known key; did you mean timeout_s?"]
    assert problems(SHORT + "[windows]\nfull_screen = false\n") == ["windows: is not a known section; did you mean window?"]


def test_the_demo_policy_is_only_for_a_demo_station() -> None:
    demo = SHORT + '[policy]\nname = "demo"\n'
    assert settings_from(demo.encode(), FOLDER).policy is DEMO
    for other in ("production", "qa"):
        text = demo.replace('class = "demo"', f'class = "{other}"')
        assert problems(text) == ["policy.name: the demo policy is only for a station of class demo"]


@pytest.mark.parametrize(
    "url",
    [
        "https://teller:hunter2hunter2@bank.example",
        "http://127.9.9.9",
        "https://bank.example/hunter2hunter2",
        "https://bank.example/?token=hunter2hunter2",
        "https://bank.example/#hunter2hunter2",
        "https://[hunter2hunter2",
        "ftp://hunter2hunter2",
        "http://hunter2hunter2.example",
        "https://bank.example:hunter2hunter2",
        "https://",
        "bank.example",
        "https://bank.example/ hunter2hunter2",
    ],
)
def test_an_unfit_address_is_refused_without_repeating_what_it_holds(url: str) -> None:
    (problem,) = problems(SHORT.replace("http://127.0.0.1:8443/", url))
    assert problem.startswith("bank.url: must")
    assert "hunter2hunter2" not in problem


@pytest.mark.parametrize("url", ["http://localhost:80", "http://[::1]:9000", "https://bank.example:8443", "https://bank.example"])
def test_a_fit_address_is_taken_as_it_is(url: str) -> None:
    assert settings_from(SHORT.replace("http://127.0.0.1:8443/", url).encode(), FOLDER).bank.url == url


def test_a_file_with_a_byte_order_mark_as_windows_writes_it_is_read() -> None:
    assert settings_from(b"\xef\xbb\xbf" + SHORT.replace("\n", "\r\n").encode(), FOLDER).station.name == "booth-1"


def test_the_connector_takes_every_address_the_settings_take() -> None:
    for url in ("http://localhost:80", "http://[::1]:9000", "https://bank.example:8443", "https://bank.example/"):
        taken = settings_from(SHORT.replace("http://127.0.0.1:8443/", url).encode(), FOLDER).bank.url
        HttpConnector(taken, draw_station_identity("s", StationClass.QA), TrustedBank(draw_bank_identity().public()), SyncPolicy()).close()


def test_a_bank_with_certificates_of_its_own_names_their_file() -> None:
    assert settings_from(SHORT.encode(), FOLDER).bank.authorities is None
    with_own = SHORT + 'authorities = "bank-ca.pem"\n'
    assert settings_from(with_own.encode(), FOLDER).bank.authorities == FOLDER / "bank-ca.pem"


def test_a_station_may_have_a_certificate_to_show() -> None:
    assert settings_from(SHORT.encode(), FOLDER).bank.certificate is None
    with_own = SHORT + 'certificate = "station.pem"\n'
    assert settings_from(with_own.encode(), FOLDER).bank.certificate == FOLDER / "station.pem"


def test_absolute_paths_stay_and_the_key_may_lie_elsewhere() -> None:
    text = SHORT.replace('data = "store"', 'data = "/srv/store"\nmaster_key = "/media/key/master.key"')
    station = settings_from(text.encode(), FOLDER).station
    assert (station.data, station.master_key) == (Path("/srv/store"), Path("/media/key/master.key"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"[station", "is not TOML"),
        (b"a = " + b"[" * 20_000, "is n"),
        (b"a = " + b"9" * 10_000, "is not TOML"),
        (b"#" * 70_000, "is larger than 65536 bytes"),
    ],
)
def test_what_is_no_settings_file_is_one_clear_problem(content: bytes, says: str) -> None:
    outcome = check_settings(content, FOLDER)
    assert isinstance(outcome, tuple)
    assert len(outcome) == 1
    assert outcome[0].says.startswith(says)


def test_a_section_written_as_a_value_is_refused_once() -> None:
    assert "bank: is a section: write [bank]" in problems('bank = "x"\n')


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match=r"branch\.toml cannot be read"):
        load_settings(tmp_path / "branch.toml")


def test_a_file_is_read_with_paths_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "branch.toml").write_text(SHORT, encoding="utf-8")
    assert load_settings(tmp_path / "branch.toml").station.data == tmp_path / "store"


def only_settings_or_problems(content: bytes) -> None:
    match check_settings(content, FOLDER):
        case Settings():
            pass
        case found:
            assert found
            assert all(isinstance(problem, Problem) and "\n" not in str(problem) for problem in found)


@given(st.binary(max_size=300))
def test_any_bytes_are_settings_or_problems(content: bytes) -> None:
    only_settings_or_problems(content)


VALUES = st.one_of(
    st.sampled_from(['""', '"demo"', '"en"', "[]", '["en"]', "[1]", "0", "-1", "1e400", "nan", "true", "1979-05-27", "{a=1}", '"\\u0000"']),
    st.integers().map(str),
    st.floats().map(str),
    st.text(st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters='"\\'), max_size=8).map(lambda text: f'"{text}"'),
)


@given(st.dictionaries(st.sampled_from([line.split(" = ")[0] for line in SHORT.splitlines() if " = " in line]), VALUES, max_size=5))
def test_any_values_under_known_keys_are_settings_or_problems(changed: dict[str, str]) -> None:
    lines = SHORT.splitlines()
    for at, line in enumerate(lines):
        key = line.split(" = ")[0]
        if key in changed:
            lines[at] = f"{key} = {changed[key]}"
    only_settings_or_problems("\n".join(lines).encode())


def test_opening_hours_are_read_and_nonsense_is_named() -> None:
    with_hours = SHORT.replace("[station]\n", '[station]\nhours = "08:30-18:00"\n')
    assert settings_from(with_hours.encode(), FOLDER).station.hours == (time(8, 30), time(18))
    for wrong in ("18:00-08:00", "08:00", "late", "08:00-25:00"):
        assert "station.hours" in "".join(problems(SHORT.replace("[station]\n", f'[station]\nhours = "{wrong}"\n')))
