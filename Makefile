# Two commands set everything up: `make run` and `make test`. Both need Python 3.11 or later with pip and venv.
PYTHON ?= python3
BIN := .venv/bin

# make fuzz FUZZ=100000 SEED=7
FUZZ ?= 50000
SEED ?= 1

.PHONY: run test fuzz check docs clean

run: .venv/.run
	$(BIN)/integration-daemon run

test: check
	.ci/servers
	$(BIN)/python -m pytest

fuzz: .venv/.dev
	FUZZ=$(FUZZ) FUZZ_SEED=$(SEED) $(BIN)/python -m pytest --timeout=0 tests/faults/test_fuzzed_*.py

check: .venv/.dev docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file= --strict docs/example-connector/*.py
	$(BIN)/lint-imports

docs: .venv/.dev
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --fresh-env --quiet \
		-d build/docs.cache docs build/docs

.venv/.run: pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --editable .
	touch $@

.venv/.dev: .venv/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv build/docs build/docs.cache docs/reference .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
