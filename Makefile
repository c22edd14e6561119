# Two commands for a newcomer: `make demo` and `make test`. Both set up what they need; a second call is quick.
SHELL := /bin/bash
SERVE ?= 1
PY := .venv/bin/python

.PHONY: demo test unit lint bench setup clean

demo: setup
	$(PY) manage.py demo $(if $(filter 0,$(SERVE)),--no-serve)

test: setup
	scripts/test

# What a change is tried with while it is made: no browser, no tour of every page, on SQLite.
unit:
	@SETUP_FOR=test scripts/setup
	$(PY) -m pytest -q -n 2 --dist loadscope -m "not slow and not browser"

lint: setup
	scripts/lint

bench: setup
	scripts/bench

setup:
	@scripts/setup

clean:
	rm -rf .venv node_modules var
