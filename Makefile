# make run, make test: the two to know. `make help` lists all.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
HOST ?= 127.0.0.1
PORT ?= 8000
TEST_WORKERS ?= 2
TESTS ?=
BIN = .venv/bin
export PYTHONDONTWRITEBYTECODE ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run stop test lint bench

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 12

setup: ## .venv with the pinned packages; quick when nothing changed
	@$(PYTHON) config/bootstrap.py

setup-dev: ## the same and what tests and checks need
	@$(PYTHON) config/bootstrap.py --dev

run: setup ## the whole portal with demonstration data, PORT=8000
	@$(BIN)/python -m config.runner start --host "$(HOST)" --port "$(PORT)"

stop: ## end it, and the embedded database and broker
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m config.runner stop; fi

test: setup-dev ## all tests, with a real PostgreSQL and a real browser; TESTS=tests/policy for a part
	@bash config/browser.sh
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadgroup $(TESTS)

lint: setup-dev ## ruff, mypy and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup-dev ## figures of bench/, as JSON
	@for one in bench/[a-z]*.py; do $(BIN)/python "$$one" || exit 1; done
