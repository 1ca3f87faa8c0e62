# Every step of Fairway's life, the same on a laptop and in CI. `make help` lists them.

PYTHON := .venv/bin/python
PYTEST := .venv/bin/python -m pytest
# One process more than there are cores, 5 at most, a file of tests in one of them: a test on a lab waits more than it
# works, and each boots the labs it needs. Two more were slower (tried on two cores): they get in each other's way.
# Files in the order of tests/conftest.py: the long ones first.
PROCESSES ?= $(shell cores=$$(nproc); echo $$((cores < 4 ? cores + 1 : 5)))
PARALLEL := --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
# More options for pytest, e.g. `make unit ARGS="-k verdict -x"`.
ARGS ?=
# Which Python `make setup` makes .venv from, e.g. `make setup PYTHON3=python3.13`; once chosen, it stays.
export PYTHON3
# Which gates `make lint` runs, e.g. `make lint GATES="mypy ruff"`; all when empty.
GATES ?=
# Options of the benchmarks, e.g. `make bench BENCH="--routers 20 render"`.
BENCH ?=

# ansible-playbook and friends are found as if the environment were activated.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo demo-upgrade test lint unit golden lab-tests hostile bench docs build lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: ## install what is missing: Debian packages (sudo), .venv, the collection's link
	@sh tools/setup.sh

demo: setup ## boot the lab and tell the story: push, break, revert, heal; lose packets, steer, restore
	@$(PYTHON) -m tools.demo

demo-upgrade: setup ## upgrade a router of the lab under traffic, a person at every gate; no packet is lost
	@$(PYTHON) -m tools.demo_upgrade

test: setup lint ## every gate and every test (about half an hour on two cores)
	@$(PYTEST) $(PARALLEL) $(ARGS)

lint: setup ## the gates: types, style, documentation, metadata, artifact
	@$(PYTHON) -m tools.gates $(GATES)

unit: setup ## pure logic, no lab (seconds)
	@$(PYTEST) tests/unit $(PARALLEL) $(ARGS)

golden: setup ## rendered configs and error texts, byte for byte
	@$(PYTEST) -m golden $(PARALLEL) $(ARGS)

lab-tests: setup ## changes on a network of real routing daemons
	@$(PYTEST) tests/lab $(ARGS)

hostile: setup ## faults and bad input: each refused, each recovered from
	@$(PYTEST) -m hostile $(ARGS)

bench: setup ## Fairway beside plain code that does the same; results in build/bench/
	@$(PYTHON) -m bench $(BENCH)

docs: setup ## write the generated pages in docs/ again
	@$(PYTHON) -m tools.schema_docs

build: setup ## build/fairway-backbone-VERSION.tar.gz
	@$(PYTHON) -m tools.gate_artifact

lock: setup ## pin requirements*.txt anew from requirements*.in
	@sh tools/lock.sh

clean: ## remove what can be made again (not .venv; `rm -rf .venv .ansible` for that)
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -path ./.venv -prune -o -path ./.lab -prune -o -name __pycache__ -type d -exec rm -rf {} +
