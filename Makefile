# make run [MINUTES=0.2] [ARGS="--simulate drag --seed 7"]   a simulated person walks
# make test                                                  every check
PYTHON ?= python3
MINUTES ?= 1
ARGS ?=
BIN := .venv/bin
ROOMS := config controller drivers dorsiflex recording runtime simulator
SOURCES := pyproject.toml README.md constraints.txt $(shell find $(ROOMS) -name '*.py' -o -name '*.toml')
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: run test check clean
.DELETE_ON_ERROR:

run: .venv/installed
	$(BIN)/dorsiflex run --minutes $(MINUTES) $(ARGS)

test: check
	$(BIN)/pytest -n 2

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf .venv dist build

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Dorsiflex needs Python 3.11 or newer, $(PYTHON) is older: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

# The wheel is installed, not the checkout: what runs is what would be shipped.
.venv/installed: .venv/python $(SOURCES)
	$(PIP) .
	$(PIP) --no-deps --force-reinstall .
	touch $@

.venv/installed-dev: .venv/installed
	$(PIP) .[dev]
	touch $@
