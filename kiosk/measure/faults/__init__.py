"""The crash harness: kiosk and bank die at every step, disks lose what was not synced, the network misbehaves; nothing may be lost,
doubled or stuck. `python app.py measure faults`."""
