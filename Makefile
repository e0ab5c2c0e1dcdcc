# Everything a newcomer needs. `make` or `make help` lists the targets.
# Native runs need nothing but Debian, Python 3.11 and make; see README.md.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
RUNTIME ?= auto
ENVIRONMENT ?=
WORKERS ?= 3
VENV := .venv
BIN := $(VENV)/bin
SPECOLA := $(BIN)/specola
OPTIONS := $(if $(ENVIRONMENT),--environment $(ENVIRONMENT))
STAMP := $(VENV)/.installed

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: setup
setup: $(STAMP) ## install the environment, the command and the programs, start nothing
	$(SPECOLA) setup

$(STAMP): requirements.lock pyproject.toml
	@if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  echo "Specola needs Python 3.11 or newer; name it with make PYTHON=..." >&2; exit 1; fi
	@if [ ! -x $(BIN)/python ] && ! $(PYTHON) -m venv $(VENV) >/dev/null 2>&1; then \
	  rm -rf $(VENV); \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing python3-venv"; apt-get update -q && apt-get install -y -q --no-install-recommends python3-venv; \
	    $(PYTHON) -m venv $(VENV); \
	  else echo "Python's venv module is missing: install it (Debian: apt-get install python3-venv)" >&2; exit 1; fi; fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: up
up: $(STAMP) ## start the whole stack and prove that it works (RUNTIME=auto|native|docker)
	$(SPECOLA) up $(OPTIONS) --runtime $(RUNTIME) --check
	$(SPECOLA) smoke $(OPTIONS)

.PHONY: down
down: $(STAMP) ## end the stack; its data stays
	$(SPECOLA) down

.PHONY: status
status: $(STAMP) ## what runs, and how it is
	$(SPECOLA) status

.PHONY: smoke
smoke: $(STAMP) ## prove that the running stack works
	$(SPECOLA) smoke $(OPTIONS)

.PHONY: render
render: $(STAMP) ## render the spec into build/
	$(SPECOLA) render $(OPTIONS)

.PHONY: check
check: $(STAMP) ## render, and let the real tools look at the result
	$(SPECOLA) check $(OPTIONS)

.PHONY: prove
prove: $(STAMP) ## prove every alert and every route, and that damaged rules would be noticed
	$(SPECOLA) test $(OPTIONS) --mutate

.PHONY: lint
lint: $(STAMP) ## format, lint, types, layers, generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(SPECOLA) schema --check
	$(SPECOLA) codeowners --check
	$(SPECOLA) test --report docs/alerts.md --check

.PHONY: test
test: setup lint render ## every test, with the real programs (WORKERS=3 files of them at a time, most of which wait for programs)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: golden
golden: $(STAMP) ## render the golden files anew; review them with git diff
	$(BIN)/python -m pytest tests/golden --refresh

.PHONY: pictures
pictures: $(STAMP) ## take the README's pictures anew, of the running stack
	$(SPECOLA) pictures --screen --since now-1h --out docs/pictures \
	  home tug-overview arkrelay-errors history logs

.PHONY: bench
bench: $(STAMP) ## how fast it is, beside the floor measured in the same run
	$(BIN)/python -m tests.bench

.PHONY: format
format: $(STAMP) ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lock
lock: $(STAMP) ## solve the dependencies anew, into requirements.lock
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 \
	  --extra dev pyproject.toml requirements-build.in -o requirements.lock

.PHONY: clean-tools
clean-tools: ## remove the programs that setup brought
	rm -rf .tools

.PHONY: clean
clean: ## end the stack, and remove everything that is not in the repository but the secrets
	@if [ -x $(SPECOLA) ]; then $(SPECOLA) down --volumes || true; fi
	rm -rf $(VENV) .tools build var dist *.egg-info
