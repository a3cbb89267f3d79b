"""Pages from templates. Everything a template puts in is escaped; one that names what is not there fails."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import jinja2

from kiosk.intake.console import words
from kiosk.intake.console.asked import Asked
from kiosk.trust.permissions import Action, may
from kiosk.trust.presence import IDLE_LOCK_AFTER

FOLDER: Final = Path(__file__).resolve().parents[3] / "resources" / "console"
MENU: Final = (
    ("/", "Review queue", Action.REVIEW_CASES),
    ("/proposals", "Second person", Action.SEE_POLICY),
    ("/watch-list", "Watch-list", Action.SEE_POLICY),
    ("/policy", "Policy", Action.SEE_POLICY),
    ("/challenger", "Challenger", Action.SEE_POLICY),
    ("/fleet", "Stations", Action.SEE_FLEET),
    ("/monitors", "Monitors", Action.SEE_FLEET),
    ("/models", "Models", Action.SEE_FLEET),
    ("/audit", "Audit log", Action.READ_AUDIT),
    ("/people", "People", Action.LIST_OPERATORS),
)


class Templates:
    """Thread-safe. Raises jinja2's own errors for a template that is wrong: a bug."""

    def __init__(self) -> None:
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        filters: dict[str, Callable[..., object]] = {
            "outcome": lambda content: json.loads(content)["outcome"],
            "when": words.when,
            "short": words.short,
            "spoken": words.spoken,
            "figure": words.figure,
            "in_words": words.in_words,
        }
        self._jinja.filters |= filters
        self._jinja.globals |= {
            "weights": words.WEIGHTS,
            "decisions": words.DECISIONS,
            "outcomes": words.OUTCOMES,
            "kinds": words.KINDS,
            "ties": words.TIES,
            "money": words.money,
            "ago": words.ago,
            "states": words.STATES,
        }
        self.style = (FOLDER / "console.css").read_text(encoding="utf-8")
        self.script = (FOLDER / "key.js").read_text(encoding="utf-8")

    def fill(self, template: str, asked: Asked, values: Mapping[str, object]) -> str:
        who = asked.who
        said, asked.visit.said = asked.visit.said, ""
        menu = [] if who is None else [(where, name) for where, name, action in MENU if may(who.role, action)]
        return self._jinja.get_template(template).render(
            {
                "who": who,
                "now": asked.now,
                "token": asked.visit.token,
                "menu": menu,
                "said": said,
                "asks_key": False,
                "lock_after_s": int(IDLE_LOCK_AFTER.total_seconds()) + 1,
                "may": lambda action: who is not None and may(who.role, Action(action)),
                **values,
            }
        )

    def bare(self, says: str) -> str:
        """Return a page for who gets nothing else: what is wrong, and the way back."""
        return self._jinja.get_template("bare.html").render({"says": says})
