# Every target can be run again at any time and does only what is left to do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SOURCES := Sources Tests Package.swift
BUILD := swift build -c release
# How many tests run at the same time: they wait for programs of others more than they compute, and each opens files of its own.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH := 4

.PHONY: help install build test stories check bench bench-cluster bench-spreadsheets bench-web bench-load fuzz fuzz-http scan screenshots demo pages format clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 27

install: ## install what this machine lacks (says what it does; asks for root only if something is missing)
	@scripts/install

build: install ## build the release executable: .build/release/customer-dynamics
	$(BUILD) --product customer-dynamics

test: install ## build everything in the release configuration and run all tests
	$(BUILD) --build-tests
	swift test -c release --skip-build --skip DynamicsWebTests
	swift test -c release --skip-build --filter DynamicsWebTests
	.venv/bin/python -m pytest -q -p no:cacheprovider stories

stories: build ## the browser tests alone
	.venv/bin/python -m pytest -q -p no:cacheprovider stories

check: install ## the formatter's lint and the tests of the house itself
	swift format lint --strict --parallel --recursive $(SOURCES)
	$(BUILD) --build-tests
	swift test -c release --skip-build --filter HouseTests

bench: build ## measure imports and reports, and other engines on the same data (BENCH="--small" for a quick look)
	@scripts/install bench
	@mkdir -p bench-data
	.venv/bin/python bench/run.py $(BENCH) | tee bench-data/results.md

bench-cluster: build ## measure the ledger on a ClickHouse cluster beside the embedded one, on the files of "make bench" (BENCH="--shards 1 2 3")
	.venv/bin/python bench/cluster.py $(BENCH)

bench-spreadsheets: build ## measure how a report is written as XLSX and XLS, beside XlsxWriter and xlwt
	@mkdir -p bench-data
	.venv/bin/python bench/spreadsheets.py $(BENCH)

bench-web: build ## measure pages: a report of a year, 200 viewers at once, 20,000 rows in Chromium
	.venv/bin/python bench/web.py $(BENCH)

bench-load: build ## 200 viewers, 20 analysts and a billing system at once for 10 minutes, checked with DuckDB (BENCH="--kills 100": killed meanwhile)
	@scripts/install bench
	.venv/bin/python bench/load.py $(BENCH)

fuzz: install ## run libFuzzer on what strangers send (TARGET=imports|query|form|period|token SECONDS=60) on the corpus of the tests
	swift build --package-path fuzz -c release --sanitize fuzzer
	@mkdir -p fuzz/.build/corpus-$(or $(TARGET),query)
	FUZZ_TARGET=$(or $(TARGET),query) fuzz/.build/release/fuzz -max_total_time=$(or $(SECONDS),60) -max_len=4096 -artifact_prefix=fuzz/ fuzz/.build/corpus-$(or $(TARGET),query) fuzz/corpus/$(or $(TARGET),query)

scan: build ## let wapiti and sqlmap at a server of a made-up operator, signed in (WAPITI_SECONDS=30: for each of its modules)
	@fuzz/scan.sh

fuzz-http: build ## send requests made from the description of the HTTP interface (EXAMPLES=600: some 19,000)
	@fuzz/http.sh $(EXAMPLES)

screenshots: build ## take the pictures of docs/screenshots.md (PAGES="report-by-month info": only these)
	.venv/bin/python stories/screenshots.py $(PAGES)

demo: build ## fill data/ with a made-up operator unless it has a ledger, and serve it (PORT=8080)
	@.build/release/customer-dynamics demo --if-empty
	@exec .build/release/customer-dynamics serve --port $(or $(PORT),8080)

pages: build ## put what commands print into README.md and docs/
	.venv/bin/python scripts/pages.py

format: ## format all Swift sources in place
	swift format --in-place --parallel --recursive $(SOURCES)

clean: ## remove what was built (not data/)
	rm -rf .build .venv bench-data
