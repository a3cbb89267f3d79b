"""What a station says of itself, as signals."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from kiosk.record import AccountOpening, ContactDetails, HighValueTransaction
from kiosk.risk.signals import Signal
from kiosk.trust.endpoint import EndpointFindings, usb_devices
from kiosk.trust.sensing import Endpoint, Past, outside_hours
from kiosk.values import Masked, OperatorId
from kiosk.wire.watch_list import Watched, WatchList, purpose_values, watch_hash
from tests.vault.specimen import NOW, PACKET, digest, record, store_in


def by_name(signals: tuple[Signal, ...]) -> dict[str, float]:
    return {one.name: one.value for one in signals}


def plugged(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "idVendor").write_text("1d6b\n")
        (folder / name / "idProduct").write_text("0002\n")
    return folder


def test_a_clean_station_says_so_and_says_nothing_it_cannot_know(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        read = by_name(Endpoint(store, look=EndpointFindings, devices=lambda: None).signals(NOW))
    assert read == {
        "endpoint.debugger": 0.0, "endpoint.remote-desktop": 0.0, "endpoint.virtual-camera": 0.0, "endpoint.clock-behind": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (EndpointFindings(traced=True), "endpoint.debugger"),
        (EndpointFindings(programs=("a debugger",)), "endpoint.debugger"),
        (EndpointFindings(programs=("screen sharing",)), "endpoint.remote-desktop"),
        (EndpointFindings(programs=("screen recording",)), "endpoint.remote-desktop"),
        (EndpointFindings(modules=("v4l2loopback",)), "endpoint.virtual-camera"),
        (EndpointFindings(programs=("a virtual camera",)), "endpoint.virtual-camera"),
    ],
)
def test_what_does_not_belong_on_a_station_is_told(tmp_path: Path, found: EndpointFindings, name: str) -> None:
    with store_in(tmp_path) as store:
        read = by_name(Endpoint(store, look=lambda: found, devices=lambda: None).signals(NOW))
    assert [signal for signal, value in read.items() if value == 1.0] == [name]


def test_a_clock_turned_back_is_as_far_behind_as_the_newest_audit_line(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        read = by_name(Endpoint(store, look=EndpointFindings, devices=lambda: None).signals(NOW - timedelta(hours=1)))
    assert read["endpoint.clock-behind"] == 3_600.0


def test_usb_devices_that_came_or_went_since_the_start_are_counted(tmp_path: Path) -> None:
    bus = plugged(tmp_path / "usb", "1-1", "1-2")
    with store_in(tmp_path) as store:
        watch = Endpoint(store, look=EndpointFindings, devices=lambda: usb_devices(bus))
        assert by_name(watch.signals(NOW))["endpoint.usb-changed"] == 0.0
        plugged(bus, "1-3")
        (bus / "1-1" / "idVendor").unlink()
        assert by_name(watch.signals(NOW))["endpoint.usb-changed"] == 2.0


def test_a_computer_without_usb_says_nothing_of_it(tmp_path: Path) -> None:
    assert usb_devices(tmp_path / "no such folder") is None


def test_changed_program_files_are_counted(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        read = by_name(Endpoint(store, lambda: 3, EndpointFindings, lambda: None).signals(NOW))
    assert read["endpoint.program-changed"] == 3.0


def test_updates_that_were_refused_are_counted_where_updates_are_taken(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        read = by_name(Endpoint(store, look=EndpointFindings, devices=lambda: None, refused=lambda: 2).signals(NOW))
        none = by_name(Endpoint(store, look=EndpointFindings, devices=lambda: None).signals(NOW))
    assert read["endpoint.policy-refused"] == 2.0
    assert "endpoint.policy-refused" not in none


def test_a_watched_telephone_and_a_watched_account_become_signals(tmp_path: Path) -> None:
    key = Masked(b"w" * 32)
    opening = AccountOpening(ContactDetails(Masked("+49 170 995550100"), Masked(""), Masked("")))
    payment = HighValueTransaction(100, "EUR", Masked("UT98 7654"), Masked("UT12 3456"))
    told = dict(purpose_values(opening)) | dict(purpose_values(payment))
    entries = {watch_hash(key, of, told[of]): (of, sure) for of, sure in ((Watched.PHONE, 0.7), (Watched.PAYEE, 0.9))}
    listed = WatchList(key, entries, {watch_hash(key, Watched.PHONE, told[Watched.PHONE]): 2})
    with store_in(tmp_path) as store:
        past = Past(store, watch_list=lambda: listed)
        of_opening, of_payment = (by_name(past.signals(None, None, NOW, purpose)) for purpose in (opening, payment))
        nothing = by_name(past.signals(None, None, NOW, AccountOpening(None)))
    assert (of_opening["context.watchlist"], of_opening["context.linked-fraud"]) == (0.7, 2.0)
    assert (of_payment["context.watchlist"], of_payment["context.linked-fraud"]) == (0.9, 0.0)
    assert "context.watchlist" not in nothing


def test_the_past_of_a_document_an_operator_and_the_station_becomes_signals(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.keep_case(record(), PACKET, digest(), NOW)
        read = by_name(Past(store).signals(record().document.fields, OperatorId("tess"), NOW))
        assert by_name(Past(store).signals(None, None, NOW)).keys() == {"context.station-cases-hour", "context.station-declined-day"}
    assert read["context.earlier-attempts"] == 1.0
    assert read["operator.overrides-today"] == 0.0
    assert "operator.override-excess" not in read


@pytest.mark.parametrize(("hour", "minutes"), [(8, 0.0), (12, 0.0), (18, 0.0), (19, 60.0), (7, 60.0), (1, 420.0)])
def test_minutes_outside_opening_hours_count_to_the_nearer_end(hour: int, minutes: float) -> None:
    assert outside_hours(time(hour), time(8), time(18)) == minutes


def test_the_hours_are_the_branch_s_own(tmp_path: Path) -> None:
    local_noon = datetime(2026, 11, 25, 12).astimezone().astimezone(UTC)
    with store_in(tmp_path) as store:
        assert by_name(Past(store, (time(8), time(18))).signals(None, None, local_noon))["context.outside-hours"] == 0.0
        assert by_name(Past(store, (time(14), time(18))).signals(None, None, local_noon))["context.outside-hours"] == 120.0
