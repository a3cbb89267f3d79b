"""`app.py policy`: the risk policy, from the officer's file to the signed one.

show     the policy as its canonical text, which the digest is of, and which it is: version, signer, since when
check    every problem of it, in words
test     it on the examples and on this station's recorded cases: what would change, who would be let in, how many more go to people
whatif   one recorded case (`--list` shows ids) under it: then and now, with reasons in order of weight
sign     two people sign FILE for stations of one class; only a file that passes check and test

Without FILE (or --file FILE) it is the policy in force at this station: the bank's newest good one, its signature checked again, or the one
the program came with where the bank sent none or no station is set up here.
`test`, `whatif` and `sign` ask who does it and open the vault of branch.toml; `test --without-vault` runs the examples alone.
Exit codes: 0 sound, tested or done; 1 refused, not passed or a fault; 2 wrong usage.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.arguments import new_file
from kiosk.commands import asking
from kiosk.commands.policy_chosen import NoPolicy, file_of, named_policy, policy_of_store, station_policy, text_of, the_one
from kiosk.faults import Fault, PacketRefused, SealBroken
from kiosk.journey.again import Again, again
from kiosk.policy import BRANCH
from kiosk.record import Decision, SessionRecord, final_decision
from kiosk.risk.backtest import Backtest, Tried, backtest
from kiosk.risk.decision import Recommendation, StepUp
from kiosk.risk.examples import failures
from kiosk.risk.policy_check import PolicyRefused
from kiosk.risk.policy_file import DecisionPolicy, spell
from kiosk.settings import FILE_NAME, load_settings
from kiosk.trust.case_files import CaseFiles, ReadFor
from kiosk.trust.key_choice import station_store
from kiosk.trust.operators import Operators
from kiosk.trust.permissions import Action
from kiosk.trust.policy_in_force import PolicyInForce
from kiosk.trust.presence import Authority, SignedIn
from kiosk.trust.risk_policy import EXAMPLES, examples_from, policy_from_text
from kiosk.trust.station_updates import asks_nothing_of_nothing
from kiosk.values import SessionId
from kiosk.vault.kept import CaseRow
from kiosk.vault.store import Store

MOST_CASES = 100_000


def main(argv: list[str]) -> int:
    chosen = _parser().parse_args(argv)
    try:
        match chosen.what:
            case "show":
                return _show(chosen)
            case "check":
                return _check(chosen)
            case "test":
                return _test(chosen)
            case "whatif":
                return _whatif(chosen)
            case _:
                from kiosk.commands.policy_signing import sign

                return sign(chosen)
    except NoPolicy as refused:
        asking.say(str(refused))
    except LookupError:
        asking.say("No such case is kept here. `app.py policy whatif --list` shows those that are.")
    except Fault as fault:
        asking.say(f"{type(fault).__name__}: {fault}")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py policy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, default=Path(FILE_NAME))
    kinds = parser.add_subparsers(dest="what", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--settings", type=Path, default=argparse.SUPPRESS)
    shared.add_argument("--json", type=new_file, metavar="FILE", help="the outcome as JSON")
    another = argparse.ArgumentParser(add_help=False)
    another.add_argument("--file", dest="other", type=Path, metavar="FILE", help="the same as FILE")
    theirs = "default: the policy in force at this station"
    show = kinds.add_parser("show", parents=[shared, another], help="canonical text and digest, and which policy it is")
    show.add_argument("file", type=Path, nargs="?", metavar="FILE", help=theirs)
    check = kinds.add_parser("check", parents=[shared, another], help="every problem of a policy file")
    check.add_argument("file", type=Path, nargs="?", metavar="FILE", help=theirs)
    test = kinds.add_parser("test", parents=[shared, another], help="what a policy would have decided in recorded cases")
    test.add_argument("file", type=Path, nargs="?", metavar="FILE", help=theirs)
    test.add_argument("--examples", type=Path, default=EXAMPLES, metavar="FILE", help="invented cases and the answers they must get")
    test.add_argument("--without-vault", action="store_true", help="the examples alone; asks nobody to sign in")
    whatif = kinds.add_parser("whatif", parents=[shared, another], help="one recorded case under another policy")
    whatif.add_argument("case", nargs="?", metavar="CASE", help="the case's id, 32 hex digits")
    whatif.add_argument("file", type=Path, nargs="?", metavar="FILE", help=theirs)
    whatif.add_argument("--list", action="store_true", help="show ids, times and decisions of the cases kept here")
    signing = kinds.add_parser("sign", parents=[shared], help="two people sign a policy for stations")
    signing.add_argument("file", type=Path, metavar="FILE")
    signing.add_argument("--key", type=Path, required=True, metavar="FILE", help="the bank's key file (`app.py intake init`)")
    signing.add_argument("--for", dest="station_class", choices=["production", "qa", "demo"], required=True)
    signing.add_argument("--not-before", metavar="TIME", help="ISO 8601, UTC; default: now")
    signing.add_argument("--examples", type=Path, default=EXAMPLES, metavar="FILE")
    signing.add_argument("--out", type=Path, required=True, metavar="FILE")
    return parser


def _show(chosen: argparse.Namespace) -> int:
    named = named_policy(chosen)
    found = station_policy(chosen.settings) if named is None else None
    policy = the_one(named, found)
    which = "" if found is None else f"# {found.says}\n"
    print(spell(policy) + which + f"# digest: {policy.digest}")
    _json(chosen.json, {"digest": policy.digest, "in_force": None if found is None else found.members()})
    return 0


def _check(chosen: argparse.Namespace) -> int:
    file, json_to = file_of(chosen), chosen.json
    if file is None:
        found = station_policy(chosen.settings)
        print(f"In force: {found.says}\nA sound policy, or it would not be: {len(found.policy.rules)} rules. digest {found.policy.digest}")
        _json(json_to, {"sound": True, "problems": [], "digest": found.policy.digest, "in_force": found.members()})
        return 0
    read = policy_from_text(text_of(file))
    problems = [str(problem) for problem in read.problems] if isinstance(read, PolicyRefused) else []
    if isinstance(read, PolicyRefused):
        print("\n".join(problems))
        asking.say(f"{file.name} is refused: {len(problems)} problems. The policy in force stays.")
    else:
        parts = f"{len(read.rules)} rules, {len(read.score.weights)} weights"
        print(f"{file.name} is a sound policy: {read.name} version {read.version}, {parts}.")
        print(f"digest {read.digest}")
    _json(json_to, {"sound": not problems, "problems": problems, "digest": "" if isinstance(read, PolicyRefused) else read.digest})
    return 1 if problems else 0


def _test(chosen: argparse.Namespace) -> int:
    if chosen.without_vault:
        named = named_policy(chosen)
        found = station_policy(chosen.settings) if named is None else None
        return _told(tests_of(the_one(named, found), chosen.examples, None), chosen.json, found)
    named = named_policy(chosen)
    with vault(chosen.settings, Action.READ_CASE) as opened:
        if opened is None:
            return 1
        store, who = opened
        found = policy_of_store(store, load_settings(chosen.settings)) if named is None else None
        policy = the_one(named, found)
        return _told(tests_of(policy, chosen.examples, tried_on_vault(policy, store, who)), chosen.json, found)


@dataclass(frozen=True, slots=True)
class Tests:
    """words: for the officer; members: for JSON; problems: what stands against signing, empty if nothing does."""

    words: str
    members: dict[str, Any]
    problems: tuple[str, ...]


def tests_of(policy: DecisionPolicy, examples: Path, tested: Backtest | None) -> Tests:
    """Raises SettingsRefused for a file that holds no examples."""
    listed = examples_from(examples)
    wrong = list(failures(policy, listed))
    lines = [f"{policy.name} version {policy.version}: {len(listed) - len(wrong)} of {len(listed)} examples get the answer they must."]
    lines += [f"  {example.name}: {answer} instead of {example.expect}" for example, answer in wrong]
    failed = [{"name": one.name, "expected": one.expect, "got": got} for one, got in wrong]
    members: dict[str, Any] = {"examples": len(listed), "examples_failed": failed, "digest": policy.digest}
    problems: tuple[str, ...] = (f"{len(wrong)} examples fail",) if wrong else ()
    if asks_nothing_of_nothing(policy):
        problems += ("where nothing at all was measured it asks for nothing, and every station would roll it back",)
    if tested is not None:
        problems += tested.problems
        members |= _of_backtest(tested)
        lines += _in_words(tested)
    return Tests("\n".join(lines), members | {"passed": not problems, "problems": list(problems)}, problems)


def _told(tested: Tests, json_to: Path | None, in_force: PolicyInForce | None) -> int:
    if in_force is not None:
        print(f"In force: {in_force.says}")
    print(tested.words)
    print("Passed." if not tested.problems else "NOT passed: " + "; ".join(tested.problems) + ".")
    _json(json_to, tested.members | {"in_force": None if in_force is None else in_force.members()})
    return 1 if tested.problems else 0


def _of_backtest(tested: Backtest) -> dict[str, Any]:
    return {
        "cases": tested.cases,
        "changed": [{"case": one.case, "before": one.before, "after": one.after} for one in tested.changed],
        "let_in": list(tested.let_in),
        "referred_before": tested.referred_before,
        "referred_after": tested.referred_after,
        "answers": [{"before": before, "after": after, "cases": cases} for before, after, cases in tested.answers],
    }


def _in_words(tested: Backtest) -> list[str]:
    lines = [
        f"{tested.cases} recorded cases: {len(tested.changed)} get another answer, "
        f"{len(tested.let_in)} of those turned away would be let in.",
        f"To a person or further steps: {100 * tested.referred_before:.1f} % before, {100 * tested.referred_after:.1f} % after.",
    ]
    return lines + [f"  {one.case}  {one.before} -> {one.after}" for one in tested.changed[:20]]


def tried_on_vault(policy: DecisionPolicy, store: Store, who: SignedIn) -> Backtest:
    """Return what the policy says of every recorded case that still opens. Reading each is a line in the audit log."""

    def tried() -> Iterator[Tried]:
        for row in store.rows(MOST_CASES):
            record = _record(store, row.session, who)
            if record is not None:
                before, after = record.recommendation, again(record, policy).recommendation
                yield Tried(row.session, answer_of(before), answer_of(after), _settled(record))

    return backtest(tried())


def _record(store: Store, session: SessionId, who: SignedIn) -> SessionRecord | None:
    """Return a record; None for one that was erased or whose seal is broken: nothing can be learned from it."""
    try:
        return CaseFiles(store, BRANCH.retention).read(who, session, ReadFor.POLICY_TEST, datetime.now(UTC))
    except SealBroken:
        return None


def answer_of(recommendation: Recommendation) -> str:
    return "step-up" if isinstance(recommendation, StepUp) else type(recommendation).__name__.lower()


def _settled(record: SessionRecord) -> str:
    return "" if record.disposition is None else record.disposition.decision.value


def _whatif(chosen: argparse.Namespace) -> int:
    if chosen.case is None and not chosen.list:
        asking.say("Which case? `--list` shows the ids.")
        return 2
    named = named_policy(chosen)
    with vault(chosen.settings, Action.LIST_CASES if chosen.list else Action.READ_CASE) as opened:
        if opened is None:
            return 1
        store, who = opened
        if chosen.list:
            print("\n".join(_line(row) for row in store.rows(200)))
            return 0
        record = CaseFiles(store, BRANCH.retention).read(who, SessionId(chosen.case), ReadFor.POLICY_TEST, datetime.now(UTC))
        in_force = policy_of_store(store, load_settings(chosen.settings)) if named is None else None
        if in_force is not None:
            print(f"In force: {in_force.says}")
        try:
            found = again(record, the_one(named, in_force))
        except PacketRefused as unreadable:
            asking.say(f"The case cannot be decided again: {unreadable}.")
            return 1
        print(_compared(record, found))
        _json(chosen.json, whatif_members(record, found) | {"in_force": None if in_force is None else in_force.members()})
        return 0


def whatif_members(record: SessionRecord, found: Again) -> dict[str, Any]:
    then = record.risk
    return {
        "case": record.session,
        "then": {
            "policy": None if then is None else {"name": then.policy, "version": then.version, "digest": then.digest},
            "probability": None if then is None else then.probability,
            "recommended": answer_of(record.recommendation),
            "reasons": _reasons(record.recommendation),
            "final": final_decision(record).value,
        },
        "now": {
            "policy": {"name": found.risk.policy, "version": found.risk.version, "digest": found.risk.digest},
            "probability": found.risk.probability,
            "recommended": answer_of(found.recommendation),
            "reasons": _reasons(found.recommendation),
        },
        "same": found.same,
    }


def _compared(record: SessionRecord, found: Again) -> str:
    then, now = record.risk, found.risk
    before = "no risk policy" if then is None else f"{then.policy} version {then.version}, probability {then.probability:.4f}"
    lines = [
        f"Case {record.session}, {record.closed_at:%Y-%m-%d %H:%M} UTC",
        f"then: {answer_of(record.recommendation):<8} {before}",
        *(f"      {reason}" for reason in _reasons(record.recommendation)),
        f"now:  {answer_of(found.recommendation):<8} {now.policy} version {now.version}, probability {now.probability:.4f}",
        *(f"      {reason}" for reason in _reasons(found.recommendation)),
    ]
    if final_decision(record) is not Decision.REFER or record.disposition is not None:
        lines.append(f"In the end: {final_decision(record)}")
    return "\n".join(lines)


def _reasons(recommendation: Recommendation) -> list[str]:
    return [f"{reason.code}{f' ({reason.about})' if reason.about else ''}: {reason.weight}" for reason in recommendation.reasons]


def _line(row: CaseRow) -> str:
    return f"{row.session}  {row.closed_at:%Y-%m-%d %H:%M}  {row.channel:<5}  {row.purpose:<22}  {row.decision}"


@contextmanager
def vault(settings_file: Path, action: Action) -> Iterator[tuple[Store, SignedIn] | None]:
    """Open the station's vault for whoever signs in and may do this; None if nobody is signed in. Raises a Fault."""
    settings = load_settings(settings_file)
    with station_store(settings) as store:
        who = asking.sign_in(Operators(store), settings.station.name)
        if who is None:
            yield None
            return
        Authority(store).require(who, action, datetime.now(UTC))
        yield store, who


def _json(to: Path | None, members: dict[str, Any]) -> None:
    if to is not None:
        to.write_text(json.dumps(members, indent=1), encoding="utf-8")
