"""What `app.py` runs: one module per command, each with `main(argv) -> int`."""
