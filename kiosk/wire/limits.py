"""How large anything on the wire may be, in bytes unless said. Checked before memory is spent."""

MAX_PACKET = 8_000_000
"""The same figure as `SyncPolicy.max_packet_bytes`; a test holds them equal."""
MAX_HEADER = 1_024
MAX_RECORD = 262_144
MAX_PICTURE = 2_500_000
"""Three of these, the record and the seal fit in one packet."""
MAX_TEMPLATE = 16_384
"""The face print a customer enrolls, as JSON."""
MAX_STATEMENT = 2_048
"""A receipt or a refusal, signature included."""
MAX_REPLY = 65_536
"""A sealed reply."""
MAX_KEY_TEXT = 8_192
"""A key written as JSON."""
MAX_TEXT_CHARS = 4_096
MAX_ITEMS = 1_024
MAX_INTEGER = 2**63 - 1
MAX_UPDATE = 4_000_000
"""What the bank sends its stations in one envelope: the content, as text."""
MAX_UPDATE_ENVELOPE = 2 * MAX_UPDATE + 4_096
"""JSON may spell a character with two bytes or more; what needs more than twice its size is no text worth signing."""
MAX_FEEDBACK = MAX_UPDATE_ENVELOPE + 65_536
"""The answer to a heartbeat: at least one update of any size, statement and seal."""
