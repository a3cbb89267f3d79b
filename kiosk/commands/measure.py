"""`app.py measure WHAT …`: hands over to the evaluation named."""

import argparse
import importlib
from collections.abc import Callable

EVALUATIONS = {
    "sessions": ("kiosk.measure.sessions", "whole journeys on recordings"),
    "journey": ("kiosk.measure.journey_times", "how long a visit takes, step by step, with simulated co-operative customers"),
    "documents": ("kiosk.measure.documents", "reading labelled document pictures"),
    "authenticity": ("kiosk.measure.authenticity", "signs of forgery on simulated forgeries and on genuine specimens"),
    "liveness": ("kiosk.measure.liveness", "blinks, turns, attacks refused and guided runs on labelled clips"),
    "documents-disturbed": ("kiosk.measure.document_copies", "reading the MRZ on disturbed copies of them"),
    "documents-guidance": ("kiosk.measure.document_guidance", "how long the live watch takes on a 1080p frame"),
    "mrz-lines": ("kiosk.measure.mrz_lines", "reading single rows that are drawn"),
    "liveness-retimed": ("kiosk.measure.liveness_retimed", "guided clips re-timed to obey drawn scripts"),
    "liveness-light": ("kiosk.measure.liveness_light", "the light challenge, with simulated reflection on clips"),
    "liveness-solid": ("kiosk.measure.liveness_solid", "flat and bent prints that turn, against the solid head"),
    "liveness-first-look": ("kiosk.measure.liveness_first_look", "blinks, turns, scripts and the same face, clip by clip"),
    "liveness-pulse": ("kiosk.measure.liveness_pulse", "what the pulse would tell, and why it tells too little"),
    "liveness-dropped": ("kiosk.measure.liveness_dropped", "what focus, a file's encoder and a hidden cheek would tell"),
    "liveness-hour": ("kiosk.measure.liveness_hour", "memory over an hour of frames with everything on"),
    "red-team": ("kiosk.measure.red_team", "generated attacks against the whole check"),
    "cue-weights": ("kiosk.measure.cue_weights", "fitted weights of the liveness cues against those laid by hand"),
    "faces": ("kiosk.measure.faces", "labelled pairs of faces, and every pair of a folder"),
    "face-clips": ("kiosk.measure.face_clips", "document portraits against clips, in the policy's bands"),
    "card-captures": ("kiosk.measure.card_captures", "what several captures of a card, and its ghost image, bring"),
    "intake": ("kiosk.measure.intake_load", "packets a second and time to a verified receipt, on both stores"),
    "keystrokes": ("kiosk.measure.keystrokes", "typing rhythm on the CMU benchmark: equal-error rates"),
    "risk": ("kiosk.measure.risk.command", "twelve frauds in a simulated bank: found at 1 % referrals, how soon, at whose cost"),
    "prints": ("kiosk.measure.prints", "the face print index over a million people: time, recall, false neighbours, erasure"),
    "analysis": ("kiosk.measure.analysis", "killed workers, brokers and databases; cost of a case as the bank grows"),
    "feedback": ("kiosk.measure.feedback", "from two people's agreement at the bank to the first case a station takes by it"),
    "console": ("kiosk.measure.console_pages", "time of each page of the analysts' console at a bank of many cases"),
    "faults": ("kiosk.measure.faults.command", "crashes, lost writes and a bad network against delivery"),
}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure",
        description="Evaluate on labelled data. Each takes --help, --json FILE and shows its progress.",
        epilog="; ".join(f"{name}: {says}" for name, (_, says) in EVALUATIONS.items()),
    )
    parser.add_argument("what", choices=EVALUATIONS)
    chosen = parser.parse_args(argv[:1])
    run: Callable[[list[str]], int] = importlib.import_module(EVALUATIONS[chosen.what][0]).main
    return run(argv[1:])
