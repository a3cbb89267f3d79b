"""What a screen asks of the person in front of it: all a simulated customer may know of the program."""

from enum import StrEnum


class Cue(StrEnum):
    """One thing asked at a time. Sides are the customer's own."""

    ATTRACT = "attract"
    """Nobody is served; the customer stands in front of the booth and waits."""
    SHOW_DOCUMENT = "show-document"
    LOOK_AHEAD = "look-ahead"
    BLINK = "blink"
    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"
    NOD = "nod"
    COME_CLOSER = "come-closer"
    WAIT = "wait"
    """Something is being worked out; nothing is asked."""
    DONE = "done"
