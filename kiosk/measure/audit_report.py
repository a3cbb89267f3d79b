"""`make audit` (`app.py audit-report`): the regular audit, one dated report a bank's auditor can file, and its SBOM beside it.

Sections: known vulnerabilities of every locked dependency, their licences, static security analysis, a secret scan, a CycloneDX SBOM, the
role table, an attack suite against a running intake, the residue scan. Each ends with `passed`, `FAILED` or `not checked`; what could not
be reached or run is never called clean.

Exit codes: 0 nothing failed (some things may be `not checked`, and the report says so), 1 something failed.
"""

import argparse
import importlib.metadata
import json
import re
import subprocess
import sys
import time
import tomllib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from kiosk.arguments import new_file
from kiosk.trust.permissions import table

LOCKS: Final = ("runtime", "models", "dev", "audit")
REQUIREMENTS: Final = Path("packaging/requirements")
CODE: Final = ("app.py", "kiosk", "ui", "models", "packaging")
ALLOWED_LICENCES: Final = re.compile(
    r"apache|mit\b|bsd|isc|psf|python software|mpl|mozilla|lgpl|unlicense|cc0|0bsd|zlib|hpnd|public domain|blueoak", re.IGNORECASE
)
NEVER: Final = re.compile(r"\bagpl|affero|(?<!l)(?<!lesser )gpl-?[23]|non-?commercial|proprietary", re.IGNORECASE)
WITHIN_S: Final = 1_200
"""A busy machine is slow; what takes longer is said as not run."""


class Ends(StrEnum):
    PASSED = "passed"
    FAILED = "FAILED"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Section:
    """command: what shows the same again; says: Markdown lines."""

    title: str
    ends: Ends
    command: str
    says: tuple[str, ...]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py audit-report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("build/audit"), help="folder of report and SBOM")
    parser.add_argument("--json", type=new_file, metavar="FILE")
    parser.add_argument("--without-residue", action="store_true", help="leave the residue scan out; said as not checked")
    chosen = parser.parse_args(argv)
    chosen.out.mkdir(parents=True, exist_ok=True)
    began = datetime.now(UTC)
    packages = locked_packages()
    sections = []
    for name, check in (
        ("vulnerabilities", vulnerabilities),
        ("licences", lambda: licences(packages)),
        ("static analysis", static_analysis),
        ("secrets", secrets),
        ("SBOM", lambda: bill_of_materials(packages, chosen.out / f"sbom-{began:%Y-%m-%d}.cdx.json", began)),
        ("role table", role_table),
        ("attacks", attacks),
        ("residue", lambda: residue(skip=chosen.without_residue)),
    ):
        since = time.monotonic()
        section = check()
        print(f"  {name:<18} {section.ends} ({time.monotonic() - since:.1f} s)", flush=True)
        sections.append(section)
    report = chosen.out / f"audit-{began:%Y-%m-%d}.md"
    report.write_text(as_markdown(sections, began), encoding="utf-8")
    print(f"  report: {report}")
    if chosen.json:
        said = [{"title": one.title, "ends": one.ends.value, "command": one.command} for one in sections]
        chosen.json.write_text(json.dumps({"at": began.isoformat(), "sections": said}, indent=1), encoding="utf-8")
    return 1 if any(one.ends is Ends.FAILED for one in sections) else 0


def as_markdown(sections: list[Section], at: datetime) -> str:
    version = _run(["git", "rev-parse", "HEAD"])[1].strip() or "unknown"
    lines = [f"# Audit of {at:%Y-%m-%d %H:%M} UTC", "", f"Commit `{version}`, Python {sys.version.split()[0]}.", ""]
    lines += ["| what | ends |", "| --- | --- |"]
    lines += [f"| {one.title} | {one.ends} |" for one in sections]
    for one in sections:
        lines += ["", f"## {one.title}: {one.ends}", "", f"Again with `{one.command}`.", "", *one.says]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Package:
    """hashes: SHA-256 of every file it may come as."""

    name: str
    version: str
    hashes: tuple[str, ...]
    locks: tuple[str, ...]


