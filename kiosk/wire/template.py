"""A face print as it travels: canonical JSON {"print": [numbers], "print_name": text}. Raises PacketRefused for anything else."""

import math

import numpy as np

from kiosk.face.enrolled import FaceTemplate
from kiosk.faults import PacketRefused
from kiosk.wire import canonical
from kiosk.wire.limits import MAX_ITEMS, MAX_TEMPLATE

_MAX_NAME_CHARS = 64


def template_to_bytes(template: FaceTemplate) -> bytes:
    values: list[canonical.Json] = [float(value) for value in template.face_print]
    return canonical.spell({"print": values, "print_name": template.print_name})


def template_from_bytes(spelled: bytes) -> FaceTemplate:
    match canonical.parse(spelled, MAX_TEMPLATE):
        case {"print": list(values), "print_name": str(name), **others} if not others and 0 < len(values) <= MAX_ITEMS:
            numbers = [value for value in values if isinstance(value, float)]
        case _:
            raise PacketRefused("a template has not exactly its members")
    if len(numbers) != len(values) or not 0 < len(name) <= _MAX_NAME_CHARS:
        raise PacketRefused("a template of something else than numbers")
    if not 0.99 < math.sqrt(sum(number * number for number in numbers)) < 1.01:
        raise PacketRefused("a template that is no unit print")
    return FaceTemplate(name, np.asarray(numbers, np.float32))
