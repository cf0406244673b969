# `make train` and `make test` are all that a fresh clone needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(wildcard plugins/*)
KIT := $(BIN)/segdet-kit

.PHONY: train test lint install clean

## Train a detector and a segmenter on generated shapes, and score both.
train: install
	rm -rf runs/shapes-detector runs/shapes-segmenter
	$(KIT) train configs/shapes-detector.py
	$(KIT) train configs/shapes-segmenter.py
	$(KIT) test runs/shapes-detector
	$(KIT) test runs/shapes-segmenter

## Check style and types, then run every test.
test: install lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

## Make .venv with the kit, its first-party plugins and what the tests need.
install: $(VENV)/installed

$(VENV)/installed: pyproject.toml $(wildcard plugins/*/pyproject.toml)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -e '.[test]' $(foreach plugin,$(PLUGINS),-e $(plugin))
	touch $@

clean:
	rm -rf $(VENV) runs
