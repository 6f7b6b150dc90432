# Maru. The two commands to know: make run, make test. Each installs what it needs, and says so.

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help

# Tools are pinned in a module of their own; they need no C compiler.
TOOL := CGO_ENABLED=0 go tool -modfile=tools/go.mod
# Empty it to test without the race detector: make test RACE=
RACE := -race
# What to test, and flags for go test: make test PKG=./internal/ordering ARGS='-run Cancel'
PKG  := ./...
ARGS :=

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: run
run: ## Run the demo with its own PostgreSQL on http://localhost:8080 (ARGS='--simulate 10x')
	@build/need postgres
	@mkdir -p bin && go build -o bin/maru . && exec bin/maru demo $(ARGS)

.PHONY: test
test: ## Run all tests but those in a browser, on a real PostgreSQL
	@build/need postgres $(if $(RACE),cc)
	@mkdir -p bin && go build -o bin/ ./build/testreport ./internal/platform/postgres/cmd/testpg
	@bin/testpg -- go test -json $(RACE) -shuffle=on -timeout 30m $(ARGS) $(PKG) | bin/testreport

.PHONY: e2e
e2e: ## Run the tests in a browser (Chromium)
	@build/need postgres chromium node
	@mkdir -p bin && go build -o bin/ ./build/testreport ./internal/platform/postgres/cmd/testpg
	@CI_BROWSER=required bin/testpg -- go test -json -tags e2e -count=1 -timeout 20m $(ARGS) ./e2e/... | bin/testreport

.PHONY: bench
bench: ## Measure orders, lag, drain and growth (ARGS='-only intake -rounds 1', -h for more)
	@build/need postgres
	@mkdir -p bin && go build -o bin/maru . && go build -o bin/maru-bench ./internal/bench && exec bin/maru-bench $(ARGS)

.PHONY: faults
faults: ## Try to break it: kill, stop, cut, fill, restart (ARGS='-faults.for=1h -faults.seed=7')
	@build/need postgres
	@mkdir -p bin && go build -o bin/ ./build/testreport
	@rm -f bin/faults.txt
	@go test -json -tags faults -count=1 -timeout 0 ./internal/faults -args -faults.table=$(CURDIR)/bin/faults.txt $(ARGS) | bin/testreport; \
		failed=$$?; cat bin/faults.txt; exit $$failed

.PHONY: permissions
permissions: ## Write docs/permissions.md, the table of routes and roles, anew
	@build/need postgres
	@mkdir -p bin && go build -o bin/ ./internal/platform/postgres/cmd/testpg
	@bin/testpg -- go test ./internal/app -run PermissionsTable -update

.PHONY: lint
lint: ## Check formatting, vet and lint
	@unformatted=$$($(TOOL) gofumpt -l $$(git ls-files -co --exclude-standard '*.go' | grep -vE '_templ\.go$$|/internal/[a-z]+db/')); \
		if [ -n "$$unformatted" ]; then echo "not formatted, run make format:"; echo "$$unformatted"; exit 1; fi
	@go vet ./... && go vet -tags e2e,faults,failpoints ./...
	@$(TOOL) golangci-lint run --allow-serial-runners ./...

.PHONY: format
format: ## Format Go files and templates
	@$(TOOL) gofumpt -w $$(git ls-files -co --exclude-standard '*.go' | grep -vE '_templ\.go$$|/internal/[a-z]+db/')
	@$(TOOL) templ fmt web

.PHONY: generate
generate: ## Generate what is committed: SQL to Go, templates to Go, the style sheet
	@build/need node
	@$(TOOL) sqlc generate
	@$(TOOL) templ generate -path web
	@npm run --silent build
