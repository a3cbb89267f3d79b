"""The desk's specimens: an access that signs everybody in, a busy station, and every scene of the teller's window."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.document.reading import (
    Finding,
    FindingCode,
    MrzLayout,
    PageHint,
    Read,
    Unreadable,
    UnreadableBecause,
    Weight,
)
from kiosk.face.verdict import (
    DifferentFace,
    SameFace,
    Unsure,
)
from kiosk.frame import Frame
from kiosk.journey import states as st
from kiosk.liveness.challenge import Hint, Live
from kiosk.record import Decision, Wish
from kiosk.risk.decision import Reason, ReasonCode, Refer
from kiosk.station.overview import Backlog, CaseRow, DeliveryState, Referred, StationOverview
from kiosk.values import Channel, Masked, OperatorId, SessionId, ns
from ui.specimen_pictures import (
    NOW,
    PAGE_QUAD,
    face_frame,
    page_frame,
)
from ui.specimens import (
    TRANSACTION,
    Specimen,
    case,
    concluded,
    face_view,
    finished,
    live_run,
    liveness_evidence,
    match_evidence,
    proving,
    read_document,
    showing,
)

if TYPE_CHECKING:
    from kiosk.risk.typed import Typed
    from kiosk.trust.factors import FactorOffer
    from kiosk.trust.operators import FactorEnrolled, FactorRefused, LockedUntil, NeedsFactor, SignInOutcome
    from ui.desk import DeskWindow


class OpenDesk:
    """A desk that signs everybody in and asks nobody; remembers the pictures that were asked for."""

    def __init__(self) -> None:
        self.look_kept = ""
        self.loaded: list[tuple[Path, SessionId]] = []
        self.agrees = True
        self.idle = False
        self.locks = self.touches = 0
        self.passwords_typed: list[Typed | None] = []
        self.stretches: list[Typed] = []
        self.unlike = False
        self.swiped: list[tuple[tuple[str, ...], SessionId]] = []
        self.scans_looked_for: list[SessionId] = []
        """The case a scan was looked for; an empty one where what lay there was to be forgotten."""

    def sign_in(self, name: str, password: str, code: str) -> "SignInOutcome":
        from kiosk.trust.operators import NeedsFactor, WrongSecret
        from kiosk.trust.permissions import Role
        from kiosk.trust.presence import SignedIn

        if name == "new":
            return NeedsFactor(OperatorId(name), NOW.wall)
        return SignedIn(OperatorId(name), Role.TELLER, NOW.wall) if password == "right" else WrongSecret()  # noqa: S105

    def unlock(self, password: str, code: str) -> "SignInOutcome":
        return self.sign_in("m.lind", password, code)

    def typed_password(self, typed: "Typed | None") -> None:
        self.passwords_typed.append(typed)

    def typed_on(self, typed: "Typed") -> bool:
        self.stretches.append(typed)
        return self.unlike

    def lock(self) -> None:
        self.locks += 1

    def touched(self) -> None:
        self.touches += 1

    def is_idle(self) -> bool:
        return self.idle

    def look(self) -> str:
        return self.look_kept

    def keep_look(self, code: str) -> None:
        self.look_kept = code

    def offer_factor(self, asked: "NeedsFactor") -> "FactorOffer":
        from kiosk.trust.factors import FactorOffer, Totp

        secret = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"  # noqa: S105  the example of every manual
        address = f"otpauth://totp/Identity%20desk:{asked.name}%40desk-1?secret={secret.replace(' ', '')}&issuer=Identity%20desk"
        return FactorOffer(Totp(Masked(bytes(20))), Masked(address), Masked(secret))

    def enrol_factor(self, asked: "NeedsFactor", offer: "FactorOffer", code: str) -> "FactorEnrolled | FactorRefused":
        from kiosk.trust.operators import FactorEnrolled, FactorRefused

        if code != "123456":
            return FactorRefused("wrong-code")
        return FactorEnrolled(tuple(Masked(f"ABCD-EFGH-JKLM-{number:04d}") for number in range(10)))

    def sign_out(self) -> None:
        """Nobody to forget."""

    def second_person(self, name: str, password: str, code: str, asked: int) -> "bool | LockedUntil":
        return self.agrees and password == "right"  # noqa: S105

    def load_swiped(self, lines: tuple[str, ...], session: SessionId) -> None:
        self.swiped.append((lines, session))

    def load_scanned(self, session: SessionId) -> bool:
        self.scans_looked_for.append(session)
        return False

    def forget_scanned(self) -> None:
        self.scans_looked_for.append(SessionId(""))

    def load_picture(self, path: Path, session: SessionId) -> None:
        self.loaded.append((path, session))


def kept_rows() -> tuple[CaseRow, ...]:
    def row(number: int, holder: str, decision: Decision, delivery: DeliveryState, problem: str, channel: Channel) -> CaseRow:
        opened = NOW.wall - timedelta(minutes=14 * number)
        return CaseRow(
            session=SessionId(f"{number:032x}"),
            opened_at=opened,
            closed_at=opened + timedelta(minutes=2),
            channel=channel,
            purpose="high-value-transaction" if number % 3 == 0 else "account-opening",
            holder=Masked(holder),
            decision=decision,
            delivery=delivery,
            attempts=number if delivery is not DeliveryState.RECEIPTED else 1,
            next_attempt_at=NOW.wall + timedelta(seconds=20),
            last_problem=problem,
        )

    return (
        row(1, "ERIKSSON ANNA MARIA", Decision.APPROVE, DeliveryState.RECEIPTED, "", Channel.DESK),
        row(2, "MUSTERMANN ERIKA", Decision.REFER, DeliveryState.WAITING, "no-connection", Channel.BOOTH),
        row(3, "SPECIMEN JAN", Decision.DECLINE, DeliveryState.SET_ASIDE, "bad-signature", Channel.DESK),
        row(4, "DOE JANE", Decision.APPROVE, DeliveryState.RECEIPTED, "", Channel.BOOTH),
    )


def busy_overview() -> StationOverview:
    return StationOverview(rows=kept_rows(), backlog=Backlog(1, 1, NOW.wall, 400_000), bank_problem="no-connection", operator="m.lind")


def practised_overview() -> StationOverview:
    """What the practice window has kept: nothing of it was sent."""
    rows = tuple(replace(row, delivery=DeliveryState.WAITING, attempts=3, last_problem="practice") for row in kept_rows()[:2])
    return StationOverview(rows=rows, backlog=Backlog(2, 0, NOW.wall, 400_000), bank_problem="practice", operator="learner")


def referred_overview() -> StationOverview:
    """A customer whom the booth referred waits for a teller, one who wants no biometrics, and one who asked for help there."""
    waits = Referred(
        SessionId("e" * 32), NOW.wall, Masked("ERIKSSON ANNA MARIA"), "account-opening", NOW.wall, NOW.wall + timedelta(minutes=90)
    )
    unchecked = (
        replace(waits, session=SessionId(digit * 32), holder=Masked(""), why=why)
        for digit, why in (("d", "no-biometrics"), ("f", "help-called"))
    )
    return replace(busy_overview(), referred=(waits, *unchecked))


def second_document() -> Read:
    """Another document of the same person, which the risk policy asked for: its number does not fit, its photo is the live face's."""
    first = read_document()
    fields = replace(
        first.fields,
        layout=MrzLayout.TD3,
        document_code="P",
        number=Masked("X4402117"),
        expiry_date=NOW.wall.date() + timedelta(days=200),
        printed_address=Masked(""),
        kind="uto-page",
    )
    findings = (
        Finding(FindingCode.CHECK_DIGIT, Weight.AGREES, "composite"),
        Finding(FindingCode.NUMBER_PRINTED, Weight.DOUBTS, "number", 0.88, Masked("X4402117 / X4402711")),
        Finding(FindingCode.LIVE_FACE, Weight.AGREES, "portrait"),
    )
    return replace(first, fields=fields, findings=findings)


