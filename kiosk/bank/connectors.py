"""Every way to a core bank that this program knows. The contract suite in tests/bank runs on each."""

from kiosk.bank.connector import Connector
from kiosk.bank.http import HttpConnector

CONNECTORS: tuple[type[Connector], ...] = (HttpConnector,)
