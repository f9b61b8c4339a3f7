# Everything a person types; each target makes .venv by itself.
PYTHON ?= python3.11
BIN := .venv/bin
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: demo serve test lint test-slow test-gpu test-postgres test-web bench docs fix clean

.venv/.ready: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 was not found as '$(PYTHON)'; say: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch .venv/.ready

demo: .venv/.ready
	$(BIN)/mutoscope demo

serve: .venv/.ready
	$(BIN)/mutoscope serve --open

test: .venv/.ready
	$(BIN)/python -m pytest -m "not slow and not gpu and not network and not postgres and not web"

lint: .venv/.ready
	$(BIN)/ruff format --check src tests benchmarks examples docs tools
	$(BIN)/ruff check src tests benchmarks examples docs tools
	$(BIN)/mypy
	$(BIN)/lint-imports

test-slow: .venv/.ready
	$(BIN)/python -m pytest -m "slow"

test-gpu: .venv/.ready
	$(BIN)/python -m pytest -m "gpu"

test-postgres: .venv/.ready
	$(BIN)/python -m pytest -m "postgres"

# Needs Chromium: Debian's package, or MUTOSCOPE_CHROMIUM=/path/to/it.
test-web: .venv/.ready
	$(BIN)/python -m pytest -m "web" tests/web

bench: .venv/.ready
	$(BIN)/python benchmarks/run_all.py

docs: .venv/.ready
	$(BIN)/python docs/generate_reference.py
	$(BIN)/python docs/generate_api.py

fix: .venv/.ready
	$(BIN)/ruff format src tests benchmarks examples docs tools
	$(BIN)/ruff check --fix src tests benchmarks examples docs tools

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache demo_out
