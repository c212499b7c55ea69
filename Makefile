PYTHON ?= python3
# Of the hook and of the image: arm64, x86_64, or native for this machine's.
ARCH ?= native

step := $(PYTHON) tools/step.py
python := .venv/installed
node := node_modules/.package-lock.json

.PHONY: help demo test check check-python check-hook check-image check-workflows conformance sandbox setup prerequisites python hook image bench schema lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: setup image hook ## Deploy, use and destroy the whole system on this machine, as a story
	@.venv/bin/python -m sandbox.demo

sandbox: setup image hook ## Run the sandbox in the foreground; it prints what a second shell needs
	@.venv/bin/python -m sandbox up --seed image/target/release/image

test: setup image hook ## Every test: Python, Rust, and one end-to-end run on real Terraform
	@.venv/bin/python -m pytest tests --ignore tests/sandbox --ignore tests/e2e
	@.venv/bin/python -m pytest tests/sandbox
	@cd image && cargo test --locked --quiet
	@cd hook && cargo test --locked --quiet
	@.venv/bin/python -m pytest tests/e2e

conformance: setup ## Try what is claimed about AWS, on the account and endpoint that the environment names
	@.venv/bin/python -m sandbox.conformance

check: check-python check-hook check-image check-workflows ## Formatting, lints, types and workflows

check-python: python
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy

check-hook check-image: check-%: prerequisites
	cd $* && cargo fmt --check && cargo clippy --locked --all-targets --quiet -- -D warnings

check-workflows: python
	.venv/bin/zizmor --offline --quiet .github docs/workflows/*.yml

setup: prerequisites python $(node) ## Install what the commands here need, into this folder

prerequisites:
	@$(PYTHON) tools/prerequisites.py

# cdktf.json goes through here, so that `cdktf synth` works in a clean clone.
python: $(python)

$(python): Pipfile.lock tools/install-python.sh
	@$(PYTHON) tools/prerequisites.py python3
	@$(step) "Python packages" tools/install-python.sh $(PYTHON)

$(node): package-lock.json
	@$(step) "cdktf-cli" npm ci --ignore-scripts --no-audit --no-fund
	@touch $(node)

image: ## Build the released service's binary
	@$(step) "The service (Rust)" cargo build --release --locked --manifest-path image/Cargo.toml

hook: python ## Build the hook's zip: make hook ARCH=arm64
	@$(step) "The hook (Rust)" .venv/bin/python hook/build.py $(ARCH)

bench: python hook ## Size and speed of the hook
	@.venv/bin/python tools/bench.py

schema: python ## Write environments/schema.json anew, from the settings
	@.venv/bin/python -m environments.schema

lock: python ## Lock the Python packages anew
	@tools/lock-python.sh

clean: ## Remove everything that was built or installed here
	rm -rf .venv node_modules cdktf.out .sandbox image/target hook/target hook/dist *.egg-info
