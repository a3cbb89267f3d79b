"""Where challenge scripts come from: a cryptographic random source, or a tester."""

import secrets
from dataclasses import dataclass

from kiosk.liveness.challenge import Script
from kiosk.liveness.script import ScriptPlan, draw_script
from kiosk.policy import LivenessPolicy


@dataclass(frozen=True, slots=True)
class DrawnScripts:
    """Implements `station.ports.ScriptSource` for customers."""

    policy: LivenessPolicy

    def draw(self, plan: ScriptPlan) -> Script:
        return draw_script(secrets.randbelow, self.policy, plan)


@dataclass(frozen=True, slots=True)
class FixedScripts:
    """Gives the one script QA fixed, for recordings that cannot obey; the record says so."""

    script: Script

    def draw(self, plan: ScriptPlan) -> Script:
        return self.script
