# courtesyd: `make demo` shows it, `make test` proves it, `make help` lists the rest.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
BIN     := bin/courtesyd

# Tools at the versions the code is held to; they are built once into bin/tools.
TOOLS       := $(CURDIR)/bin/tools
GOFUMPT     := $(TOOLS)/gofumpt@v0.12.0
STATICCHECK := $(TOOLS)/staticcheck@v0.8.2

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: build
build: ## build bin/courtesyd
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/courtesyd

.PHONY: demo
demo: build ## build, and show a month at an invented shop
	$(BIN) demo $(ARGS)

# Postfix starts as root only; anybody else's tests of the mailbox are skipped.
AS_ROOT := $(if $(filter 0,$(shell id -u)),1,)

# SQLite is C turned into Go: it keeps its data where the race detector does not
# look, and asks it in vain at every step. Without that it takes a quarter of the time.
UNWATCHED := -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc/...=-race=false

# lint has vetted everything already.
.PHONY: test
test: deps lint ## everything, with the race detector, on SQLite and on PostgreSQL
	COURTESY_REQUIRE_POSTGRES=1 COURTESY_REQUIRE_CHROMIUM=1 COURTESY_REQUIRE_AXE=1 COURTESY_REQUIRE_MAILHOST=$(AS_ROOT) \
		$(GO) test -race $(UNWATCHED) -vet=off -timeout 20m ./...

.PHONY: quick
quick: ## the tests without the slow ones and without the race detector
	$(GO) test -short ./...

.PHONY: lint
lint: $(GOFUMPT) $(STATICCHECK) ## gofumpt, vet, staticcheck
	@unformatted="$$($(GOFUMPT) -l $$(git ls-files '*.go'))"; \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(STATICCHECK) ./...

.PHONY: fmt
fmt: $(GOFUMPT) ## format the code
	$(GOFUMPT) -w $$(git ls-files '*.go')

$(GOFUMPT):
	GOBIN=$(TOOLS) $(GO) install mvdan.cc/gofumpt@v0.12.0 && mv $(TOOLS)/gofumpt $@

$(STATICCHECK):
	GOBIN=$(TOOLS) $(GO) install honnef.co/go/tools/cmd/staticcheck@v0.8.2 && mv $(TOOLS)/staticcheck $@

.PHONY: deps
deps: ## install what the tests need and the machine lacks (PostgreSQL, Chromium, axe-core, Postfix, Dovecot …)
	@deploy/test-deps.sh

.PHONY: bench
bench: ## figures, for reading; they are never asserted
	$(GO) test -run '^$$' -bench . -benchmem $(ARGS) ./internal/importer ./internal/store ./templates ./internal/gate ./internal/inbound/intent ./scheduler
	$(GO) test -count 1 -v -run 'TestNothingIsLostUnderLoad/postgres' ./internal/promises -load.rate 500 -load.for 60s

FUZZTIME ?= 30s
.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME each
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done