def locked_packages() -> tuple[Package, ...]:
    """Return every package of the installed locks, once."""
    found: dict[tuple[str, str], Package] = {}
    for lock in LOCKS:
        text = (REQUIREMENTS / f"{lock}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
        for line in text.splitlines():
            named = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", line)
            if named is None:
                continue
            hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
            before = found.get((named[1], named[2]))
            locks = (lock,) if before is None else (*before.locks, lock)
            found[named[1], named[2]] = Package(named[1], named[2], hashes, locks)
    return tuple(found[key] for key in sorted(found))


def vulnerabilities() -> Section:
    title, command = "Known vulnerabilities of dependencies", "pip-audit --require-hashes -r packaging/requirements/<lock>.txt"
    says, ends = [], Ends.PASSED
    for lock in LOCKS:
        words = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off", "-f", "json"]
        code, out, _ = _run([*words, "--timeout", "8", "-r", str(REQUIREMENTS / f"{lock}.txt")], within_s=120)
        try:
            found: dict[str, Any] = json.loads(out)
            listed = found["dependencies"]
        except (ValueError, KeyError, TypeError):
            says.append(f"- {lock}: **not checked**: the source of advisories could not be reached (pip-audit ended with {code})")
            ends = ends if ends is Ends.FAILED else Ends.NOT_CHECKED
            continue
        skipped = [one["name"] for one in listed if "skip_reason" in one]
        known = [(one["name"], one.get("version"), flaw["id"]) for one in listed for flaw in one.get("vulns", [])]
        says.append(f"- {lock}: {len(listed) - len(skipped)} checked, {len(known)} known vulnerabilities, {len(skipped)} not checked")
        says += [f"  - **{name} {version}: {flaw}**" for name, version, flaw in known]
        if known:
            ends = Ends.FAILED
        elif skipped and ends is Ends.PASSED:
            ends = Ends.NOT_CHECKED
    return Section(title, ends, command, tuple(says))


def licences(packages: tuple[Package, ...]) -> Section:
    says = ["| package | version | licence | judged |", "| --- | --- | --- | --- |"]
    ends = Ends.PASSED
    for package in packages:
        licence = _licence_of(package.name)
        if licence is None:
            judged = "not installed here"
        elif all(NEVER.search(choice) for choice in licence.split(" OR ")):
            judged, ends = "**not allowed**", Ends.FAILED
        elif ALLOWED_LICENCES.search(licence):
            judged = "allowed"
        else:
            judged = "**look**"
            ends = ends if ends is Ends.FAILED else Ends.NOT_CHECKED
        says.append(f"| {package.name} | {package.version} | {(licence or '-')[:60]} | {judged} |")
    return Section("Licences of dependencies", ends, "app.py audit-report (importlib.metadata of what is installed)", tuple(says))


def static_analysis() -> Section:
    code, out, error = _run([sys.executable, "-m", "bandit", "-q", "-r", *CODE, "-f", "json", "-x", "./models/train"], within_s=240)
    ruff, _, _ = _run([sys.executable, "-m", "ruff", "check", "--select", "S", "--ignore", "S101,S603,S607", "."], within_s=120)
    command = "bandit -r app.py kiosk ui models packaging; ruff check --select S --ignore S101,S603,S607 ."
    try:
        found = json.loads(out)["results"]
    except (ValueError, KeyError):
        return Section("Static security analysis", Ends.NOT_CHECKED, command, (f"bandit did not run (ended with {code}): {error[-200:]}",))
    by_level = {level: [one for one in found if one["issue_severity"] == level] for level in ("HIGH", "MEDIUM", "LOW")}
    says = [f"- bandit: {len(by_level['HIGH'])} high, {len(by_level['MEDIUM'])} medium, {len(by_level['LOW'])} low"]
    says.append(f"- ruff, security rules: {'clean' if ruff == 0 else 'findings'}")
    looked = [*by_level["HIGH"], *by_level["MEDIUM"]]
    for one in looked:
        says.append(f"  - {one['issue_severity']} {one['test_id']} {one['filename']}:{one['line_number']} {one['issue_text'][:90]}")
    failed = bool(by_level["HIGH"]) or ruff != 0
    return Section("Static security analysis", Ends.FAILED if failed else Ends.PASSED, command, tuple(says))


def secrets() -> Section:
    """Whatever looks like a key or password in a tracked file. Keys of test vectors are named `TEST-KEY-` and are worth nothing."""
    command = "detect-secrets scan --all-files=false"
    tracked = [name for name in _run(["git", "ls-files"])[1].splitlines() if not _is_known_harmless(name)]
    words = [sys.executable, "-m", "detect_secrets", "scan", "--disable-plugin", "HexHighEntropyString"]
    code, out, _ = _run([*words, *tracked], within_s=300)
    try:
        results: dict[str, list[dict[str, Any]]] = json.loads(out)["results"]
    except (ValueError, KeyError):
        return Section("Secrets in the repository", Ends.NOT_CHECKED, command, (f"detect-secrets did not run (ended with {code})",))
    grave = [(name, one) for name, found in results.items() for one in found if one["type"] in _GRAVE]
    looked = sum(len(found) for found in results.values()) - len(grave)
    says = [f"- {len(tracked)} tracked files; {len(grave)} keys or tokens; {looked} words beside `password` or the like, looked at by eye"]
    says += [f"  - **{one['type']} {name}:{one['line_number']}**" for name, one in grave]
    return Section("Secrets in the repository", Ends.FAILED if grave else Ends.PASSED, command, tuple(says))


_GRAVE: Final = frozenset(
    {"Private Key", "AWS Access Key", "GitHub Token", "GitLab Token", "Slack Token", "Stripe Access Key", "JSON Web Token",
     "Azure Storage Account access key", "PyPI Token", "NPM tokens", "SendGrid API Key", "Twilio API Key", "Square OAuth Secret"}
)  # fmt: skip


def _is_known_harmless(name: str) -> bool:
    no_text = name.endswith((".png", ".onnx", ".sqlite", ".packet", ".npz"))
    return no_text or "TEST-KEY-" in name or name.startswith("packaging/requirements/")


def bill_of_materials(packages: tuple[Package, ...], out: Path, at: datetime) -> Section:
    """Write a CycloneDX 1.6 bill of materials of every locked package, checked against the schema where the library can."""
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{one.name}@{one.version}",
            "name": one.name,
            "version": one.version,
            "purl": f"pkg:pypi/{one.name}@{one.version}",
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.hashes[:1]],
            "properties": [{"name": "identity-desk:lock", "value": lock} for lock in one.locks],
            **({"licenses": [{"license": {"name": licence[:80]}}]} if (licence := _licence_of(one.name)) else {}),
        }
        for one in packages
    ]
    models = tomllib.loads(Path("models/manifest.toml").read_text(encoding="utf-8"))
    components += [
        {"type": "machine-learning-model", "bom-ref": f"model:{name}", "name": name, "version": "1"}
        for name, value in models.items()
        if isinstance(value, dict)
    ]
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "application", "bom-ref": "identity-desk", "name": "identity-desk", "version": "0.1.0"},
        },
        "components": components,
    }
    text = json.dumps(bom, indent=1)
    out.write_text(text, encoding="utf-8")
    trouble = _schema_trouble(text)
    digest = sha256(text.encode()).hexdigest()
    says = (f"- {len(components)} components in `{out.name}`, SHA-256 {digest}", f"- schema: {trouble or 'valid'}")
    ends = Ends.PASSED if not trouble else Ends.NOT_CHECKED if trouble.startswith("not checked") else Ends.FAILED
    return Section("Software bill of materials (CycloneDX 1.6)", ends, "app.py audit-report", says)


