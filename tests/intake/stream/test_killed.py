"""Real processes killed in the middle: a worker, the broker, the broker's store, the database. Nothing lost, nothing counted twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from kiosk.intake.ceremony import bank_keys, init_bank
from kiosk.intake.command import main
from kiosk.intake.stream.opening import open_results
from kiosk.measure.analysis_bank import ROOT, AnalysisBank, end, wait_until
from kiosk.measure.analysis_kills import VICTIMS, killed
from kiosk.measure.faults.machines import memory_folder
from kiosk.measure.own_nats import program
from kiosk.measure.own_postgres import programs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.mark.skipif(programs() is None, reason="no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
@pytest.mark.skipif(program() is None, reason="no NATS server is installed here (Debian: apt-get install nats-server)")
def test_whatever_is_killed_each_case_is_analysed_once() -> None:
    tally = killed(rounds=len(VICTIMS), cases=30, workers=2, seed=7, folder=memory_folder())
    assert dict(tally.kills) == dict.fromkeys(VICTIMS, 1)
    assert (tally.brought, tally.lost, tally.doubled, tally.unreadable, tally.openings_whole) == (150, 0, 0, 0, True)
    assert tally.openings >= 150


def test_a_worker_of_one_branch_is_killed_and_its_successor_has_the_rest(tmp_path: Path) -> None:
    """SQLite and a queue in the process: what the dead one had taken is taken again."""
    bank = AnalysisBank(tmp_path / "bank", "", "")
    try:
        packets = bank.packets(60)
        first = bank.start_worker("first")
        assert all(bank.bring(packet) for packet in packets)
        first.send_signal(signal.SIGKILL)
        assert end(first) == {}
        second = bank.start_worker("second", "--until-idle")
        done = end_of(second)
        results = open_results(bank.at)
        counts = results.counts()
        results.close()
    finally:
        bank.close()
    assert (counts.cases, counts.entries, counts.folded) == (60, 60, 60)
    assert done["away"] == ""


def end_of(worker: object) -> dict[str, object]:
    said, _ = worker.communicate(timeout=60)  # type: ignore[attr-defined]
    return dict(json.loads(said.strip().splitlines()[-1]))


def test_a_worker_stops_when_told_and_says_what_it_did(tmp_path: Path) -> None:
    bank = AnalysisBank(tmp_path / "bank", "", "")
    try:
        assert all(bank.bring(packet) for packet in bank.packets(5))
        worker = bank.start_worker("only")
        assert wait_until(lambda: bank.bank.store.queued_count() == 0, 30.0)
        done = end(worker)
        assert (worker.returncode, done["kept"], done["unreadable"], done["fed"]) == (0, 5, 0, 5)
    finally:
        bank.close()


def test_a_broker_that_is_away_is_said_and_the_worker_goes_on_waiting(tmp_path: Path) -> None:
    bank = AnalysisBank(tmp_path / "bank", "", "nats://127.0.0.1:1")
    try:
        worker = bank.start_worker("only")
        assert worker.stdout is not None
        assert next(worker.stdout).startswith("Waiting: the broker does not answer")
        assert end(worker)["away"] != ""
        assert worker.returncode == 0
    finally:
        bank.close()


@contextmanager
def serving(folder: Path, *more: str) -> Iterator[str]:
    command = [sys.executable, "-m", "kiosk.intake", "serve", "--folder", str(folder), "--port", "0", *more]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(line.split()[2] for line in process.stdout if line.startswith("Listening on "))
        finally:
            process.terminate()
            process.wait(60)


def test_a_first_start_makes_the_role_and_grants_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "bank"
    init_bank(folder, production=True)
    assert bank_keys(folder)
    assert main(["analyse", "--folder", str(folder), "--until-idle"]) == 0
    assert (folder / "analysis-keys.json").is_file()
    assert (folder / "analysis" / "analysis.key").stat().st_mode & 0o777 == 0o600
    assert "0 cases kept" in capsys.readouterr().out


def test_lost_results_are_made_again_after_the_bank_grants_its_cases_once_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank = AnalysisBank(tmp_path / "bank", "", "")
    try:
        assert all(bank.bring(packet) for packet in bank.packets(4))
    finally:
        bank.close()
    where = ["--folder", str(bank.folder)]
    assert main(["analyse", *where, "--until-idle"]) == 0
    for file in (bank.folder / "analysis").glob("results.sqlite*"):
        file.unlink()
    assert main(["grant", *where]) == 0
    assert main(["analyse", *where, "--until-idle", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.strip().splitlines()[-1])["kept"] == 4
    assert main(["openings", *where]) == 0
    assert "8 openings, an unbroken chain." in capsys.readouterr().out


def test_the_intake_analyses_beside_and_counts_what_waits(tmp_path: Path) -> None:
    """`serve`, as a bank of one branch starts it; with --no-analysis cases wait."""
    bank = AnalysisBank(tmp_path / "bank", "", "")
    try:
        assert all(bank.bring(packet) for packet in bank.packets(3))
        for more, left in ((["--no-analysis"], "3"), ([], "0")):
            with serving(bank.folder, *more) as url:

                def waiting(url: str = url) -> str:
                    text = httpx.get(url + "/metrics", trust_env=False).text
                    return next(line.split()[1] for line in text.splitlines() if line.startswith("intake_analysis_waiting "))

                assert wait_until(lambda left=left, waiting=waiting: waiting() == left, 30.0)  # type: ignore[misc]
        results = open_results(bank.at)
        assert results.counts().cases == 3
        results.close()
        assert {line.worker for line in bank.bank.store.openings()} == {"intake-0"}
    finally:
        bank.close()
