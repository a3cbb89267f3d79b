"""From the ledger's outbox to the analysis workers.

    ledger (truth) -> outbox -> feeder -> stream (may lose everything) -> worker -> results -> settle -> out of the outbox

The stream carries positions, nothing of a customer, and is believed in nothing: what it loses is fed again, what it says twice has an
effect once, what it makes up is not in the outbox. `ports.py` has its promises, `feeder.py` how a loss is noticed, `worker.py` the effect.
"""
