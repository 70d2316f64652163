# Everything works from a fresh clone with python3.11, git and make; each step is done once.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
# COMET needs older libraries than the models do, so it has an environment of its own.
COMET_VENV ?= .venv-comet
COMET_BIN := $(COMET_VENV)/bin
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check
INSTALL = $(BIN)/python $(PIP_INSTALL) --constraint constraints.txt
export DO_NOT_TRACK = 1
export NO_MKDOCS_2_WARNING = 1

.DEFAULT_GOAL := help
.PHONY: help run test test-quick test-faults lint format viz bench docs comet clean distclean

help: ## Show what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 16

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.bench: $(VENV)/.dev
	$(INSTALL) --editable '.[bench]'
	@touch $@

$(COMET_BIN)/python:
	$(PYTHON) -m venv $(COMET_VENV)

$(COMET_VENV)/.comet: pyproject.toml constraints-comet.txt | $(COMET_BIN)/python
	$(COMET_BIN)/python $(PIP_INSTALL) --constraint constraints-comet.txt --editable '.[comet]'
	@touch $@

run: $(VENV)/.demo ## Run the study of the active environment (the embedded demo)
	$(BIN)/kedro run

test: $(VENV)/.dev $(COMET_VENV)/.comet ## Run all tests
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-quick: $(VENV)/.dev ## Run the tests that take no more than seconds
	$(BIN)/pytest -m 'not slow and not real_model and not faults'

test-faults: $(VENV)/.dev ## Kill and damage runs on purpose, and see that nothing is lost (half an hour)
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --maxschedchunk 1 -m faults tests/faults

lint: $(VENV)/.dev ## Check style, types, the boundaries between packages, and the documentation
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory docs

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

viz: $(VENV)/.demo ## Look at the pipelines, tables and figures in the browser
	$(BIN)/kedro viz run

bench: $(VENV)/.bench ## Measure against the peers, write docs/benchmarks.md (half an hour; RAW=FOLDER, ONLY=NAME)
	$(BIN)/python -m benchmarks $(ONLY) $(if $(RAW),--raw $(RAW))

docs: $(VENV)/.dev ## Build the documentation into site/; a link or anchor that leads nowhere is an error
	$(BIN)/python -m mkdocs build --strict --quiet

comet: $(COMET_VENV)/.comet ## Make the environment in which COMET scores translations

clean: ## Delete what runs have computed, keep the environment, models and answers of models
	find data -mindepth 1 -maxdepth 1 ! -name 01_raw ! -name 02_intermediate ! -name 06_models -exec rm -rf {} +
	rm -rf .viz site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

distclean: clean ## Delete the environments, converted models and answers of models too
	rm -rf $(VENV) $(COMET_VENV) data/02_intermediate data/06_models
