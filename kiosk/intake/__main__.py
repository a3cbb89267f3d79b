"""`python -m kiosk.intake`."""

import sys

from kiosk.intake.command import main

sys.exit(main(sys.argv[1:]))
