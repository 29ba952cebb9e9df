# make demo    install into a virtual environment of its own, extract seeds/, show what was found, write out/
# make test    install into a virtual environment of its own, run every test
# Both can be run again at any time; what is installed already is kept until the sources change.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python that is new enough and can make virtual environments; PYTHON=… chooses another.
PYTHON ?= $(shell for python in python3.12 python3.11 python3.13 python3 python; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
SOURCES := pyproject.toml $(shell find src models schemas -type f -not -name '*.pyc' 2>/dev/null | sed 's/ /\\ /g')
JOBS ?= 2

.PHONY: help demo test test-backends test-scale lint bench schemas clean
help:
	@sed -n '1,3s/^# //p' Makefile
	@echo "also: lint, test-backends, test-scale, bench, schemas, clean"

# $(call install,folder,what to install): a virtual environment with it, and one clear line when that cannot be done.
define install
@if [ -z "$(PYTHON)" ]; then \
	echo "make: needs Python 3.11 or newer with its venv module (Debian, Ubuntu: apt install python3 python3-venv)" >&2; exit 1; fi
@echo "→ $(1): installing $(2) with $$($(PYTHON) -V); the first time takes some minutes"
@[ -x $(1)/bin/python ] || $(PYTHON) -m venv $(1)
@$(1)/bin/python -m pip --disable-pip-version-check install $(2) 2>&1 | tee $(1)/install.log | \
	awk '/^(Collecting|Building|Installing)/ { print "  " substr($$0, 1, 100); fflush() }' || { \
	tail -n 5 $(1)/install.log >&2; \
	echo "make: cannot install (is there a network?); everything pip said is in $(1)/install.log" >&2; exit 1; }
@touch $(1)/installed
endef

.venv-demo/installed: $(SOURCES)
	$(call install,.venv-demo,.)

.venv-test/installed: pyproject.toml
	$(call install,.venv-test,-e '.[dev]')

# torch first and by version: what camel-tools and stanza would take along otherwise is the build for GPUs, of gigabytes.
.venv-backends/installed: pyproject.toml
	$(call install,.venv-backends,torch==2.13.0)
	$(call install,.venv-backends,-e '.[camel$(comma)stanza$(comma)test]')
comma := ,

demo: .venv-demo/installed
	@echo "→ extracting seeds/ into out/"
	@.venv-demo/bin/kwus-extract run seeds/ -o out/records.jsonl --jobs $(JOBS) --force
	@.venv-demo/bin/kwus-extract report out/records.jsonl --texts seeds/ -o out/records.html --force
	@.venv-demo/bin/kwus-extract report out/records.jsonl
	@echo "demo: $$(wc -l < out/records.jsonl) records in out/records.jsonl; to look at: out/records.html"

test: .venv-test/installed
	@echo "→ running the tests"
	@.venv-test/bin/python -m pytest

lint: .venv-test/installed
	@echo "→ ruff, mypy, import-linter"
	@.venv-test/bin/ruff check .
	@.venv-test/bin/ruff format --check .
	@.venv-test/bin/mypy
	@.venv-test/bin/lint-imports

# The NER backends that need torch, in an environment of their own.
test-backends:
	@if [ -d tests/backends ]; then $(MAKE) run-backend-tests; else echo "test-backends: no tests in tests/backends, nothing to do"; fi

.PHONY: run-backend-tests
run-backend-tests: .venv-backends/installed
	@.venv-backends/bin/python -m pytest tests/backends

# Ray, in an environment of its own: a cluster of two nodes on this machine. Not part of .ci/run: Ray is large, and its
# nodes need more memory and time than anything else here.
.venv-scale/installed: pyproject.toml
	$(call install,.venv-scale,-e '.[scale$(comma)test]')

test-scale: .venv-scale/installed
	@.venv-scale/bin/python -m pytest tests/test_scale.py

# With torch, for the comparison.
bench: .venv-backends/installed
	@.venv-backends/bin/python benchmarks/bench.py

schemas: .venv-test/installed
	@.venv-test/bin/kwus-extract schema --write schemas

clean:
	rm -rf .venv-demo .venv-test .venv-backends .venv-scale out build dist
