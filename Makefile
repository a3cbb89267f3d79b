# Aliases. Everything is done by packaging/bootstrap.py, which needs no make. Arguments: make test ARGS="-k mrz"
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) packaging/bootstrap.py
COMMANDS = demo test test-long setup check bench audit lock clean

.PHONY: help $(COMMANDS)

help:
	@$(BOOTSTRAP) --help

$(COMMANDS):
	@$(BOOTSTRAP) $@ $(ARGS)
