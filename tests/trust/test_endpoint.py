"""Who else is on this computer, from a folder laid out as Linux lays out /proc."""

from pathlib import Path

from kiosk.trust import self_checks
from kiosk.trust.endpoint import EndpointFindings, EndpointWatch, look_around
from kiosk.trust.self_checks import Status


def computer(
    root: Path, *, tracer: int = 0, programs: tuple[str, ...] = ("systemd", "python3"), modules: tuple[str, ...] = ("uvcvideo",)
) -> Path:
    (root / "self").mkdir(parents=True)
    (root / "self" / "status").write_text(f"Name:\tpython3\nTracerPid:\t{tracer}\n")
    for number, program in enumerate(programs, 100):
        (root / str(number)).mkdir()
        (root / str(number) / "comm").write_text(program + "\n")
    (root / "modules").write_text("".join(f"{module} 16384 1 - Live 0x0\n" for module in modules))
    return root


def test_a_clean_station_has_no_findings(tmp_path: Path) -> None:
    found = look_around(computer(tmp_path))
    assert found.clean
    assert self_checks.endpoint(found).status is Status.OK


def test_a_debugger_and_a_module_that_feigns_cameras_fail_the_check(tmp_path: Path) -> None:
    found = look_around(computer(tmp_path, tracer=42, modules=("v4l2loopback",)))
    assert found == EndpointFindings(traced=True, modules=("v4l2loopback",))
    assert self_checks.endpoint(found).status is Status.FAIL


def test_screen_sharing_is_a_warning_that_names_no_person(tmp_path: Path) -> None:
    found = look_around(computer(tmp_path, programs=("systemd", "anydesk", "obs")))
    assert found.programs == ("screen sharing", "screen recording")
    assert self_checks.endpoint(found).status is Status.WARN


def test_a_system_that_tells_nothing_has_no_findings(tmp_path: Path) -> None:
    assert look_around(tmp_path / "nothing").clean


def test_a_virtual_camera_fails_its_check_and_a_real_one_is_named() -> None:
    assert self_checks.camera_identity("v4l2loopback; no bus; OBS Virtual Camera").status is Status.FAIL
    assert self_checks.camera_identity("uvcvideo; usb 046d:0825; C270").says == "The camera: uvcvideo; usb 046d:0825; C270."
    assert self_checks.camera_identity("").status is Status.OK


def test_the_computer_is_looked_at_now_and_then_and_told_in_kinds_not_names(tmp_path: Path) -> None:
    now, looked = [0], [0]

    def look() -> EndpointFindings:
        looked[0] += 1
        return look_around(computer(tmp_path / str(looked[0]), tracer=7, programs=("anydesk",)))

    watch = EndpointWatch(lambda: now[0], look)
    assert [watch() for _ in range(5)] == ["a debugger on this program, screen sharing"] * 5
    assert looked[0] == 1
    now[0] = 60_000_000_000
    watch()
    assert looked[0] == 2


def test_a_camera_that_answers_no_request_is_a_warning() -> None:
    deaf = "camera 0 (V4L2; uvcvideo; usb 1:2; C; controls ignored; size not offered)"
    assert self_checks.camera_controls(deaf).status is Status.WARN
    well = self_checks.camera_controls(deaf.replace("ignored", "obeyed"))
    assert well.status is Status.OK
    assert well.says == "Asked at random for changes, the camera answered: controls obeyed and size not offered."
    assert self_checks.camera_controls("").status is Status.OK
