# Digit Lab. Everything is made inside this folder: the environment in .venv, nothing elsewhere.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:

VENV := .venv
PY := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUNBUFFERED := 1

# A stamp carries the digest of the requirement files in its name: it is made only when pip has finished, a changed
# file asks for a new one, and neither a fresh checkout nor a moved clock does.
digest = $(shell cat $(1) 2>/dev/null | cksum | tr ' ' '-')
CREATED := $(VENV)/.created
APP_STAMP := $(VENV)/.app-$(call digest,requirements.txt constraints.txt)
DEV_STAMP := $(VENV)/.dev-$(call digest,requirements.txt requirements-dev.txt constraints.txt)
BENCH_VENV := .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.bench-$(call digest,requirements.txt requirements-bench.txt constraints.txt)

# An environment whose Python has gone (moved, upgraded) is made anew.
ifeq ($(wildcard $(PY)),)
CREATED_IF := force
endif

.PHONY: help run serve test test-quick check bench soak screenshots demo format clean env dev-env browser force

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(APP_STAMP) ## install what is missing and open the dashboard (ARGS="--server.port 8600" is passed on)
	@exec $(PY) -m streamlit run app.py $(ARGS)

serve: $(APP_STAMP) ## answer over HTTP without the dashboard (ARGS="--port 8600 --run ID_OR_PATH" is passed on)
	@exec $(PY) -m core serve $(ARGS)

# Compiled files are kept, in __pycache__, also where the environment says otherwise: the tests start a hundred processes,
# and each would compile the sources again.
test test-quick: export PYTHONDONTWRITEBYTECODE :=

# Four processes on two cores: while some wait for a browser or a worker, the others compute.
test: $(DEV_STAMP) browser ## install what is missing and run every test (ARGS="tests/core -x" chooses)
	@$(PY) -m pytest -n 4 --no-loadscope-reorder $(ARGS)

test-quick: $(DEV_STAMP) ## run the tests of core and of the pages without a browser, the slow ones left out
	@$(PY) -m pytest -n 2 --no-loadscope-reorder -m "not slow" tests/app tests/core $(ARGS)

check: $(DEV_STAMP) ## lint, format, types, layers and words
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --strict core ui
	@$(PY) $(VENV)/bin/lint-imports --no-logo
	@$(PY) scripts/check_style.py

format: $(DEV_STAMP) ## put the source into its usual form
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(BENCH_STAMP) browser ## measure speed and memory (ARGS="--only training --quick" for less)
	@$(PY) -m benchmarks $(ARGS)

soak: $(DEV_STAMP) browser ## break things for an hour, and look what is lost (ARGS="--only kill --seed 123" repeats one fault)
	@$(PY) -m soak $(ARGS)

screenshots: $(DEV_STAMP) browser ## take the pictures of the README again
	@$(PY) -m scripts.screenshots

demo: $(APP_STAMP) ## train the bundled demo run again
	@$(PY) -m core train --epochs 8 --out demo --run-id demo
	@$(PY) -c "from core.reading.judging import ship_judge; from core.runs.archive import DEMO_DIRECTORY; ship_judge(DEMO_DIRECTORY)"

env: $(APP_STAMP) ## install what runs the app and stop there

dev-env: $(DEV_STAMP) browser ## install what tests and checks it as well

browser: $(DEV_STAMP)
	@$(PY) scripts/find_browser.py --install >/dev/null

clean: ## remove the environments and everything that was generated
	rm -rf $(VENV) $(BENCH_VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis benchmarks/results soak/results test-results
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

$(CREATED): $(CREATED_IF)
	@scripts/create_venv.sh $(VENV)
	@rm -f $(VENV)/.app-* $(VENV)/.dev-*
	@touch $@

$(APP_STAMP): $(CREATED_IF) | $(CREATED)
	@echo "Installing what runs Digit Lab; PyTorch is large, the first time takes a few minutes …"
	@rm -f $(VENV)/.app-* $(VENV)/.dev-*
	@$(PY) -m pip install -r requirements.txt || { echo "The installation did not finish; run make again." >&2; exit 1; }
	@touch $@

$(DEV_STAMP): $(CREATED_IF) | $(APP_STAMP)
	@echo "Installing what tests and checks Digit Lab …"
	@rm -f $(VENV)/.dev-*
	@$(PY) -m pip install --quiet -r requirements-dev.txt || { echo "The installation did not finish; run make again." >&2; exit 1; }
	@touch $@

$(BENCH_STAMP): $(CREATED_IF) | $(DEV_STAMP)
	@echo "Installing the peers that the benchmark measures …"
	@rm -f $(BENCH_VENV)/.bench-*
	@scripts/create_bench_venv.sh $(VENV) $(BENCH_VENV) requirements-bench.txt
	@mkdir -p $(BENCH_VENV) && touch $@
