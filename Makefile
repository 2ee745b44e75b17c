# Two commands set everything up: `make run` and `make test`. Both need Python 3.11 or later with pip and venv.
PYTHON ?= python3
BIN := .venv/bin

# make fuzz FUZZ=100000 SEED=7
FUZZ ?= 50000
SEED ?= 1

# make compare REV=v0.1.0 BENCHMARKS="refresh restart" QUICK=--quick; by default with what the branch was a day ago
BENCHMARKS ?= refresh restart audit
REV ?= $(shell git rev-list --max-count=1 --before="1 day ago" HEAD)
QUICK ?=

# Where it is set, each of the many processes that the tests start would compile the whole program.
unexport PYTHONDONTWRITEBYTECODE

# Files of tests are begun in their order: by default, those with few tests are the last, and among them are the longest.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: run test coverage fuzz compare performance mutants check types lint docs clean

run: .venv/.run
	$(BIN)/integration-daemon run

test: .venv/.dev
	$(MAKE) --jobs=2 --output-sync check
	.ci/servers
	$(PYTEST)

# Coverage takes half as much processor time again, so it is not a part of every run of the tests.
coverage: .venv/.dev
	.ci/servers
	$(PYTEST) --cov

fuzz: .venv/.dev
	FUZZ=$(FUZZ) FUZZ_SEED=$(SEED) $(BIN)/python -m pytest --timeout=0 tests/faults/test_fuzzed_*.py

compare: .venv/.dev
	$(BIN)/python -m benchmarks --compare $(REV) $(QUICK) $(BENCHMARKS:%=--only %)

performance: .venv/.dev
	mkdir -p build
	$(BIN)/python -m benchmarks --json > build/performance.jsonl
	$(BIN)/python -m benchmarks.report build/performance.jsonl > docs/performance.md

mutants: .venv/.mutants
	$(BIN)/python -m tests.mutants

check: types docs lint

types: .venv/.dev
	$(BIN)/mypy
	$(BIN)/mypy --config-file= --strict docs/example-connector/*.py

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml --confidence-level medium audit services integration_daemon
	$(BIN)/python .ci/audit-dependencies

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

.venv/.mutants: .venv/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --editable '.[mutants]'
	touch $@

clean:
	rm -rf .venv mutants build/docs build/docs.cache docs/reference .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
