"""`python -m tests.fakes.lies_shown`: a bank that lies in every way it can, and what the station makes of each.

One packet, brought over a real connection to each liar. Exit status 0 only if no lie counts as delivered or refused.
"""

import sys

from kiosk.outbox import Accepted, AlreadyHeld, Mistrusted, Refused, Unreachable
from tests.fakes.branch import draw_branch
from tests.fakes.lying_bank import KNOWN, LIES, SIGNED_LIES, LyingBank, honest, http, sealed
from tests.wire.specimens import APPROVED, PICTURES


def main() -> int:
    branch = draw_branch()
    packet, taken_in = branch.packet(APPROVED, PICTURES), 0
    says = {name: say for name, (say, _) in LIES.items()}
    for name, (lie, _) in SIGNED_LIES.items():
        says[f"[signed] {name}"] = lambda heard, lie=lie: http("200 OK", sealed(heard, lie(heard)))
    says["is honest"] = honest
    for name, say in says.items():
        with LyingBank(say, branch.bank, branch.booth.enrolled()) as bank:
            answer = branch.connect(bank.url, known=KNOWN).deliver(packet)
        match answer:
            case Mistrusted(code=code, evidence=evidence):
                found = f"caught: {code}; pictures kept, {len(evidence)} bytes of evidence kept"
            case Unreachable(code=code):
                found = f"no answer: {code}; pictures kept, tried again"
            case Accepted() | AlreadyHeld() | Refused():
                found = f"believed: {type(answer).__name__}"
                taken_in += name != "is honest"
        sys.stdout.write(f"{name:<55} {found}\n")
    sys.stdout.write(f"{len(says) - 1} lies, {taken_in} believed\n")
    return int(taken_in > 0)


if __name__ == "__main__":
    sys.exit(main())
