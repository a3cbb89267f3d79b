"""The one place that reads the clocks."""

import time
from datetime import UTC, datetime

from kiosk.values import Moment


class SystemClock:
    def now(self) -> Moment:
        return Moment(time.monotonic_ns(), datetime.now(UTC))
