# The one door for developers. `make help` lists everything.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python
FIND_PYTHON := $$(tools/find_python.sh)
WITHOUT_DVC := "Going on without DVC: dataset versions are made as usual, but cannot be copied to a remote, and no training can be started"

.PHONY: help run install install-dev install-ml test test-fast lint types js bench messages lock env image clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: install ## Install what is missing, make the database and a demo, start everything on http://127.0.0.1:5000
	@exec $(PY) manage.py up

test: install-dev ## Lint, types, all tests on SQLite, then those that matter on PostgreSQL and Redis
	@$(PY) tools/environment.py test || echo "Going on without torch and OpenVINO: the tests that need them are skipped"
	@exec $(PY) tools/test.py

install: ## Make .venv with what running needs
	@python=$(FIND_PYTHON) && $$python tools/environment.py run
	@$(PY) tools/environment.py data || echo $(WITHOUT_DVC)

install-dev: ## Make .venv with what developing needs
	@python=$(FIND_PYTHON) && $$python tools/environment.py dev
	@$(PY) tools/environment.py copies || echo $(WITHOUT_DVC)

install-ml: install ## Add what training and .pt weights need (torch and Ultralytics, which is AGPL-3.0; about 2 GB)
	@$(PY) tools/environment.py ml

test-fast: install-dev ## Tests on SQLite without browsers and without killing processes; ARGS="-k name" narrows
	@exec $(PY) -m pytest -q -n auto --dist loadfile -m "not browser and not faults" $(ARGS)

lint: install-dev ## Style and the import rules of docs/architecture.md
	@$(PY) tools/test.py lint

types: install-dev ## mypy --strict
	@$(PY) tools/test.py types

js: install-dev ## Types and tests of the browser code (needs Node.js)
	@$(PY) tools/test.py js

bench: install-dev ## Measure speed and cost (bench/README.md says what)
	@$(PY) bench/live.py $(ARGS)

messages: install-dev ## Collect texts for translators and compile the translations (needs gettext)
	@$(PY) manage.py makemessages --all --no-location --no-obsolete --no-wrap -i .venv -i node_modules -i tests -i client
	@$(PY) manage.py makemessages --all --no-location --no-obsolete --no-wrap -d djangojs -i .venv -i node_modules -i tests
	@$(PY) manage.py compilemessages -v 0

lock: install-dev ## Write constraints.txt and requirements.lock; ARGS=--upgrade takes the newest allowed versions
	@$(PY) tools/lock.py $(ARGS)

env: ## Write .env with new secrets, for docker compose
	@python=$(FIND_PYTHON) && $$python tools/make_env.py

image: ## Build the container images (needs Docker)
	GIT_COMMIT=$$(git rev-parse --verify --quiet HEAD 2>/dev/null) docker compose build

clean: ## Remove what make made, but never data/
	rm -rf .venv node_modules frontend/node_modules staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