def desk_specimens(language: str) -> tuple[Specimen, ...]:
    """Return every scene of the desk."""
    new = case(Channel.DESK, language)
    read = replace(new, document=read_document())
    page, face = page_frame(), face_frame()
    overview = busy_overview()
    good = concluded(Channel.DESK, language, doubtful=False, match=SameFace(match_evidence(0.957)))
    unsure = concluded(Channel.DESK, language, doubtful=True, match=Unsure(match_evidence(0.884)), purpose=TRANSACTION)
    altered = concluded(Channel.DESK, language, doubtful=True, match=SameFace(match_evidence(0.957)), purpose=TRANSACTION)
    by_eye = replace(new, wishes=tuple(Wish), recommendation=Refer((Reason(ReasonCode.NO_BIOMETRICS, Weight.NOTED),)))
    second = replace(
        good,
        second_document=second_document(),
        recommendation=Refer((Reason(ReasonCode.SECOND_DOCUMENT_DOUBTED, Weight.DOUBTS), Reason(ReasonCode.LIVE, Weight.AGREES))),
    )
    other = concluded(Channel.DESK, language, doubtful=False, match=DifferentFace(match_evidence(0.412)), live=False)

    def at(name: str, state: st.State, frame: Frame | None = None) -> Specimen:
        return Specimen(name, state, frame, overview)

    return (
        at("sign-in", st.Idle(), face),
        Specimen("referred-waiting", st.Idle(), face, referred_overview()),
        at("enrol", st.Idle(), face),
        at("recovery-codes", st.Idle(), face),
        at("locked", st.AwaitingDisposition(good), face),
        at("decide-by-eye", st.AwaitingDisposition(by_eye), face),
        at("ready", st.Idle(), face),
        Specimen("ready-empty", st.Idle(), face, StationOverview(operator="m.lind")),
        at("consent", st.AskingConsent(replace(new, consent=None)), face),
        at("document", replace(showing(new), hint=PageHint.HOLD_STILL, quad=PAGE_QUAD), page),
        at("document-another", showing(replace(new, second_since_ns=ns(999))), page),
        at("document-reading", replace(showing(new), quad=PAGE_QUAD, reading_since_ns=ns(999)), page),
        at("document-failed", replace(showing(new), attempts=2, last_failure=Unreadable(UnreadableBecause.GLARE)), page),
        at("document-other-side", replace(showing(new), so_far=read_document(), hint=PageHint.OTHER_WAY, attempts=1), page),
        at("face-ready", st.PreparingFace(read, NOW.monotonic_ns), face),
        at("face", proving(replace(read, wishes=(Wish.LARGE_TEXT, Wish.SPOKEN)), live_run(1, hint=Hint.COME_CLOSER)), face),
        at("comparing", st.Comparing(replace(read, liveness=Live(liveness_evidence()), views=(face_view(),)), NOW.monotonic_ns), face),
        at("decide-approve", st.AwaitingDisposition(good), face),
        at("decide-refer", st.AwaitingDisposition(unsure), face),
        at("decide-document", st.AwaitingDisposition(altered), face),
        at("decide-second-document", st.AwaitingDisposition(second), face),
        at("decide-other-person", st.AwaitingDisposition(other), face),
        at("keeping", st.Keeping(good, NOW.monotonic_ns, NOW.monotonic_ns, None), face),
        at("camera-away", st.CameraAway(new, showing(new), NOW.monotonic_ns - ns(5))),
        Specimen(
            "recording-ended",
            st.CameraAway(new, showing(new), NOW.monotonic_ns - ns(5)),
            overview=replace(overview, camera_problem="RecordingEnded"),
        ),
        at("booth-case", showing(case(Channel.BOOTH, language)), page),
        at("ended", finished(Channel.DESK, language, st.Decided(Decision.REFER)), face),
        at("ended-could-not-keep", finished(Channel.DESK, language, st.CouldNotKeep("DiskFull")), face),
        at("out-of-service", st.OutOfService("StoreDamaged")),
    )


def practice_specimens(language: str) -> tuple[Specimen, ...]:
    """Return what only the practice window shows."""
    overview, face = practised_overview(), face_frame()
    return (
        Specimen("practice-sign-in", st.Idle(), face, overview),
        Specimen("practice-ready", st.Idle(), face, overview),
        Specimen("practice-ended", finished(Channel.DESK, language, st.Decided(Decision.REFER)), face, overview),
    )


def tell_practice(desk: "DeskWindow") -> None:
    """Say what the teacher says in the practice window, wherever it stands."""
    from ui.practice import Exercise, feedback, people

    desk.sign_in.tell(people(("learner", "8f2c41d07b93e6a5", "284917"), ("supervisor", "c07d9b1e55a2f384", "650032")))
    desk.new_case.exercises.tell(frozenset({Exercise.OVERRIDE, Exercise.UNDO}))
    desk.ended.tell(feedback("tampered-card", Decision.REFER))
