# The two commands a newcomer needs are `make run` and `make test`. Everything else is for people who change Tagboat.
PYTHON ?= python3
BIN    := .venv/bin
JOBS   ?= 2

.PHONY: run test lint types check lock bench clean

run: .venv/run.stamp   ## start Tagboat; without App credentials also the sandbox, a GitHub to play with
	@$(BIN)/tagboat run

test: .venv/dev.stamp  ## run the whole suite in parallel
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

lint: .venv/dev.stamp
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/dev.stamp
	@$(BIN)/mypy

check: lint types test

bench: .venv/dev.stamp ## the figures that the README quotes, each against a floor in the same run
	@$(BIN)/python -m benchmarks.receiver && $(BIN)/python -m benchmarks.jobs

lock: .venv/dev.stamp  ## resolve requirements/*.in again: versions and hashes, no addresses
	@for name in run dev; do $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --upgrade requirements/$$name.in -o requirements/$$name.txt; done

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Tagboat needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make run PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	@echo "Installing what Tagboat needs into .venv (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . 2>/dev/null \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt pyproject.toml | .venv/bin/python
	@echo "Installing what the tests need into .venv (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@ .venv/run.stamp

clean:
	rm -rf .venv var build dist *.egg-info
