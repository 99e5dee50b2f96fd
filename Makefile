# Every target sets up what it needs. `make help` lists them.

VENV := .venv
PYTHON := $(VENV)/bin/python
# `run` and `demo` need the runtime requirements, or the development ones where they are installed.
RUNTIME := $(or $(wildcard $(VENV)/.installed),$(VENV)/.runtime)
# The suite runs a second time on this server, if it answers.
POSTGRES_URL ?= postgres://postgres@127.0.0.1:5432/postgres
export PORT ?= 8000
export SANDBOX_PORT ?= 12111

.DEFAULT_GOAL := help
.PHONY: help run demo test faults lint bench soak large profile break-it mutants storm matrix release-check clients docs fixtures lock schema messages graphiql uplot clean

help: ## List the targets
	@grep -E '^[.a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([.a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.venv: $(VENV)/.installed ## Create a virtual environment with the development requirements

$(VENV)/.installed: requirements-dev.txt .ci/install
	@.ci/install $(VENV)

$(VENV)/.runtime: requirements.txt .ci/install
	@.ci/install $(VENV) run

run: $(RUNTIME) ## Serve everything on http://127.0.0.1:8000 (PORT, SANDBOX_PORT)
	@$(PYTHON) manage.py serve

demo: $(RUNTIME) ## Run a whole payment from the terminal, then exit
	@$(PYTHON) manage.py demo

test: .venv ## Run the suite on SQLite, and on PostgreSQL if it answers
	@POSTGRES_URL=$(POSTGRES_URL) .ci/test $(PYTHON)

faults: .venv ## Run the full fault suite on SQLite and PostgreSQL (`make test` runs a short form)
	@POSTGRES_URL=$(POSTGRES_URL) .ci/faults $(PYTHON)

lint: .venv ## Check style, types, import contracts, migrations, generated files, spelling
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py check
	$(PYTHON) manage.py export_schema --check
	$(PYTHON) .ci/conformance --check
	$(PYTHON) .ci/settings-page --check
	$(PYTHON) .ci/checks-page --check
	$(PYTHON) .ci/break-it --check
	$(PYTHON) .ci/mutants --check
	$(PYTHON) .ci/messages --check
	$(PYTHON) .ci/plain-english
	git ls-files -z | xargs -0 $(VENV)/bin/codespell

schema: .venv ## Write schema/schema.graphql
	$(PYTHON) manage.py export_schema

messages: .venv ## Collect the messages to translate, and compile the French catalog
	$(PYTHON) .ci/messages

bench: .venv ## Measure the sandbox and, on PostgreSQL, the site against their goals, briefly
	@POSTGRES_URL=$(POSTGRES_URL) $(PYTHON) -m tests.bench short

soak: .venv ## The same at full length: ten minutes of webhooks, ten of payments, a million intents
	@POSTGRES_URL=$(POSTGRES_URL) $(PYTHON) -m tests.bench long

large: .venv ## Open every page of the admin, and ask for every list, with a million payments
	@POSTGRES_URL=$(POSTGRES_URL) $(PYTHON) -m tests.bench.large
	@POSTGRES_URL=$(POSTGRES_URL) $(PYTHON) -m tests.bench.lists

profile: .venv ## Show where the time of GraphQL queries goes: DOCUMENTS="one.graphql two.graphql"
	@POSTGRES_URL=$(POSTGRES_URL) $(PYTHON) -m tests.bench.profile $(DOCUMENTS)

break-it: .venv ## Remove each safety mechanism in a copy, and check that its tests fail
	@$(PYTHON) .ci/break-it

mutants: .venv ## Make small changes to the code that the tests must notice: PARTS="money policy"
	@$(PYTHON) .ci/mutants $(PARTS)

storm: .venv ## Ten minutes of `kill -9`, gateway faults and paying users, on PostgreSQL
	@POSTGRES_URL=$(POSTGRES_URL) $(PYTHON) -m tests.storm --seconds 600

matrix: .venv ## Make a first payment with the installed wheel, on each Python and Django
	@POSTGRES_URL=$(POSTGRES_URL) .ci/matrix $(PYTHON)

release-check: .venv ## Build the package, then install and try the wheel outside the repository
	@POSTGRES_URL=$(POSTGRES_URL) .ci/release-check $(PYTHON)

clients: .venv ## Run clients in other languages against the site (needs Node.js and npm)
	@$(PYTHON) -m pytest tests/clients

docs: .venv ## Write the generated parts of docs/: settings, checks, faults, conformance
	$(PYTHON) .ci/settings-page
	$(PYTHON) .ci/checks-page
	$(PYTHON) .ci/conformance

fixtures: .venv ## Run the fixtures of Stripe's command line against the sandbox (needs npm)
	$(PYTHON) .ci/stripe-cli-fixtures

graphiql: ## Rebuild the GraphiQL bundle (needs npm)
	.ci/graphiql-bundle

uplot: ## Copy the chart library from its npm package (needs npm)
	.ci/uplot-files

lock: ## Update the pinned requirements (needs uv)
	uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.12 \
		--no-header --no-emit-index-url --extra all pyproject.toml --output-file requirements.txt
	uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.12 \
		--no-header --no-emit-index-url --extra all --group dev --constraint requirements.txt \
		pyproject.toml --output-file requirements-dev.txt
	for peer in graphene djstripe; do \
		uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.12 \
			--no-header --no-emit-index-url tests/bench/peers/$$peer/requirements.in \
			--output-file tests/bench/peers/$$peer/requirements.txt || exit 1; \
	done

clean: ## Remove generated files and the development database
	rm -rf $(VENV) .data static .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
