# `make demo` and `make test` are all a fresh clone needs: the rest of what they want is made on the way.
# PYTHON=/path/to/python chooses another Python than the one that scripts/find-python.sh finds.

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
BENCH := $(VENV)/.bench-installed
NODE_PEERS := tests/peers/node
PIP_INSTALL := $(PY) -m pip --disable-pip-version-check -qq install --no-deps

.DEFAULT_GOAL := help
.PHONY: help demo test check lint coverage format docs pictures snapshots bench bench-screen lock upgrade peers clean

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "make %-13s %s\n", $$1, $$2 }'

demo: $(RUNTIME) ## see decrypted WebSocket traffic of a small local world
	@if [ -t 1 ]; then $(BIN)/wsinspect demo $(ARGS); else $(BIN)/wsinspect demo --headless $(ARGS); fi

test: $(DEV) peers ## run every test; ARGS='-k close' goes to pytest
	@$(PY) -m pytest $(ARGS)

check: lint coverage test ## everything that must hold before a change goes in

lint: $(BENCH) ## the checks that run nothing: format, ruff, mypy, layers, mirror of the tests
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(PY) -m scripts.mirror

coverage: $(DEV) ## every core module is covered, branch by branch, by its own tests
	@$(PY) -m scripts.individual_coverage

format: $(DEV) ## format the code, and mend what ruff can
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --fix --quiet

pictures: $(DEV) ## take the pictures of docs/pictures/ anew
	@$(PY) -m scripts.pictures

snapshots: $(DEV) ## keep the pictures of the screen in tests/snapshots/ as they are now; ARGS='-k held' for some
	@$(PY) -m pytest -q tests/snapshots --snapshot-update $(ARGS)

docs: $(DEV) ## write the pages of docs/reference/ anew from the code
	@$(PY) -m scripts.reference

bench: $(BENCH) ## compare with other proxies; ARGS=--quick for less than two minutes
	@sh scripts/npm-peers.sh tests/bench/node
	@$(PY) -m tests.bench $(ARGS)

bench-screen: $(BENCH) ## measure the screen on a million messages and live; ARGS=--quick for less than two minutes
	@$(PY) -m tests.bench.screen $(ARGS)

lock: $(DEV) ## pin what pyproject.toml and the package.json files ask for
	@$(PIP_INSTALL) -r requirements/lock.txt
	@sh scripts/lock.sh $(BIN)/uv

upgrade: $(DEV) ## pin the newest versions that fit
	@$(PIP_INSTALL) -r requirements/lock.txt
	@sh scripts/lock.sh $(BIN)/uv --upgrade

clean: ## remove what was installed and cached here
	rm -rf .venv .venv-oldest $(NODE_PEERS)/node_modules tests/bench/node/node_modules .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache bench-results

peers:
	@sh scripts/npm-peers.sh $(NODE_PEERS)

$(RUNTIME): pyproject.toml requirements/runtime.txt requirements/build.txt
	@python=$${PYTHON:-$$(sh scripts/find-python.sh)} && sh scripts/make-venv.sh "$$python" $(VENV)
	@echo "Installing what wsinspect needs into $(VENV) ..." >&2
	@$(PIP_INSTALL) -r requirements/runtime.txt -r requirements/build.txt
	@$(PIP_INSTALL) --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements/dev.txt
	@echo "Installing what the checks need into $(VENV) ..." >&2
	@$(PIP_INSTALL) -r requirements/dev.txt
	@touch $@

# mypy wants the types of what the benchmark imports.
$(BENCH): $(DEV) requirements/bench.txt
	@echo "Installing what the benchmark needs into $(VENV) ..." >&2
	@$(PIP_INSTALL) -r requirements/bench.txt
	@touch $@
