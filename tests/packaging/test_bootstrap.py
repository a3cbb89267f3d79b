"""The bootstrap from the outside: real processes, a real environment, a machine that can be made poor on purpose."""

import ast
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_house import ROOT, SmallHouse, build_small_house, write_wheel

fcntl = pytest.importorskip("fcntl", reason="the simulated machine is a Debian")
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the simulated machine is a Debian")


@pytest.fixture
def new_house(tmp_path: Path) -> SmallHouse:
    """A fresh clone: nothing set up yet."""
    return build_small_house(tmp_path)


@pytest.fixture(scope="module")
def set_up_once(tmp_path_factory: pytest.TempPathFactory) -> SmallHouse:
    house = build_small_house(tmp_path_factory.mktemp("set-up"))
    done = house.start("setup")
    assert done.returncode == 0, done.stderr
    return house


@pytest.fixture
def house(set_up_once: SmallHouse, tmp_path: Path) -> SmallHouse:
    """A house that was set up for the demo, in a folder of its own."""
    return set_up_once.moved_to(tmp_path / "copy")


def without_root() -> tuple[str, ...]:
    """Return the prefix under which a command is not root (in a user namespace of its own where the tests run as root)."""
    if os.geteuid() != 0:
        return ()
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "--user", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("running as root and cannot give it up: no user namespaces here")
    return (unshare, "--user")


def test_a_fresh_clone_is_set_up_by_one_command(set_up_once: SmallHouse) -> None:
    assert set_up_once.version_of_tiny() == "1.0"
    assert (set_up_once.root / "build/models/face.onnx").read_text(encoding="utf-8") == "weights"
    assert set_up_once.apt_calls() == []


def test_a_missing_library_stops_the_set_up_with_the_command_that_installs_it(new_house: SmallHouse) -> None:
    new_house.lose("libEGL.so.1", "libdbus-1.so.3")
    done = new_house.start("--no-apt", "demo")
    assert done.returncode == 3
    assert "missing to run at all: libEGL.so.1, libdbus-1.so.3" in done.stderr
    assert "sudo apt-get install -y --no-install-recommends libegl1 libdbus-1-3\n" in done.stderr
    assert not (new_house.root / ".venv").exists()
    assert new_house.apt_calls() == []


def test_whoever_is_not_root_and_has_no_silent_sudo_is_told_what_to_install(new_house: SmallHouse) -> None:
    new_house.lose("libEGL.so.1")
    (new_house.machine / "sudo-asks").touch()
    done = new_house.start("demo", prefix=without_root())
    assert done.returncode == 3
    assert "sudo apt-get install -y --no-install-recommends libegl1\n" in done.stderr
    assert new_house.apt_calls() == []


def test_a_silent_sudo_is_used_by_whoever_is_not_root(house: SmallHouse) -> None:
    house.lose("libEGL.so.1")
    done = house.start("setup", prefix=without_root())
    assert done.returncode == 0, done.stderr
    assert house.apt_calls()[-1].endswith("install -y --no-install-recommends libegl1")


def test_apt_refreshes_once_and_installs_only_what_is_missing(house: SmallHouse) -> None:
    house.lose("libGL.so.1", "libxcb-cursor.so.0")
    first, second = house.start("setup"), house.start("setup")
    assert (first.returncode, second.returncode) == (0, 0)
    assert [call.split("DPkg::Lock::Timeout=120 ")[1] for call in house.apt_calls()] == [
        "update",
        "install -y --no-install-recommends libgl1 libxcb-cursor0",
    ]


def test_an_apt_that_fails_stops_the_set_up_and_shows_what_is_still_missing(house: SmallHouse) -> None:
    house.lose("libGL.so.1")
    (house.machine / "repository").unlink()
    (house.machine / "apt-fails").touch()
    done = house.start("setup")
    assert done.returncode == 3
    assert "missing to run at all: libGL.so.1" in done.stderr


def test_a_missing_window_library_is_said_and_does_not_stop(house: SmallHouse) -> None:
    house.lose("libxcb-cursor.so.0")
    done = house.start("--no-apt", "demo", DISPLAY=":7")
    assert done.returncode == 0
    assert "note: missing to open a window: libxcb-cursor.so.0" in done.stdout
    assert "running offscreen" in done.stdout


def test_what_only_the_tests_need_is_installed_on_their_first_start_and_asked_for_only_once(house: SmallHouse) -> None:
    (house.machine / "bin/Xvfb").unlink()
    for _ in range(2):
        assert house.start("setup").returncode == 0
    assert house.apt_calls() == []
    for _ in range(2):
        done = house.start("check")
        assert "note: missing for the tests that open a window on a virtual display: Xvfb" in done.stdout
    assert [call.split()[-1] for call in house.apt_calls()] == ["update", "xvfb"]


