"""What the bank sees that no station can: all branches' cases together.

A worker opens a held case and takes its facts (`extract.py`); the facts are folded, one after the other, into what is known (`fold.py`),
which answers with findings and a calibrated risk (`ports.py` has the shape of that, `docs/risk.md` the reasons). Nothing here opens a seal,
reads a clock or a file; people enter as keyed hashes only.
"""
