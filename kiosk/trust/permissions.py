"""Who may do what: one table. What does not stand here is denied, to everybody.

The table is asked where an action is done (`kiosk.trust.authority`), never only where its button is drawn.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    TELLER = "teller"
    SUPERVISOR = "supervisor"
    COMPLIANCE_OFFICER = "compliance-officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    ANALYST = "analyst"
    """Looks into referred and suspicious cases of all branches, at the bank's own console."""
    BOOTH = "booth"
    """The self-service kiosk: no operator stands behind it, and nobody can sign in as one."""


PEOPLE: Final = tuple(role for role in Role if role is not Role.BOOTH)
"""Roles a person can have."""


class Action(StrEnum):
    KEEP_CASE = "keep-case"
    """Run a customer's case to its end and seal the record."""
    DECIDE_CASE = "decide-case"
    """Dispose of a case beside its recommendation."""
    OVERRIDE = "override"
    """Approve against the recommendation."""
    LOAD_PICTURE = "load-picture"
    LIST_CASES = "list-cases"
    """See the list of kept cases, names of their holders included."""
    READ_CASE = "read-case"
    RETRY_DELIVERY = "retry-delivery"
    EXPORT_CASE = "export-case"
    """Hand a customer what is held about them (subject access)."""
    WITHDRAW_CONSENT = "withdraw-consent"
    ERASE_CASE = "erase-case"
    RUN_RETENTION = "run-retention"
    ADD_OPERATOR = "add-operator"
    CHANGE_ROLE = "change-role"
    RESET_OPERATOR = "reset-operator"
    """Take away a lost second factor and set a new password."""
    REMOVE_OPERATOR = "remove-operator"
    LIST_OPERATORS = "list-operators"
    CHANGE_KEYS = "change-keys"
    ENROL_STATION = "enrol-station"
    ACCEPT_CLOCK = "accept-clock"
    VERIFY_AUDIT = "verify-audit"
    EXPORT_AUDIT = "export-audit"
    READ_AUDIT = "read-audit"
    """See the log's lines at the desk."""
    PRINT_RECEIPT = "print-receipt"
    """Hand a customer the paper about their visit."""
    REVIEW_OVERRIDES = "review-overrides"
    RECONCILE_DAY = "reconcile-day"
    VIEW_STATION = "view-station"
    CHOOSE_CAMERA = "choose-camera"
    MAINTAIN_BOOTH = "maintain-booth"
    """Open the booth's maintenance page: look what works, open the camera anew, end the program."""
    TAKE_TRAINING = "take-training"
    VIEW_TRAINING = "view-training"
    """See how far everybody's training is."""
    REVIEW_CASES = "review-cases"
    """See the bank's review queue and what ties cases together; names and numbers are not in it."""
    SEE_PICTURES = "see-pictures"
    """Look at document and face pictures of a case at the bank."""
    SETTLE_CASE = "settle-case"
    """Say what a case turned out to be. What learning may count on takes two."""
    CHANGE_WATCH_LIST = "change-watch-list"
    CHANGE_POLICY = "change-policy"
    """Publish risk policies, thresholds and model notices to the stations."""
    SEE_FLEET = "see-fleet"
    SEE_POLICY = "see-policy"


_TELLER: Final = frozenset(
    {
        Action.KEEP_CASE,
        Action.DECIDE_CASE,
        Action.OVERRIDE,
        Action.LOAD_PICTURE,
        Action.LIST_CASES,
        Action.RETRY_DELIVERY,
        Action.WITHDRAW_CONSENT,
        Action.PRINT_RECEIPT,
        Action.TAKE_TRAINING,
    }
)

_ANALYST: Final = frozenset(
    {
        Action.TAKE_TRAINING,
        Action.READ_CASE,
        Action.REVIEW_CASES,
        Action.SEE_PICTURES,
        Action.SETTLE_CASE,
        Action.CHANGE_WATCH_LIST,
        Action.CHANGE_POLICY,
        Action.SEE_FLEET,
        Action.SEE_POLICY,
    }
)

