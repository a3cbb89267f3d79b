"""One row per kind of document: its size, where its MRZ stands. To read a new kind, add a row and a vector.

Measures in millimetres (ICAO Doc 9303 parts 4-7, ISO/IEC 7810). mrz_left: to the first character's cell; mrz_bottom: from the lower
edge to the last row's baseline; row_step: baseline to baseline.
"""

from dataclasses import dataclass

from kiosk.document.reading import MrzLayout

CHARACTER_MM = 2.54
CAPITAL_MM = 2.4


@dataclass(frozen=True, slots=True)
class Kind:
    """issuers, codes: which documents this row is for; empty is any. The first row that fits counts."""

    name: str
    layout: MrzLayout
    issuers: frozenset[str]
    codes: frozenset[str]
    width_mm: float
    height_mm: float
    mrz_left_mm: float
    mrz_bottom_mm: float
    row_step_mm: float
    page_px_per_mm: float
    carries_address: bool
    """Whether holders' addresses are printed on such documents: then the whole page is read to find one."""


_ANY: frozenset[str] = frozenset()

KINDS: tuple[Kind, ...] = (
    Kind("Utopia specimen card", MrzLayout.TD1, frozenset({"UTO"}), _ANY, 85.6, 53.98, 4.7, 3.25, 5.3, 12.0, True),
    Kind("Utopia specimen page", MrzLayout.TD3, frozenset({"UTO"}), _ANY, 125.0, 88.0, 6.0, 5.1, 6.35, 10.0, True),
    Kind("ICAO TD1 card", MrzLayout.TD1, _ANY, _ANY, 85.6, 53.98, 4.7, 4.0, 5.3, 12.0, True),
    Kind("ICAO TD2 card", MrzLayout.TD2, _ANY, _ANY, 105.0, 74.0, 5.0, 6.0, 6.35, 10.0, True),
    Kind("ICAO TD3 passport", MrzLayout.TD3, _ANY, _ANY, 125.0, 88.0, 6.0, 6.0, 6.35, 10.0, False),
    Kind("ICAO MRV-A visa", MrzLayout.MRV_A, _ANY, _ANY, 120.0, 80.0, 5.0, 6.0, 6.35, 10.0, False),
    Kind("ICAO MRV-B visa", MrzLayout.MRV_B, _ANY, _ANY, 105.0, 74.0, 5.0, 6.0, 6.35, 10.0, False),
)


def kind_of(layout: MrzLayout, issuer: str, code: str) -> Kind:
    """Return the first row that fits; every layout has one for any issuer."""
    for kind in KINDS:
        if kind.layout is layout and (not kind.issuers or issuer in kind.issuers) and (not kind.codes or code in kind.codes):
            return kind
    raise AssertionError(f"no row for {layout}")
