PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo test lint dagster bench lock

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

demo: setup
	$(BIN)/closebook demo --home demo

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint sql

test: lint
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

dagster: setup
	CLOSEBOOK_COMPANY=$(CURDIR)/demo/company CLOSEBOOK_HOME=$(CURDIR)/demo/home DAGSTER_HOME=$(CURDIR)/demo/home/dagster $(BIN)/dagster dev -w workspace.yaml

bench: setup
	$(BIN)/python -m bench

lock:
	$(PYTHON) -m pip install --quiet uv
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-annotate --no-header --no-strip-extras --no-emit-index-url --no-emit-find-links -o requirements.lock
