# Needs make and Python >= 3.11. Everything else goes into .venv, at the versions of the lock files.
# Another interpreter: make PYTHON=/path/to/python

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
# The stages of `all` depend on each other's files, and each uses the cores by itself.
.NOTPARALLEL:
.PHONY: all verify mutate search codegen certify pages gallery docs linkcheck \
	test test-slow test-all test-browser test-peers bench bench-peers bench-claims bench-verify measure \
	accuracy accuracy-full lint check clean help FORCE

RUN := .venv/bin

# Bytecode is written once, instead of compiled by each of the many processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

# No questions and no advertisements from pip, at a terminal as in CI.
export PIP_NO_INPUT := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Through the environment, a constraint also holds for what builds the package: newer releases of
# pip want the second name for that, older ones ignore it. Relative: pip splits it at blanks.
PIP_INSTALL := PIP_CONSTRAINT=requirements.lock PIP_BUILD_CONSTRAINT=requirements.lock \
	$(RUN)/python -m pip install -qq

# Who has no tests left takes half of what another has: long ones at the end keep nobody waiting.
PYTEST := $(RUN)/python -m pytest --numprocesses=auto --dist=worksteal

all: verify codegen pages ## verify, codegen, pages (what a plain `make` does)

verify: .venv/.installed ## prove every hand-written gradient, or refute it; prove the emitted code
	$(RUN)/lossproof verify
	$(RUN)/lossproof audit --emitted

mutate: .venv/.installed ## change every formula a little: what is wrong must be refuted
	$(RUN)/lossproof mutate

search: .venv/.installed ## look for the forms that round best, and record them (minutes)
	$(RUN)/lossproof search

codegen: .venv/.installed ## write generated/ from the proved specs
	$(RUN)/lossproof codegen

certify: .venv/.installed ## write generated/proofs/, and have Coq check every certificate
	$(RUN)/lossproof certify --coq

pages: .venv/.installed ## write the pages of the documentation from the proved specs
	$(RUN)/lossproof docs

gallery: .venv/.peers ## audit published objectives, and write the page of the gallery (minutes)
	$(RUN)/lossproof docs --gallery docs/gallery

docs: pages .venv/.docs ## build the book as HTML, for docs/_build/index.html (installs Sphinx)
	$(RUN)/python -m sphinx -W -E --keep-going -q docs docs/_build

linkcheck: pages .venv/.docs ## ask for every page elsewhere that the book links to (needs a network)
	$(RUN)/python -m sphinx -b linkcheck -q docs docs/_build/linkcheck

test: .venv/.installed ## run the tests
	$(PYTEST) -m "not slow and not peers and not browser"

test-slow: .venv/.installed ## run the long sweeps and random campaigns (minutes)
	$(PYTEST) -m slow

test-all: .venv/.installed ## run both at once
	$(PYTEST) -m "not peers and not browser"

test-browser: docs ## look at the book in a headless Chromium, whose driver must be installed
	$(RUN)/python -m pytest -m browser

test-peers: .venv/.peers ## compare with other libraries, carry out their guides (installs over 1 GB)
	$(PYTEST) -m peers

bench: .venv/.peers ## time the emitted losses against others (python -m bench lists what else)
	$(RUN)/python -m bench.losses
	$(RUN)/python -m bench.losses --sizes 1e7 --peers torch jax --default-allocator
	$(RUN)/python -m bench.losses --sizes 1e6 1e7 --peers torch jax numexpr sklearn --threads 2
	$(RUN)/python -m bench.memory

bench-peers: .venv/.peers ## install numexpr and numba, so that bench times them, too
	@$(PIP_INSTALL) --no-compile -r requirements-bench.lock

bench-claims: .venv/.installed ## measure how long each loss takes to derive and to prove
	$(RUN)/python -m bench.claims

bench-verify: .venv/.installed ## measure verify: cold, warm, edited, up to 100 times the specs
	$(RUN)/python -m bench.verify

measure: .venv/.peers bench-peers ## measure anew what the book shows of kinks, errors and speed (minutes)
	$(RUN)/python -m bench.kinks
	$(RUN)/python -m bench.accuracy
	$(RUN)/python -m bench.speed

accuracy: .venv/.installed ## measure errors in ulps, beside other libraries where installed
	$(RUN)/lossproof accuracy --reductions

accuracy-full: .venv/.installed ## measure softplus at all 2**32 numbers of float32 (minutes)
	$(RUN)/python -m derive.accuracy.full bce_with_logits 0

lint: .venv/.installed ## ruff and mypy
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy

check: .venv/.installed ## fail if generated/, docs/ or README.md is not what the specs give
	$(RUN)/lossproof codegen --check
	$(RUN)/lossproof certify --check
	$(RUN)/lossproof docs --check

clean: ## remove .venv, caches and build products (generated/ stays)
	rm -rf .venv build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile

# The stamp holds the folder that was installed: an editable install points there, so a checkout
# that was moved or copied together with its .venv must be installed anew.
MOVED := $(shell [ "$$(cat .venv/.installed 2>/dev/null)" = "$$(pwd -P)" ] || echo FORCE)

.venv/.installed: pyproject.toml requirements.lock $(MOVED)
	@if [ "$$(cat $@ 2>/dev/null)" != "$$(pwd -P)" ]; then \
		if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; \
		else set -- python3 python3.13 python3.12 python3.11; fi; \
		for python in "$$@"; do \
			"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
				2>/dev/null && break; \
			python=; \
		done; \
		if [ -z "$$python" ]; then \
			echo "lossproof needs Python >= 3.11 with its venv module; tried: $$*" >&2; \
			echo "Name one by: make PYTHON=/path/to/python" >&2; \
			exit 1; \
		fi; \
		"$$python" -m venv --clear .venv || exit 1; \
	fi
	@echo "Installing lossproof and its tools into .venv (a minute the first time)"
	@$(PIP_INSTALL) -e '.[toolkit,test,lint]'
	@pwd -P > $@

# The import makes a broken peer fail here, where a test would be skipped.
.venv/.peers: requirements-peers.lock .venv/.installed
	@echo "Installing PyTorch, JAX, XGBoost and others into .venv (takes minutes the first time)"
	@$(PIP_INSTALL) --no-compile -r requirements-peers.lock # a run imports little of PyTorch
	@$(RUN)/python -c 'import jax, lightgbm, scipy, sklearn, torch, xgboost'
	@touch $@

.venv/.docs: requirements-docs.lock .venv/.installed
	@echo "Installing Sphinx and its theme into .venv"
	@$(PIP_INSTALL) -r requirements-docs.lock
	@touch $@
