# make serve   makes .venv, installs, fills an embedded archive if there is none, serves on port 8080
# make test    makes the same .venv and passes the tests
#             (two files at a time, and then those that measure time; TESTS_AT_ONCE=)
# make check   format, lint, types, layers, documentation
# make bench   prints the benchmark table
# make soak    uses a server for ten minutes and prints what became of it
PORT ?= 8080
HOST ?= 127.0.0.1
SATVO_HOME ?= var
PYTHON ?= python3
TESTS_AT_ONCE ?= 2
# Two files of tests at a time are two processes; each computes on one thread.
ONE_THREAD = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
PIP = .venv/bin/python -m pip --disable-pip-version-check --quiet

.PHONY: serve test check bench soak
serve: .venv/installed
	@.venv/bin/satvo init --demo --if-missing --home "$(SATVO_HOME)"
	@exec .venv/bin/satvo serve --home "$(SATVO_HOME)" --host "$(HOST)" --port "$(PORT)"

test: .venv/installed-dev
	$(ONE_THREAD) .venv/bin/python -m pytest -n $(TESTS_AT_ONCE) --dist loadfile -m "not alone" $(PYTEST_ARGS) || [ $$? -eq 5 ]
	$(ONE_THREAD) .venv/bin/python -m pytest -m alone $(PYTEST_ARGS) || [ $$? -eq 5 ]

check: .venv/installed-dev .types
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/python -m pytest -q tests/test_layers.py tests/test_documented.py tests/test_packaging.py tests/test_doctests.py

bench: .venv/installed-dev
	.venv/bin/python tests/bench.py

soak: .venv/installed-dev
	.venv/bin/python tests/soak.py $(SOAK_ARGS)

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("satvo needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml setup.py
	$(PIP) install --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	$(PIP) install --editable '.[dev]'
	@touch $@

# mypy cannot follow setuptools' editable finder; a tree of links shows it the installed names.
.types:
	@mkdir -p .types/satvo
	@for folder in schemas ingest resources service; do ln -sfn "$(CURDIR)/$$folder" .types/satvo/$$folder; done
