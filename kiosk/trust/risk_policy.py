"""The risk policy's file: read from TOML here, at the edge; what it may say is judged in `kiosk/risk/policy_check.py`."""

import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from kiosk.faults import SettingsRefused
from kiosk.risk.examples import Example, ExamplesRefused, read_examples
from kiosk.risk.policy_check import PolicyRefused, Problem, read_policy
from kiosk.risk.policy_file import DecisionPolicy

SHIPPED: Final = Path(__file__).resolve().parent.parent.parent / "resources" / "risk" / "policy.toml"
EXAMPLES: Final = SHIPPED.parent / "examples.toml"
MAX_POLICY_CHARS: Final = 200_000


@lru_cache(maxsize=16)
def policy_from_text(text: str) -> DecisionPolicy | PolicyRefused:
    """Return the policy a TOML text spells, or every reason why it is none. Raises nothing."""
    if len(text) > MAX_POLICY_CHARS:
        return PolicyRefused((Problem("the file", f"it is longer than {MAX_POLICY_CHARS} characters"),))
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as trouble:
        where = str(trouble).rpartition("(at ")[2].rstrip(")") if "(at " in str(trouble) else ""
        return PolicyRefused((Problem("the file", f"it is no TOML{', see ' + where if where else ''}"),))
    return read_policy(value)


@cache
def shipped_policy() -> DecisionPolicy:
    """Return the policy the program came with: what is in force until the bank sends another. Raises SettingsRefused: a broken installation
    opens no case."""
    try:
        read = policy_from_text(SHIPPED.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as trouble:
        raise SettingsRefused("the risk policy the program came with cannot be read") from trouble
    if isinstance(read, PolicyRefused):
        raise SettingsRefused(f"the risk policy the program came with is none: {read.problems[0]}")
    return read


def examples_from(file: Path) -> tuple[Example, ...]:
    """Return the invented cases of a file. Raises SettingsRefused, naming what is wrong."""
    try:
        read = read_examples(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as trouble:
        raise SettingsRefused(f"{file.name} cannot be read as examples of a policy") from trouble
    if isinstance(read, ExamplesRefused):
        raise SettingsRefused(read.says)
    return read
