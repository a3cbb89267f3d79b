"""A checkout in miniature with the real bootstrap in it, and a machine around it that can be made poor on purpose.

Nothing is mocked: real processes, a real virtual environment, real pip installing real (tiny) wheels from a folder. Only the
machine is a simulator: `ldconfig`, `apt-get` and `sudo` on PATH are small shell scripts that keep their state in files.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))
from setup_steps.system_packages import NEEDS, Kind  # noqa: E402

LIBRARIES = tuple(need.name for need in NEEDS if need.kind is Kind.LIBRARY)
FONTS = tuple(need.name for need in NEEDS if need.kind is Kind.FONT)

LDCONFIG = '#!/bin/sh\nwhile read -r name; do echo "\t$name (libc6,x86-64) => /lib/$name"; done < "$MACHINE/libraries"\n'
APT_GET = """#!/bin/sh
echo "$*" >> "$MACHINE/apt-calls"
case " $* " in *" install "*) [ -f "$MACHINE/repository" ] && cat "$MACHINE/repository" > "$MACHINE/libraries";; esac
[ ! -f "$MACHINE/apt-fails" ]
"""
SUDO = '#!/bin/sh\n[ -f "$MACHINE/sudo-asks" ] && exit 1\nshift\nexec "$@"\n'

APP = 'import os, sys\nprint("app", *sys.argv[1:], "in", os.getcwd())\nsys.exit(int(os.environ.get("APP_ENDS", "0")))\n'
BUILD_MODELS = """import os, pathlib, sys
pack = pathlib.Path("build/models")
pack.mkdir(parents=True, exist_ok=True)
(pack / "face.onnx").write_text("weights")
with pathlib.Path("build/times-built").open("a") as log:
    log.write("built ")
sys.exit("a download is missing" if "MODELS_FAIL" in os.environ else 0)
"""
CHECKERS = {
    "ruff.py": 'import os, sys\nsys.exit("E999 something is wrong" if "RUFF_FAILS" in os.environ else 0)\n',
    "mypy.py": "",
    "importlinter/__init__.py": "",
    "importlinter/cli.py": "def lint_imports_command(): pass\n",
    "pytest.py": 'import os, sys\nprint("pytest", *sys.argv[1:])\nprint("== 3 passed in 0.01s ==", flush=True)\n'
    'sys.exit(int(os.environ.get("PYTEST_ENDS", "0")))\n',
}


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> str:
    """Write a wheel of pure modules and return the line that locks it."""
    info = f"{name}-{version}.dist-info"
    tag = "py3-none-any"
    contents = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
        for path, text in contents.items()
    )
    wheel = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**contents, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@dataclass(frozen=True, slots=True)
class SmallHouse:
    root: Path
    machine: Path
    wheels: Path

    @property
    def python(self) -> Path:
        return self.root / ".venv/bin/python"

    def start(self, *words: str, cwd: Path | None = None, prefix: tuple[str, ...] = (), **env: str) -> subprocess.CompletedProcess[str]:
        """Run the bootstrap on the simulated machine and return how it ended."""
        return subprocess.run(
            [*prefix, sys.executable, str(self.root / "packaging/bootstrap.py"), *words],
            env=self.environment() | env,
            cwd=cwd or self.root,
            capture_output=True,
            text=True,
            check=False,
        )

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start the bootstrap in a process group of its own, as a terminal does, and return while it runs."""
        return subprocess.Popen(
            [sys.executable, str(self.root / "packaging/bootstrap.py"), *words],
            env=self.environment(),
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(self.machine / "bin"),
            "HOME": str(self.machine / "home"),
            "XDG_DATA_DIRS": str(self.machine / "share"),
            "MACHINE": str(self.machine),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_CACHE_DIR": "1",
            "PIP_CONFIG_FILE": os.devnull,
        }

    def lock(self, name: str, *lines: str) -> None:
        (self.root / "packaging/requirements" / name).write_text("".join(lines), encoding="utf-8")

    def lose(self, *libraries: str) -> None:
        """Take libraries off the machine; apt's repository still has them."""
        every = (self.machine / "libraries").read_text(encoding="utf-8").split()
        (self.machine / "repository").write_text("\n".join(every) + "\n", encoding="utf-8")
        left = [name for name in every if name not in libraries]
        (self.machine / "libraries").write_text("\n".join(left) + "\n", encoding="utf-8")

    def apt_calls(self) -> list[str]:
        calls = self.machine / "apt-calls"
        return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []

    def version_of_tiny(self) -> str:
        """Import the one runtime dependency of the small house with its own interpreter."""
        answer = subprocess.run([self.python, "-c", "import tiny; print(tiny.VERSION)"], capture_output=True, text=True, check=False)
        return answer.stdout.strip() or answer.stderr.strip().splitlines()[-1]

    def moved_to(self, folder: Path) -> "SmallHouse":
        """Return a copy of the whole house, machine and all, as if the checkout had been copied."""
        shutil.copytree(self.root.parent, folder, symlinks=True, copy_function=_link_pip_copy_the_rest)
        return SmallHouse(folder / "house", folder / "machine", folder / "wheels")


def _link_pip_copy_the_rest(source: str, target: str) -> object:
    """pip's two thousand files are never written in place, so a link does; anything a test may write to is copied."""
    return os.link(source, target) if "/site-packages/pip/" in source else shutil.copy2(source, target)


def build_small_house(folder: Path) -> SmallHouse:
    """Build a house that was never started, on a machine that has everything."""
    house = SmallHouse(folder / "house", folder / "machine", folder / "wheels")
    for place in (house.root / "packaging/requirements", house.root / "models", house.wheels, house.machine / "bin"):
        place.mkdir(parents=True)
    (house.machine / "home").mkdir()
    shutil.copy(ROOT / "packaging/bootstrap.py", house.root / "packaging")
    shutil.copytree(ROOT / "packaging/setup_steps", house.root / "packaging/setup_steps")
    (house.root / "app.py").write_text(APP, encoding="utf-8")
    (house.root / "models/__init__.py").touch()
    (house.root / "models/build.py").write_text(BUILD_MODELS, encoding="utf-8")
    (house.root / "models/manifest.toml").write_text("# one model\n", encoding="utf-8")
    _furnish_machine(house.machine)
    house.lock("runtime.txt", write_wheel(house.wheels, "tiny", "1.0", {"tiny.py": 'VERSION = "1.0"\n'}))
    house.lock("models.txt", write_wheel(house.wheels, "converter", "1.0", {"converter.py": ""}))
    house.lock("dev.txt", write_wheel(house.wheels, "checkers", "1.0", CHECKERS))
    return house


def _furnish_machine(machine: Path) -> None:
    programs = {"ldconfig": LDCONFIG, "apt-get": APT_GET, "sudo": SUDO}
    named = tuple(need.name for need in NEEDS if need.kind is Kind.PROGRAM)
    programs |= dict.fromkeys(named, "#!/bin/sh\n")
    for name, script in programs.items():
        (machine / "bin" / name).write_text(script, encoding="utf-8")
        (machine / "bin" / name).chmod(0o755)
    for name in ("sh", "env", "cat", "true"):
        found = shutil.which(name)
        assert found is not None
        (machine / "bin" / name).symlink_to(found)
    (machine / "libraries").write_text("\n".join(LIBRARIES) + "\n", encoding="utf-8")
    (machine / "share/fonts/truetype").mkdir(parents=True)
    for font in FONTS:
        (machine / "share/fonts/truetype" / font).touch()
