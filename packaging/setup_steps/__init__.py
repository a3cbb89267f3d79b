"""The steps of packaging/bootstrap.py. Standard library only: this runs before anything is installed."""