ALLOWED: Final[Mapping[Role, frozenset[Action]]] = MappingProxyType(
    {
        Role.TELLER: _TELLER,
        Role.SUPERVISOR: _TELLER | _ANALYST | {Action.REVIEW_OVERRIDES, Action.RECONCILE_DAY, Action.VIEW_TRAINING, Action.MAINTAIN_BOOTH},
        Role.ANALYST: _ANALYST,
        Role.COMPLIANCE_OFFICER: frozenset(
            {
                Action.LIST_CASES,
                Action.READ_CASE,
                Action.EXPORT_CASE,
                Action.WITHDRAW_CONSENT,
                Action.ERASE_CASE,
                Action.RUN_RETENTION,
                Action.LIST_OPERATORS,
                Action.VERIFY_AUDIT,
                Action.READ_AUDIT,
                Action.TAKE_TRAINING,
                Action.VIEW_TRAINING,
                Action.REVIEW_CASES,
                Action.SEE_FLEET,
                Action.SEE_POLICY,
            }
        ),
        Role.AUDITOR: frozenset(
            {
                Action.READ_CASE,
                Action.LIST_OPERATORS,
                Action.VERIFY_AUDIT,
                Action.EXPORT_AUDIT,
                Action.READ_AUDIT,
                Action.TAKE_TRAINING,
                Action.REVIEW_CASES,
                Action.SEE_FLEET,
                Action.SEE_POLICY,
            }
        ),
        Role.ADMINISTRATOR: frozenset(
            {
                Action.ADD_OPERATOR,
                Action.CHANGE_ROLE,
                Action.RESET_OPERATOR,
                Action.REMOVE_OPERATOR,
                Action.LIST_OPERATORS,
                Action.CHANGE_KEYS,
                Action.ENROL_STATION,
                Action.ACCEPT_CLOCK,
                Action.VERIFY_AUDIT,
                Action.VIEW_STATION,
                Action.CHOOSE_CAMERA,
                Action.MAINTAIN_BOOTH,
                Action.TAKE_TRAINING,
                Action.VIEW_TRAINING,
                Action.SEE_FLEET,
            }
        ),
        Role.BOOTH: frozenset({Action.KEEP_CASE}),
    }
)

SECOND_PERSON: Final[Mapping[Action, frozenset[Role]]] = MappingProxyType(
    {
        Action.OVERRIDE: frozenset({Role.SUPERVISOR}),
        Action.ERASE_CASE: frozenset({Role.SUPERVISOR, Role.COMPLIANCE_OFFICER}),
        Action.CHANGE_KEYS: frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE_OFFICER}),
        Action.ACCEPT_CLOCK: frozenset({Role.SUPERVISOR, Role.COMPLIANCE_OFFICER, Role.ADMINISTRATOR}),
        Action.SETTLE_CASE: frozenset({Role.ANALYST, Role.SUPERVISOR}),
        Action.CHANGE_WATCH_LIST: frozenset({Role.SUPERVISOR, Role.COMPLIANCE_OFFICER}),
        Action.CHANGE_POLICY: frozenset({Role.SUPERVISOR, Role.COMPLIANCE_OFFICER}),
    }
)
"""Actions that take two different people, both present, and which roles the second may have."""


def may(role: Role, action: Action) -> bool:
    return action in ALLOWED.get(role, frozenset())


def table() -> str:
    """Return the table as Markdown, a row for each action; `2` where a second person is needed as well."""
    lines = ["| action | " + " | ".join(Role) + " | second person |", "| --- |" + " --- |" * (len(Role) + 1)]
    for action in Action:
        marks = [("2" if action in SECOND_PERSON else "yes") if may(role, action) else "-" for role in Role]
        second = ", ".join(sorted(SECOND_PERSON.get(action, frozenset()))) or "-"
        lines.append(f"| {action} | " + " | ".join(marks) + f" | {second} |")
    return "\n".join(lines)
