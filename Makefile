PYTHON ?= python3
# Of the hook and of the image: arm64, x86_64, or native for this machine's.
ARCH ?= native

step := $(PYTHON) tools/step.py
# For targets that do not need one another. What each of them says is whole lines: tools/step.py.
side_by_side := --silent --no-print-directory --jobs
one_by_one := --silent --no-print-directory --jobs=1
python := .venv/installed
checkov := .checkov/installed
node := node_modules/.package-lock.json

.PHONY: help demo pull-request test test-python test-exploration test-hook test-image test-sandbox test-e2e test-others test-failures test-state check check-python check-hook check-image check-workflows
.PHONY: policy conformance explore screenshot sandbox setup ready prerequisites python hook image bench review-score schema lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 15

demo: ready ## Deploy, use and destroy the whole system on this machine, as a story
	@.venv/bin/python -m sandbox.demo

pull-request: ready $(checkov) ## Plan, review, guard and apply a change on this machine, as a pull request does
	@.venv/bin/python -m sandbox.pull_request

screenshot: ready ## Run the demo and write what it shows to docs/demo.svg
	@.venv/bin/python -m sandbox.screenshot

sandbox: ready ## Run the sandbox in the foreground; it prints what a second shell needs
	@.venv/bin/python -m sandbox up --seed image/target/release/image

# The end-to-end run leaves about half of two cores idle: all the others go beside it, one after the other.
test: ready $(checkov) ## Every test but those below: Python, Rust, the sandbox, and one end-to-end run on real Terraform
	@$(MAKE) $(side_by_side) test-e2e test-others

test-others:
	@$(MAKE) $(one_by_one) test-hook test-image test-python test-exploration test-sandbox

test-e2e: python $(checkov) $(node) image hook
	@.venv/bin/python -m pytest tests/e2e

apart := exploration sandbox e2e state failures
test-python: python
	@$(step) "Tests of Python" .venv/bin/python -m pytest tests $(apart:%=--ignore tests/%)

test-exploration: python
	@$(step) "Tests of interleavings" .venv/bin/python -m pytest tests/exploration

test-sandbox: python image hook
	@$(step) "Tests of the sandbox" .venv/bin/python -m pytest tests/sandbox --numprocesses 2 --dist loadfile

test-hook test-image: test-%:
	@$(step) "Tests of the $*" sh -c "cd $* && cargo test --locked --quiet"

# Its rehearsals mostly wait, so two stacks are worked on at a time.
test-failures: ready ## Every way a release fails, each on a deployed stack: nightly in CI
	@.venv/bin/python -m pytest tests/failures --numprocesses 2 --dist worksteal --basetemp .sandbox/failures
	@.venv/bin/python -m tests.failures.document .sandbox/failures

test-state: ready ## Deploys and destroys that are killed, a state that is old, lost or locked: nightly in CI
	@.venv/bin/python -m pytest tests/state

check: prerequisites ## Formatting, lints, types and workflows
	@$(MAKE) $(side_by_side) check-python check-hook check-image check-workflows

check-python: python
	@$(step) "ruff format" .venv/bin/ruff format --check .
	@$(step) "ruff" .venv/bin/ruff check .
	@$(step) "mypy" .venv/bin/mypy

check-hook check-image: check-%:
	@$(step) "rustfmt and clippy of the $*" \
	  sh -c "cd $* && cargo fmt --check && cargo clippy --locked --all-targets --quiet -- -D warnings"

check-workflows: python
	@$(step) "zizmor" .venv/bin/zizmor --offline --quiet .github docs/workflows/*.yml

# Not in cdktf.out, where a stack whose settings are gone may be left.
stacks := .sandbox/policy
policy: python $(checkov) ## Look for insecure settings, with checkov: make policy, or of a plan: make policy PLAN=plan.json
ifdef PLAN
	@.venv/bin/python tools/policy.py "$(PLAN)"
else
	@$(PYTHON) tools/prerequisites.py python3 node
	@rm -rf $(stacks)
	@$(step) "Synthesized stacks" env CDKTF_OUTDIR=$(stacks) .venv/bin/python main.py
	@.venv/bin/python tools/policy.py $(stacks)
endif

explore: python ## Search many thousand interleavings of a release and its faults, in simulated time
	@.venv/bin/python -m tests.exploration

conformance: setup ## Try what is claimed about AWS, on the account and endpoint that the environment names
	@.venv/bin/python -m sandbox.conformance

setup: prerequisites ## Install what the commands here need, into this folder
	@$(MAKE) $(side_by_side) python $(node)

ready: prerequisites
	@$(MAKE) $(side_by_side) python $(node) image hook

prerequisites:
	@$(PYTHON) tools/prerequisites.py

# cdktf.json goes through here, so that `cdktf synth` works in a clean clone.
python: $(python)

$(python): Pipfile.lock tools/install-python.sh
	@$(PYTHON) tools/prerequisites.py python3
	@$(step) "Python packages" tools/install-python.sh $(PYTHON)

$(checkov): policy/Pipfile.lock tools/install-checkov.sh | $(python)
	@$(step) "checkov" tools/install-checkov.sh $(PYTHON)

$(node): package-lock.json
	@$(step) "cdktf-cli" npm ci --ignore-scripts --no-audit --no-fund
	@touch $(node)

image: ## Build the released service's binary
	@$(step) "The service (Rust)" cargo build --release --locked --manifest-path image/Cargo.toml

hook: ## Build the hook's zip: make hook ARCH=arm64
	@$(PYTHON) tools/prerequisites.py python3 cargo cc
	@$(step) "The hook (Rust)" $(PYTHON) hook/build.py $(ARCH)

bench: ready ## Requests that releases cost, time of a release, speed of hook, service and synth
	@$(step) "A bare axum (Rust)" cargo build --release --locked --manifest-path tools/bare_axum/Cargo.toml
	@.venv/bin/python tools/bench_hook.py
	@.venv/bin/python tools/bench_synth.py
	@.venv/bin/python tools/bench_image.py
	@.venv/bin/python -m sandbox.bench

review-score: python ## How well the review does on labelled plans; writes it into docs/plan-review.md
	@.venv/bin/python -m tests.plans.score

schema: python ## Write environments/schema.json and docs/settings.md anew, from the settings
	@.venv/bin/python -m environments.schema
	@.venv/bin/python -m environments.page

lock: python ## Lock the Python packages anew
	@tools/lock-python.sh

clean: ## Remove everything that was built or installed here
	rm -rf .venv .checkov node_modules cdktf.out .sandbox image/target hook/target hook/dist tools/bare_axum/target *.egg-info
