"""What doctor says about what was found."""

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.faults import FAULTS, StoreDamaged
from kiosk.trust import self_checks
from kiosk.trust.self_checks import BankAnswered, BankSilent, Check, ModelState, Status
from kiosk.values import StationClass
from kiosk.vault.audit import AuditBroken, AuditSound, BrokenBecause
from kiosk.vault.kept import StoreCounts

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("python", "qt", "status"),
    [
        ((3, 11), "6.11.3", Status.OK),
        ((3, 11), "6.12.0", Status.FAIL),
        ((3, 12), "6.12.0", Status.WARN),
        ((3, 11), "6.8.3", Status.WARN),
        ((3, 10), "6.11.3", Status.FAIL),
        ((3, 11), None, Status.FAIL),
    ],
)
def test_the_qt_that_crashes_is_named_before_it_does(python: tuple[int, int], qt: str | None, status: Status) -> None:
    assert self_checks.python_and_qt(python, qt).status is status


def test_a_wrong_model_has_its_own_line_and_a_right_pack_only_one() -> None:
    right, wrong = ModelState("face finder", ""), ModelState("face mesh", "the digest differs")
    assert [check.says for check in self_checks.models([right, wrong])] == ["face mesh: the digest differs."]
    assert [check.status for check in self_checks.models([right, right])] == [Status.OK]
    assert [check.status for check in self_checks.models([])] == [Status.FAIL]


@pytest.mark.parametrize(
    ("behind", "status"),
    [
        (timedelta(seconds=-1), Status.OK),
        (timedelta(0), Status.OK),
        (timedelta(seconds=1), Status.WARN),
        (timedelta(minutes=5), Status.WARN),
        (timedelta(minutes=5, seconds=1), Status.FAIL),
    ],
)
def test_a_clock_turned_back_behind_the_audit_log_is_seen(behind: timedelta, status: Status) -> None:
    assert self_checks.clock(NOW, NOW + behind).status is status


def test_a_clock_before_this_program_existed_cannot_be() -> None:
    assert self_checks.clock(datetime(2025, 12, 31, tzinfo=UTC), None).status is Status.FAIL
    assert self_checks.clock(NOW, None).status is Status.OK


def test_a_duration_clock_that_runs_backwards_is_seen() -> None:
    assert self_checks.steady_clock([1, 2, 2, 3]).status is Status.OK
    assert self_checks.steady_clock([1, 3, 2]).status is Status.FAIL


@pytest.mark.parametrize(
    ("probe", "station_class", "status"),
    [
        (BankAnswered(200, True, False, NOW), StationClass.DEMO, Status.OK),
        (BankAnswered(200, True, True, NOW), StationClass.PRODUCTION, Status.OK),
        (BankAnswered(200, True, None, None), StationClass.PRODUCTION, Status.OK),
        (BankAnswered(200, True, True, NOW), StationClass.DEMO, Status.FAIL),
        (BankAnswered(200, True, False, NOW), StationClass.PRODUCTION, Status.FAIL),
        (BankAnswered(200, True, False, NOW, same_keys=True), StationClass.DEMO, Status.OK),
        (BankAnswered(200, True, False, NOW, same_keys=False), StationClass.DEMO, Status.FAIL),
        (BankAnswered(200, False, None, NOW), StationClass.DEMO, Status.WARN),
        (BankAnswered(503, True, False, NOW), StationClass.DEMO, Status.WARN),
        (BankAnswered(200, True, False, NOW + timedelta(seconds=121)), StationClass.DEMO, Status.WARN),
        (BankSilent("no connection"), StationClass.DEMO, Status.WARN),
    ],
)
def test_the_bank_is_judged_by_what_it_says(probe: self_checks.BankProbe, station_class: StationClass, status: Status) -> None:
    assert self_checks.bank(probe, station_class, NOW).status is status


@pytest.mark.parametrize(
    ("free", "status"), [(199_999_999, Status.FAIL), (200_000_000, Status.WARN), (999_999_999, Status.WARN), (10**9, Status.OK)]
)
def test_a_disk_that_gets_full_is_seen_before_it_is(free: int, status: Status) -> None:
    assert self_checks.disk(free).status is status


def test_a_broken_audit_log_names_its_line() -> None:
    check = self_checks.audit_log(AuditBroken(17, BrokenBecause.ALTERED))
    assert (check.status, check.says) == (Status.FAIL, "The audit log is not as it was written: line 17 is altered.")
    assert self_checks.audit_log(AuditSound(3, b"")).status is Status.OK


def test_cases_set_aside_ask_for_a_look() -> None:
    assert self_checks.store(StoreCounts(3, 1, 1, 1)).status is Status.WARN
    assert self_checks.store(StoreCounts(3, 2, 1, 0)).status is Status.OK


def test_every_check_that_is_not_ok_says_what_to_do() -> None:
    checks: list[Check] = [
        self_checks.python_and_qt((3, 10), None),
        self_checks.python_and_qt((3, 11), None),
        self_checks.python_and_qt((3, 11), "6.12.0"),
        self_checks.python_and_qt((3, 11), "7.0.0"),
        *self_checks.models([]),
        *self_checks.models([ModelState("mesh", "missing")]),
        self_checks.text_engine("a known line came out wrong"),
        self_checks.cameras([], "0", "does not open"),
        self_checks.no_store(),
        self_checks.store(StoreCounts(1, 0, 0, 1)),
        self_checks.audit_log(AuditBroken(1, BrokenBecause.MISSING)),
        self_checks.bank(BankSilent("x"), StationClass.DEMO, NOW),
        self_checks.bank(BankAnswered(404, False, None, None), StationClass.DEMO, NOW),
        self_checks.clock(NOW, NOW + timedelta(days=9)),
        self_checks.steady_clock([2, 1]),
        self_checks.disk(0),
        self_checks.fonts(["Arabic"]),
        *(self_checks.fault("store", kind("what happened")) for kind in FAULTS),
    ]
    assert [check.name for check in checks if check.status is Status.OK or not check.remedy] == []
    assert [check.says for check in checks if not check.says.endswith(".") or check.says.endswith("..")] == []


def test_warnings_do_not_stop_a_station_and_failures_do() -> None:
    warn = self_checks.fonts(["Arabic"])
    assert self_checks.all_well([warn, self_checks.fonts([])])
    assert not self_checks.all_well([warn, self_checks.fault("store", StoreDamaged("x"))])
