# The two commands a newcomer needs are `make run` and `make test`. Everything else is for people who change Tagboat.
PYTHON  ?= python3
JOBS    ?= 2
BIN     := .venv/bin
# The lock names everything there is to install: pip need not work out what depends on what, and nothing else is ever asked for.
INSTALL := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check --no-deps
LOCKED  := $(INSTALL) --require-hashes -r
EDITABLE := $(INSTALL) --no-index --no-build-isolation --editable .
OFFLINE := { echo "The packages could not be installed. They come from PyPI (or where pip's own settings point): can this machine reach it?" >&2; exit 1; }

.PHONY: run test lint types check lock bench clean help

run: .venv/run.stamp   ## start Tagboat; without App credentials also the sandbox, a GitHub to play with
	@exec $(BIN)/tagboat run

test: .venv/dev.stamp  ## run the whole suite in parallel
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(if $(CI),--durations=15) $(ARGS)

lint: .venv/dev.stamp  ## what ruff has to say
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/dev.stamp ## what mypy has to say
	@$(BIN)/mypy

check: lint types test ## all three

bench: .venv/dev.stamp ## the figures that the README quotes, each against a floor in the same run
	@$(BIN)/python -m benchmarks.analysis && $(BIN)/python -m benchmarks.receiver && $(BIN)/python -m benchmarks.jobs

lock: .venv/dev.stamp  ## resolve requirements/*.in again: versions and hashes, no addresses
	@for name in run dev; do $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --upgrade requirements/$$name.in -o requirements/$$name.txt; done

clean:                 ## forget the environment and everything that Tagboat remembers here
	rm -rf .venv var build dist *.egg-info

help:                  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile

# Half a .venv is none: it is made anew when its Python is gone (an upgrade of the system), and taken away when making it fails.
.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Tagboat needs Python 3.11 or newer, and there is no $(PYTHON) here. Another one: make run PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("Tagboat needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Another one: make run PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	@echo "Installing what Tagboat needs into .venv (once) …"
	@$(LOCKED) requirements/run.txt && $(EDITABLE) || $(OFFLINE)
	@touch $@

.venv/dev.stamp: requirements/dev.txt pyproject.toml | .venv/bin/python
	@echo "Installing what the tests need into .venv (once) …"
	@$(LOCKED) requirements/dev.txt && $(EDITABLE) || $(OFFLINE)
	@touch $@ .venv/run.stamp
