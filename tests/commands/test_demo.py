"""What the demo does to the folder it is given."""

from pathlib import Path

from kiosk.commands.demo import remove_own_pictures

OWN = ("01-start-idle-attract.png", "12-cooperative-provinglive-turn-left.png", "40-somebody-elses-card-finished-done.png")
FOREIGN = (
    "holiday.png",
    "01-holiday.png",
    "01-start-idle-attract.jpg",
    "1-start-idle-attract.png",
    "01-start-idle-sunset.png",
    "x01-start-idle-wait.png",
)


def test_only_the_demos_own_pictures_are_removed(tmp_path: Path) -> None:
    for name in OWN + FOREIGN:
        (tmp_path / name).write_bytes(b"")
    remove_own_pictures(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(FOREIGN)


def test_a_folder_without_pictures_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"")
    remove_own_pictures(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
