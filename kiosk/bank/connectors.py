"""Every way to a core bank that this program knows. The contract suite in tests/bank runs on each."""

from kiosk.bank.connector import Connector
from kiosk.bank.fineract import FineractConnector
from kiosk.bank.http import HttpConnector

CONNECTORS: tuple[type[Connector], ...] = (HttpConnector, FineractConnector)
"""The intake's is walked by stations, Fineract's at the bank's end, from the intake's ledger into the core."""
