# `make app` runs the app and `make test` every test. Both need Python, make and git only: they
# create .venv and install what is missing, which takes a few minutes the first time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# tests that need no browser and start no training or worker process
FAST := not browser and not torchrun and not worker and not slow

.PHONY: app test test-fast check chromium catalogue demo-data default-model screenshots fonts hooks docs

app: $(VENV)/.app
	$(BIN)/streamlit run app.py

test: $(VENV)/.dev chromium
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term --cov-fail-under=90

# About 70 seconds on two cores, for use while you work.
test-fast: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile --hypothesis-profile fast -m "$(FAST)"

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Reports an unsupported Python in one sentence, before an installation fails.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or newer is required; this is %d.%d. Try: make PYTHON=python3.12 ..." % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements.txt | $(VENV)/bin/python
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.app

# The browser tests need Chrome or Chromium. On Debian and Ubuntu this installs Chromium if missing.
chromium:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
	  command -v $$name >/dev/null 2>&1 && exit 0; done; \
	[ -n "$$CHROME" ] && [ -x "$$CHROME" ] && exit 0; \
	[ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] && exit 0; \
	if ! command -v apt-get >/dev/null 2>&1; then \
	  echo "The browser tests need Google Chrome or Chromium on the PATH (or CHROME=/path/to/it)." \
	    "Install one, then run make test again." >&2; exit 1; fi; \
	if [ "$$(id -u)" = 0 ]; then as=; else as=sudo; fi; \
	echo "Installing Debian's Chromium for the browser tests ..."; \
	$$as apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq --no-install-recommends chromium >/dev/null

catalogue: $(VENV)/.dev
	$(BIN)/python -m scripts.make_catalogue

demo-data: $(VENV)/.dev
	$(BIN)/python -m scripts.make_demo_community

default-model: $(VENV)/.dev
	$(BIN)/python -m scripts.make_default_model

screenshots: $(VENV)/.dev chromium
	$(BIN)/python -m scripts.make_screenshots

fonts: $(VENV)/.dev
	$(BIN)/python -m scripts.make_fonts

hooks: $(VENV)/.dev
	$(BIN)/pre-commit install

# The documentation with the API reference, in site/. No network is used.
docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
