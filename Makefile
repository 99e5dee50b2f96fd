# Every target sets up what it needs. `make help` lists them.

VENV := .venv
PYTHON := $(VENV)/bin/python
# What `run` and `demo` need: the requirements to run, or those of development where they are installed.
RUNTIME := $(or $(wildcard $(VENV)/.installed),$(VENV)/.runtime)
# Where the suite runs a second time, if it answers.
POSTGRES_URL ?= postgres://postgres@127.0.0.1:5432/postgres
export PORT ?= 8000
export SANDBOX_PORT ?= 12111

.DEFAULT_GOAL := help
.PHONY: help run demo test faults lint bench soak break-it mutants storm matrix release-check clients conformance fixtures lock schema graphiql clean

help: ## What there is to make
	@grep -E '^[.a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([.a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.venv: $(VENV)/.installed ## A virtual environment with the development requirements

$(VENV)/.installed: requirements-dev.txt .ci/install
	@.ci/install $(VENV)

$(VENV)/.runtime: requirements.txt .ci/install
	@.ci/install $(VENV) run

run: $(RUNTIME) ## Serve everything on http://127.0.0.1:8000 (PORT, SANDBOX_PORT)
	@$(PYTHON) manage.py serve

demo: $(RUNTIME) ## A whole payment from the terminal, then exit
	@$(PYTHON) manage.py demo

test: .venv ## The whole suite on SQLite, and again on PostgreSQL where it answers
	@POSTGRES_URL=$(POSTGRES_URL) .ci/test $(PYTHON)

faults: .venv ## The whole fault suite, on SQLite and PostgreSQL (`make test` has its short form)
	@POSTGRES_URL=$(POSTGRES_URL) .ci/faults $(PYTHON)

lint: .venv ## Style, types, import contracts, migrations, generated files
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py check
	$(PYTHON) manage.py export_schema --check
	$(PYTHON) .ci/conformance --check
	$(PYTHON) .ci/break-it --check

schema: .venv ## Print schema/schema.graphql anew
	$(PYTHON) manage.py export_schema

bench: .venv ## Measure the sandbox and, on PostgreSQL, the site against their goals, in short
	@POSTGRES_URL=$(POSTGRES_URL) $(PYTHON) -m tests.bench short

soak: .venv ## The same at full length: ten minutes of webhooks, ten of payments, a million intents
	@POSTGRES_URL=$(POSTGRES_URL) $(PYTHON) -m tests.bench long

break-it: .venv ## Remove each safety mechanism in a copy, and see that its tests fail
	@$(PYTHON) .ci/break-it

mutants: .venv ## Small changes to the code, of which the tests must notice most: PARTS="money policy"
	@$(PYTHON) .ci/mutants $(PARTS)

storm: .venv ## Ten minutes of `kill -9`, gateway faults and people who pay, on PostgreSQL
	@POSTGRES_URL=$(POSTGRES_URL) $(PYTHON) -m tests.storm --seconds 600

matrix: .venv ## A first payment with the installed wheel, under each Python and Django
	@.ci/matrix $(PYTHON)

release-check: .venv ## Build the package, and install and try the wheel outside of the repository
	@POSTGRES_URL=$(POSTGRES_URL) .ci/release-check $(PYTHON)

clients: .venv ## Clients in other languages against the running site (needs Node.js and npm)
	@$(PYTHON) -m pytest tests/clients

conformance: .venv ## Write the tables of docs/sandbox.md anew
	$(PYTHON) .ci/conformance

fixtures: .venv ## Run the fixtures of Stripe's command line against the sandbox (needs npm)
	$(PYTHON) .ci/stripe-cli-fixtures

graphiql: ## Renew the GraphiQL bundle (needs npm)
	.ci/graphiql-bundle

lock: ## Pin the requirements anew (needs uv)
	uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.12 \
		--no-header --no-emit-index-url --extra all pyproject.toml --output-file requirements.txt
	uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.12 \
		--no-header --no-emit-index-url --extra all --group dev --constraint requirements.txt \
		pyproject.toml --output-file requirements-dev.txt

clean: ## Remove what was made, the development database included
	rm -rf $(VENV) .data static .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