def _schema_trouble(text: str) -> str:
    try:
        from cyclonedx.exception import MissingOptionalDependencyException
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    except ImportError:
        return "not checked: cyclonedx-python-lib is not installed"
    try:
        wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    except MissingOptionalDependencyException:
        return "not checked: the schema's validator is not installed"
    return "" if wrong is None else f"invalid: {str(wrong)[:200]}"


def role_table() -> Section:
    words = [sys.executable, "-m", "pytest", "-q", "tests/assembly/test_role_table.py", "-p", "no:cacheprovider"]
    code, out, _ = _run(words, within_s=WITHIN_S)
    says = (table(), "", f"Every role at every action, done for real: {out.strip().splitlines()[-1] if out.strip() else 'did not run'}")
    return Section("Roles and actions", Ends.PASSED if code == 0 else Ends.FAILED, "pytest tests/assembly/test_role_table.py", says)


def attacks() -> Section:
    from kiosk.measure.attacks import run_attacks
    from kiosk.measure.specimen_record import record_of

    tried = run_attacks(record_of)
    says = ["| attack | held | what came back |", "| --- | --- | --- |"]
    for one in tried:
        came = "".join(char if char.isprintable() and char != "|" else " " for char in one.came)[:70]
        says.append(f"| {one.name} | {'yes' if one.held else '**NO**'} | {came} |")
    held = all(one.held for one in tried)
    return Section("Attacks on a running intake", Ends.PASSED if held else Ends.FAILED, "app.py audit-report", tuple(says))


def residue(*, skip: bool) -> Section:
    command = "app.py residue"
    if skip:
        return Section("Residue of a customer", Ends.NOT_CHECKED, command, ("left out at the caller's wish",))
    code, out, error = _run([sys.executable, "app.py", "residue"], within_s=WITHIN_S)
    told = [line for line in out.splitlines() if line.strip()]
    if not told:
        return Section("Residue of a customer", Ends.NOT_CHECKED, command, (f"did not run: {error[-300:]}",))
    return Section("Residue of a customer", Ends.PASSED if code == 0 else Ends.FAILED, command, ("```", *told, "```"))


def _licence_of(name: str) -> str | None:
    """Return what the installed package says of its licence, None where it is not installed."""
    try:
        held = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    classified = [line.rsplit("::", 1)[-1].strip() for line in held.get_all("Classifier") or [] if line.startswith("License ::")]
    expressions = held.get_all("License-Expression") or classified or held.get_all("License") or []
    return ", ".join(expressions).split("\n")[0] or "not stated"


def _run(words: list[str], within_s: float = 30) -> tuple[int, str, str]:
    """Return exit code, output and errors; 124 when it took too long, 127 when there is no such program."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=within_s, check=False)
    except subprocess.TimeoutExpired:
        return 124, "", "took too long"
    except FileNotFoundError:
        return 127, "", "not installed"
    return done.returncode, done.stdout, done.stderr
