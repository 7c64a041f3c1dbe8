# One target a verb. `make demo` shows the product, `make test` is everything that must pass.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

DEMO := .demo
QUICKSTART := example_notebooks/quickstart.ipynb
BEST := accuracy_score_X_test
FRONT_END := $(shell find labextension/src labextension/style labextension/schema -type f 2>/dev/null) \
	labextension/package.json labextension/yarn.lock labextension/tsconfig.json

.PHONY: help setup demo lab test check lint types test-python test-notebooks test-front-end test-browser \
	screenshot faults bench build clean api-types

help:            ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# --- set-up -------------------------------------------------------------------------------------

setup: .make/package   ## .venv with the package and its built JupyterLab extension

.make/venv:
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p .make && touch $@

# Built from the sources every time they change; the build hook would keep an old build.
.make/package: .make/venv pyproject.toml $(FRONT_END)
	@echo "Installing jupyter_mltrack and building its JupyterLab extension (a few minutes the first time)"
	@rm -rf jupyter_mltrack/labextension
	@$(BIN)/pip install -qq --disable-pip-version-check --editable .
	@touch $@

.make/tools: .make/package pyproject.toml
	$(BIN)/pip install -qq --disable-pip-version-check --editable '.[dev,test]'
	cd labextension && jlpm install --immutable
	@touch $@

.make/browser:
	@command -v chromium >/dev/null || (apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core)
	@mkdir -p .make && touch $@

# The tests start servers of their own; the package's own need not run.
.make/database:
	@command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || \
		(apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql)
	@mkdir -p .make && touch $@

# --- the product --------------------------------------------------------------------------------

demo: setup       ## run the quickstart, show its runs, and open JupyterLab on them
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	@echo "Running $(QUICKSTART) in a kernel of its own, tracked"
	@$(BIN)/jupyter execute --output=$(CURDIR)/$(DEMO)/quickstart.ipynb $(QUICKSTART) \
		>$(DEMO)/execute.log 2>&1 || (cat $(DEMO)/execute.log; exit 1)
	@echo && $(BIN)/mltrack runs
	@echo && $(BIN)/mltrack compare --filter "params.logisticregression__C > 0" --last 4
	@echo && echo "What made the best run, as a notebook:" && \
		$(BIN)/mltrack export best:$(BEST) --output $(DEMO)
	@if [ -t 1 ]; then $(MAKE) --no-print-directory lab; \
	else echo "Open it with: make lab"; fi

lab: setup        ## open JupyterLab on the quickstart, with the runs of the demo
	@mkdir -p $(DEMO)
	@echo '$(WORKSPACE)' >$(DEMO)/workspace.json && $(BIN)/jupyter lab workspaces import $(DEMO)/workspace.json >/dev/null
	$(BIN)/jupyter lab $(AS_ROOT) --LabApp.default_url=/lab/workspaces/mltrack-demo/tree/$(QUICKSTART)

# The side panel opened, once; after that JupyterLab remembers how it was left.
WORKSPACE := {"data": {"layout-restorer:data": {"left": {"collapsed": false, "visible": true, \
	"current": "jp-mltrack-panel", "widgets": ["jp-mltrack-panel"]}}}, "metadata": {"id": "mltrack-demo"}}
# JupyterLab refuses to run as root unless told to.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

demo lab: export MLTRACK_STORE := $(CURDIR)/$(DEMO)/store
# The notebook is known by the same name in the demo's kernel and in JupyterLab.
demo: export MLTRACK_NOTEBOOK := $(CURDIR)/$(QUICKSTART)
demo: export MLTRACK_SERVER_ROOT := $(CURDIR)

# --- the checks ---------------------------------------------------------------------------------

test: check test-python test-notebooks test-front-end test-browser   ## everything that must pass

check: lint types

lint: .make/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd labextension && jlpm lint:check

types: .make/tools
	$(BIN)/mypy

test-python: .make/tools .make/database
	$(BIN)/pytest -n 2 -m "not browser" tests

test-notebooks: .make/tools
	MLTRACK_STORE="$(CURDIR)/$(DEMO)/nbval" $(BIN)/pytest -q --nbval-lax -p no:cacheprovider example_notebooks

test-front-end: .make/tools
	cd labextension && jlpm test

test-browser: .make/tools .make/browser
	$(BIN)/pytest -m browser tests/browser

screenshot: test-browser   ## the README's picture, made by the browser test
	cp tests/output/comparison.png labextension/screenshot.png

faults: .make/tools   ## the whole fault matrix: kills, locks, full disks, damage (SEED=n repeats one)
	$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED))

bench: .make/package .make/peers   ## measure us beside the peers
	$(BIN)/python -m tests.benchmarks --peers .make/peers-venv/bin/python

# The peers have an environment of their own: their pins are not ours.
.make/peers:
	$(PYTHON) -m venv .make/peers-venv
	.make/peers-venv/bin/pip install -qq --disable-pip-version-check 'mlflow>=3.17,<4' scikit-learn pandas ipython
	@touch $@

api-types: .make/tools   ## generate the TypeScript types of the API anew
	cd labextension && jlpm types

build: .make/tools   ## wheel and source distribution
	$(BIN)/pip install --quiet build && $(BIN)/python -m build

clean:            ## remove what was built
	rm -rf .make $(VENV) $(DEMO) dist jupyter_mltrack/labextension jupyter_mltrack/_version.py \
		labextension/lib labextension/node_modules
