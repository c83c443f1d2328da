# Two commands: `make report` (every question, quickly, as one HTML page) and `make test`.
# Both make .venv with what they need; another interpreter: make PYTHON=/path/to/python3.12 report

PYTHON ?= python3
EXTRAS ?= test
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check

# Python keeps what it has compiled, also where the environment says otherwise: each of the many processes of a report or
# of the tests would compile NumPy, SciPy, Brian2 and the others again, for 5 to 9 s.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: report test test-long figures lint docs benchmark audit real dist clean help

help:
	@echo "make report     every question with --quick, then results/report.html"
	@echo "make figures    every question at full size, then results/report.html"
	@echo "make test       lint, types, import contracts, tests"
	@echo "make test-long  the same, with the tests that take long"
	@echo "make docs       the generated pages of docs/, and the site of all pages in docs/_build"
	@echo "make benchmark  timings against C and other libraries (benchmarks, tests/benchmarks)"
	@echo "make audit      kills, signals, bad input, planted defects, as often as the goals say (hours); docs/reliability.md"
	@echo "make real       networks that others trained, into the user's cache (some 220 MB; the questions of experiments/real)"
	@echo "make dist       wheel and source distribution in dist/"
	@echo "make clean      remove .venv and results"

report: $(VENV)/.installed
	@$(BIN)/neurosim run --all --quick; status=$$?; \
	[ $$status -le 1 ] || exit $$status; \
	$(BIN)/neurosim report && exit $$status

figures: $(VENV)/.installed
	@$(BIN)/neurosim run --all; status=$$?; \
	[ $$status -le 1 ] || exit $$status; \
	$(BIN)/neurosim report && exit $$status

test: lint
	$(BIN)/python -m pytest -n auto

test-long: lint
	$(BIN)/python -m pytest -n auto --long

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(VENV)/.installed-docs
	$(BIN)/python docs/generate.py > /dev/null
	rm -rf docs/_build
	$(BIN)/python -m sphinx -q -W --keep-going $(SPHINXOPTS) -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

real: $(VENV)/.installed-real
	@$(BIN)/neurosim real fetch

benchmark: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks
	$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only -p no:xdist

# Every part is run, also where one before it has found something.
audit: $(VENV)/.installed-test
	@status=0; \
	$(BIN)/python tests/audit/reliability.py --long || status=1; \
	$(BIN)/python tests/audit/bad_input.py --all --quiet || status=1; \
	$(BIN)/python tests/mutation/kill.py || status=1; \
	$(BIN)/python tests/audit/reliability.py --page; exit $$status

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "neurosim needs Python 3.11 or newer, and $(PYTHON) is not: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "Installing neurosim and what it needs (a minute or two, only once) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-real: pyproject.toml | $(VENV)/.installed
	@$(PIP) --editable '.[real]'
	@touch $@

$(VENV)/.installed-docs: pyproject.toml | $(VENV)/.installed
	@$(PIP) --editable '.[docs]'
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/python
	@echo "Installing neurosim, what it needs and the test tools (a minute or two, only once) ..."
	@$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-real

# Wheel and source distribution in dist/, checked as the package index would.
dist: $(VENV)/.installed
	@$(PIP) build twine
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*

clean:
	rm -rf $(VENV) results dist
