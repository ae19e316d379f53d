# What a developer and CI call. Needs Python 3.11+, make and a package index; nothing else.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# uv takes the index that pip is told of.
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
ifeq ($(strip $(UV_DEFAULT_INDEX)),)
unexport UV_DEFAULT_INDEX
endif

.DEFAULT_GOAL := help
.PHONY: help setup replay kafka prism run test check format chaos bench bench-live evaluate schemas lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Environment, dependencies and models, from the lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ {found = 1} found {print} found && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install -q --require-hashes --no-deps -r $(VENV)/uv.lock
	@echo "Installing the locked dependencies ..."
	@$(BIN)/uv pip install -q -p $(BIN)/python --compile-bytecode --require-hashes --no-deps -r requirements.lock \
	  || $(BIN)/python -m pip install -q --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install -q --no-index --no-build-isolation --no-deps -e .
	@touch $(READY)

replay: $(READY) ## Set up, then replay seeds/ and print what was found
	@$(BIN)/tocsin replay seeds/

kafka: $(READY) ## A Kafka broker on 127.0.0.1:9092, until Ctrl-C; needs Java 17 and, once, Maven
	@$(BIN)/python -m deploy.kafka.broker

prism: $(READY) ## Beam's streaming runner, built once by Go into .tools/
	@$(BIN)/python -m deploy.prism

run: prism ## Kafka and `tocsin run` on this machine, until Ctrl-C; SEEDS names a folder to follow
	@$(BIN)/python -m deploy.topology -- $(if $(SEEDS),--seeds $(SEEDS))

test: $(READY) ## Set up, then run all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile tests

check: $(READY) ## Format, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

chaos: prism ## Kill every part of the stream, three times each, under load; SEED repeats a run
	$(BIN)/python -m tests.system.chaos $(if $(SEED),--seed $(SEED))

bench: $(READY) ## All benchmarks; DATA names a folder with the unpacked public sets
	$(BIN)/python -m benchmarks $(DATA)

bench-live: prism ## Those of the stream: hours, on a machine that does nothing else; DATA as above
	$(BIN)/python -m benchmarks $(DATA) live

evaluate: $(READY) ## Detection quality; DATA names a labelled set
	$(BIN)/tocsin evaluate $(DATA)

schemas: $(READY) ## Write the JSON Schemas anew
	$(BIN)/python -m schemas.jsonschema

lock: $(READY) ## Resolve the dependencies anew
	$(BIN)/uv pip compile -q --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --extra models --extra postgresql --group dev pyproject.toml -o requirements.lock

clean: ## Remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