def test_a_system_without_apt_hears_which_libraries_it_lacks(house: SmallHouse) -> None:
    house.lose("libEGL.so.1")
    (house.machine / "bin/apt-get").unlink()
    done = house.start("setup")
    assert done.returncode == 3
    assert "libEGL.so.1" in done.stderr
    assert "no apt-get" in done.stderr


def test_a_missing_font_is_noticed(house: SmallHouse) -> None:
    (house.machine / "share/fonts/truetype/OCRB.otf").unlink()
    done = house.start("--no-apt", "setup")
    assert done.returncode == 3
    assert "fonts-ocr-b" in done.stderr


def test_a_second_start_downloads_installs_and_builds_nothing(house: SmallHouse) -> None:
    # Whatever a second start would want to fetch from is gone, and pip itself with it.
    shutil.rmtree(house.wheels)
    shutil.rmtree(house.root / "build/logs")
    (next((house.root / ".venv/lib").iterdir()) / "site-packages/pip/__main__.py").unlink()
    done = house.start("demo", "--quick")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("in place") == 3
    assert not (house.root / "build/logs").exists()
    assert (house.root / "build/times-built").read_text(encoding="utf-8") == "built "
    assert house.apt_calls() == []


def test_a_second_set_up_waits_for_the_first(house: SmallHouse) -> None:
    with (house.root / "build/set-up.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = house.begin("setup")
        assert second.stdout is not None
        assert "waiting for another set-up" in second.stdout.readline()
        assert second.poll() is None
    rest, _ = second.communicate()
    assert rest.count("in place") == 3
    assert second.returncode == 0


def test_an_interrupted_demo_is_left_to_end_by_itself(house: SmallHouse) -> None:
    app = "import sys\ntry:\n    print('ready', flush=True)\n    sys.stdin.read()\nexcept KeyboardInterrupt:\n    sys.exit(17)\n"
    (house.root / "app.py").write_text(app, encoding="utf-8")
    demo = house.begin("demo")
    assert demo.stdout is not None
    assert "ready\n" in iter(demo.stdout.readline, "")
    os.killpg(demo.pid, signal.SIGINT)
    demo.communicate()
    assert demo.returncode == 17


@pytest.mark.parametrize("stamp", ["", "{", "[]", '{"python": "x"}', '{"python": 1, "locks": 2}'])
def test_a_broken_stamp_is_not_believed(house: SmallHouse, stamp: str) -> None:
    (house.root / ".venv/installed.json").write_text(stamp, encoding="utf-8")
    done = house.start("setup")
    assert done.returncode == 0, done.stderr
    assert "installed from runtime.txt, models.txt" in done.stdout
    assert "in place" in house.start("setup").stdout.splitlines()[1]


def test_a_changed_lock_is_installed_and_the_others_left_alone(house: SmallHouse) -> None:
    house.lock("runtime.txt", write_wheel(house.wheels, "tiny", "1.1", {"tiny.py": 'VERSION = "1.1"\n'}))
    done = house.start("setup")
    assert "installed from runtime.txt (" in done.stdout
    assert house.version_of_tiny() == "1.1"


def test_an_install_that_was_cut_off_is_made_anew(house: SmallHouse) -> None:
    # As a kill in the middle of pip leaves it: the mark, no stamp, metadata in place and the module not.
    (house.root / ".venv/installed.json").unlink()
    (house.root / ".venv/install-under-way").touch()
    (next((house.root / ".venv/lib").iterdir()) / "site-packages/tiny.py").unlink()
    assert house.version_of_tiny() == "ModuleNotFoundError: No module named 'tiny'"
    assert house.start("setup").returncode == 0
    assert house.version_of_tiny() == "1.0"
    assert not (house.root / ".venv/install-under-way").exists()


def test_an_environment_whose_interpreter_is_gone_is_made_anew(house: SmallHouse) -> None:
    house.python.unlink()
    house.python.symlink_to("/nowhere/python3.11")
    assert house.start("setup").returncode == 0
    assert house.version_of_tiny() == "1.0"


def test_a_package_with_another_hash_is_refused_and_nothing_is_stamped(house: SmallHouse) -> None:
    line = write_wheel(house.wheels, "tiny", "1.2", {"tiny.py": 'VERSION = "1.2"\n'})
    house.lock("runtime.txt", line.rpartition(":")[0] + ":" + "0" * 64 + "\n")
    done = house.start("setup")
    assert done.returncode == 4
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    assert house.version_of_tiny() == "1.0"
    assert not (house.root / ".venv/installed.json").exists()


def test_a_package_without_a_hash_is_refused(house: SmallHouse) -> None:
    write_wheel(house.wheels, "tiny", "1.3", {"tiny.py": 'VERSION = "1.3"\n'})
    house.lock("runtime.txt", "tiny==1.3\n")
    assert house.start("setup").returncode == 4
    assert house.version_of_tiny() == "1.0"


def test_a_failed_download_can_be_taken_up_again(house: SmallHouse) -> None:
    line = write_wheel(house.wheels, "tiny", "1.4", {"tiny.py": 'VERSION = "1.4"\n'})
    house.lock("runtime.txt", line)
    shutil.move(house.wheels, house.wheels.with_name("unplugged"))
    assert house.start("setup").returncode == 4
    shutil.move(house.wheels.with_name("unplugged"), house.wheels)
    assert house.start("setup").returncode == 0
    assert house.version_of_tiny() == "1.4"


@pytest.mark.parametrize("change", ["manifest", "lost"])
def test_the_model_pack_is_built_again_when_it_or_its_sources_change(house: SmallHouse, change: str) -> None:
    if change == "manifest":
        (house.root / "models/manifest.toml").write_text("# another model\n", encoding="utf-8")
    else:
        (house.root / "build/models/face.onnx").unlink()
    assert house.start("setup").returncode == 0
    assert (house.root / "build/times-built").read_text(encoding="utf-8") == "built built "
    assert house.start("setup").stdout.count("in place") == 3


def test_a_model_pack_that_cannot_be_built_says_why_and_is_tried_again(house: SmallHouse) -> None:
    (house.root / "build/models/face.onnx").unlink()
    failed = house.start("demo", MODELS_FAIL="1")
    assert failed.returncode == 5
    assert "a download is missing" in failed.stderr
    assert house.start("setup").returncode == 0


def test_the_demo_gets_its_arguments_the_callers_folder_and_gives_its_exit_code(house: SmallHouse, tmp_path: Path) -> None:
    done = house.start("demo", "--speed", "2", "--help", cwd=tmp_path, APP_ENDS="9")
    assert done.returncode == 9
    assert f"app demo --speed 2 --help in {tmp_path}" in done.stdout


def test_neither_pythonpath_nor_pip_settings_bend_the_environment(house: SmallHouse, tmp_path: Path) -> None:
    poison = tmp_path / "poison"
    poison.mkdir()
    for module in ("argparse", "json", "tiny", "setup_steps", "venv"):
        (poison / f"{module}.py").write_text("raise SystemExit('poisoned')\n", encoding="utf-8")
    house.lock("runtime.txt", write_wheel(house.wheels, "tiny", "1.5", {"tiny.py": 'VERSION = "1.5"\n'}))
    done = house.start("demo", PYTHONPATH=f"{poison}::/nowhere", PYTHONSAFEPATH="1", PIP_USER="1", PIP_TARGET=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert house.version_of_tiny() == "1.5"


def test_the_tests_run_after_the_checks_and_both_are_named_at_the_end(house: SmallHouse) -> None:
    done = house.start("test", "-k", "mrz")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pytest -m not slow -k mrz" in done.stdout
    pytests_line, ours = done.stdout.splitlines()[-2:]
    assert pytests_line == "== 3 passed in 0.01s =="
    assert ours == "test: checks passed; tests passed in 0 s"


def test_a_failing_check_fails_the_test_command_and_the_tests_still_run(house: SmallHouse) -> None:
    done = house.start("test", RUFF_FAILS="1")
    assert done.returncode == 1
    assert "E999 something is wrong" in done.stdout
    assert done.stdout.splitlines()[-2:] == ["== 3 passed in 0.01s ==", "test: checks failed: ruff; tests passed in 0 s"]


def test_failing_tests_give_their_own_exit_code(house: SmallHouse) -> None:
    done = house.start("test-long", PYTEST_ENDS="5")
    assert done.returncode == 5
    assert "pytest -m slow" in done.stdout


def test_a_clean_removes_what_was_made_and_keeps_the_stations_own_store(house: SmallHouse) -> None:
    (house.root / "var").mkdir()
    (house.root / "var/station.db").touch()
    assert house.start("clean").returncode == 0
    assert sorted(path.name for path in house.root.iterdir()) == ["app.py", "models", "packaging", "var"]


def test_wrong_usage_is_told_apart_from_failure(house: SmallHouse) -> None:
    assert house.start("dmeo").returncode == 2
    assert house.start().returncode == 2
    assert house.start("--help").returncode == 0


def test_an_old_python_can_read_the_file_that_tells_it_so() -> None:
    source = (ROOT / "packaging/bootstrap.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))


@pytest.mark.parametrize(("tool", "call"), [("make", "make test"), ("python3", "python3 packaging/bootstrap.py test")])
def test_the_build_server_runs_the_readmes_test_command(tmp_path: Path, tool: str, call: str) -> None:
    (tmp_path / "checkout/.ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci/run", tmp_path / "checkout/.ci/run")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / tool).write_text('#!/bin/bash\necho "${0##*/} $* in $PWD"\nexit 7\n', encoding="utf-8")
    (tmp_path / "bin" / tool).chmod(0o755)
    for name in ("bash", "dirname", "env"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "/absent")
    done = subprocess.run([tmp_path / "checkout/.ci/run"], env={"PATH": str(tmp_path / "bin")}, capture_output=True, text=True, check=False)
    assert done.stdout == f"{call} in {tmp_path}/checkout\n"
    assert done.returncode == 7
