"""Every address of the console, in one list."""

from typing import Final

from kiosk.intake.console import pages_cases, pages_monitors, pages_rules, pages_shadow, pages_watch
from kiosk.intake.console.pages_door import Door
from kiosk.intake.console.site import Route


def routes() -> tuple[Route, ...]:
    door = Door()
    return (
        Route("GET", "/sign-in", door.show, open_to_all=True),
        Route("POST", "/sign-in", door.enter, open_to_all=True, slow=True),
        Route("GET", "/enrol", door.show_enrolment, open_to_all=True),
        Route("POST", "/enrol", door.enrol, open_to_all=True, slow=True),
        Route("POST", "/enrol/key", door.enrol_key, open_to_all=True, slow=True),
        Route("POST", "/sign-out", door.leave, open_to_all=True),
        Route("POST", "/lock", door.lock),
        *_INSIDE,
    )


_INSIDE: Final = (
    Route("GET", "/", pages_cases.show_queue),
    Route("GET", "/cases/{session}", pages_cases.show_case),
    Route("GET", "/cases/{session}/pictures", pages_cases.show_pictures),
    Route("GET", "/cases/{session}/pictures/{which}", pages_cases.give_picture),
    Route("POST", "/cases/{session}/outcome", pages_cases.propose_outcome),
    Route("POST", "/cases/{session}/watch", pages_cases.propose_watch),
    Route("GET", "/proposals", pages_rules.show_proposals),
    Route("GET", "/proposals/{number}", pages_rules.show_proposal),
    Route("POST", "/proposals/{number}/agree", pages_rules.agree, slow=True),
    Route("POST", "/proposals/{number}/turn-down", pages_rules.turn_down),
    Route("GET", "/watch-list", pages_rules.show_watch_list),
    Route("POST", "/watch-list/{entry}/remove", pages_rules.propose_removal),
    Route("GET", "/policy", pages_rules.show_policy),
    Route("POST", "/policy/test", pages_rules.test_policy),
    Route("POST", "/policy/propose", pages_rules.propose_policy),
    Route("GET", "/challenger", pages_shadow.show_challenger),
    Route("POST", "/challenger/promote", pages_shadow.promote),
    Route("GET", "/fleet", pages_watch.show_fleet),
    Route("GET", "/monitors", pages_monitors.show_monitors),
    Route("GET", "/models", pages_monitors.show_models),
    Route("POST", "/models/propose", pages_monitors.propose_notice),
    Route("GET", "/audit", pages_watch.show_audit),
    Route("POST", "/audit/verify", pages_watch.verify_audit),
    Route("GET", "/people", pages_watch.show_people),
    Route("POST", "/people/invite", pages_watch.invite_key),
)
