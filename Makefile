# make run [MINUTES=0.2] [ARGS="--simulate drag --seed 7"]   a simulated person walks
# make test                                                  every check
# make bench [BENCH="--only tick --quick"]                   every figure of docs/performance.md, about 12 minutes
# make evidence                                              every campaign of docs/evidence.md: hours
PYTHON ?= python3
MINUTES ?= 1
ARGS ?=
BENCH ?=
BIN := .venv/bin
ROOMS := config controller drivers dorsiflex recording runtime simulator
SOURCES := pyproject.toml README.md constraints.txt $(shell find $(ROOMS) -name '*.py' -o -name '*.toml')
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

EVIDENCE := coverage gate_bounds exceptions hazards mutation random_configs stateful fault_matrix endurance \
	black_box host_death

.PHONY: run test check bench evidence clean
.DELETE_ON_ERROR:

run: .venv/installed
	$(BIN)/dorsiflex run --minutes $(MINUTES) $(ARGS)

test: check
	$(BIN)/pytest -n 2
	$(BIN)/python -m evidence.coverage --check

evidence: .venv/installed-dev
	for name in $(EVIDENCE); do $(BIN)/python -m evidence.$$name || exit 1; done
	$(BIN)/dorsiflex faults --walks 10000 --seed 1 --jobs 2 --folder build/campaign --json build/campaign.json || \
		test $$? = 9
	$(BIN)/python -m evidence.campaign build/campaign.json
	$(BIN)/python -m evidence.page

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed
	$(PIP) .[compiled] && $(BIN)/python -m dorsiflex.compiled || echo "simulated time is measured from source"
	@$(MAKE) --no-print-directory .venv/peer/installed || echo "opensourceleg cannot be installed: nothing is set beside it"
	$(BIN)/python -m benchmarks.bench $(BENCH)

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

# The nearest peer, in an environment of its own: it needs an older numpy.
.venv/peer/installed: .venv/python
	$(PYTHON) -m venv .venv/peer
	.venv/peer/bin/python -m pip --disable-pip-version-check install --quiet opensourceleg==3.5.0
	touch $@
