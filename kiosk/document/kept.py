"""What was read stays read: a later picture adds to it. Glare over a name in one frame does not undo the name of the frame before."""

from dataclasses import replace

from kiosk.document.reading import Finding, FindingCode, Read, Weight
from kiosk.values import Masked


def together(earlier: Read, later: Read) -> Read:
    """Return the later reading with what the earlier had and it lacks: values seen in print, the portrait.

    Only of one document: the MRZ lines must be the same. Where they differ the later reading stands alone; if the earlier came from an
    MRZ reader (no picture), two documents were presented as one and SIDES_LINKED contradicts.
    """
    if earlier.raw_lines != later.raw_lines:
        is_said = any((finding.code, finding.about) == (FindingCode.SIDES_LINKED, "mrz") for finding in later.findings)
        if is_said or earlier.page is not None or not earlier.raw_lines.reveal():
            return later
        seen = Masked(f"{earlier.fields.number.reveal()} / {later.fields.number.reveal()}")
        return replace(later, findings=(*later.findings, Finding(FindingCode.SIDES_LINKED, Weight.CONTRADICTS, "mrz", 0.95, seen)))
    known = {(finding.code, finding.about): finding for finding in earlier.findings}
    findings = tuple(_better(known.get((finding.code, finding.about)), finding) for finding in later.findings)
    own = {(finding.code, finding.about) for finding in later.findings}
    findings += tuple(finding for key, finding in known.items() if key not in own)
    fields = replace(
        later.fields,
        printed_name=Masked(later.fields.printed_name.reveal() or earlier.fields.printed_name.reveal()),
        printed_address=Masked(later.fields.printed_address.reveal() or earlier.fields.printed_address.reveal()),
        issue_date=later.fields.issue_date or earlier.fields.issue_date,
    )
    if later.portrait is not None or earlier.portrait is None:
        return replace(later, fields=fields, findings=findings)
    return replace(
        later,
        fields=fields,
        findings=findings,
        portrait=earlier.portrait,
        page=earlier.page,
        further_portraits=earlier.further_portraits,
    )


def _better(earlier: Finding | None, later: Finding) -> Finding:
    """Return the later finding, unless it saw nothing where the earlier did: a doubt once raised is never forgotten either."""
    return earlier if earlier is not None and later.weight is Weight.NOTED and earlier.weight is not Weight.NOTED else later
