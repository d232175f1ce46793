# The commands that a newcomer, a developer and CI need. "make help" lists them.

BIN := bin

.PHONY: help demo build test lint fuzz tools clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run the sample rollout against the built-in simulator; nothing to install
	@mkdir -p $(BIN)
	@go build -o $(BIN)/enqueue ./cmd/enqueue
	@$(BIN)/enqueue --embedded --simulate --partial samples/rollout.xlsx; code=$$?; \
	if [ $$code -eq 3 ]; then echo "enqueue exits 3 here, because the sample has wrong rows on purpose: see samples/README.md"; exit 0; fi; \
	exit $$code

build: ## build all commands into bin/
	@mkdir -p $(BIN)
	go build -o $(BIN)/ ./cmd/...

test: tools ## run all tests, with the race detector
	go test -race -count=1 ./...

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

fuzz: ## fuzz the readers and the rule compiler, 30 s each
	@for t in $$(grep -rlE '^func Fuzz' --include=*_test.go internal); do \
	  for f in $$(grep -oE '^func Fuzz[A-Za-z0-9]+' $$t | sed 's/func //'); do \
	    go test -run '^$$' -fuzz "^$$f\$$" -fuzztime 30s ./$$(dirname $$t) || exit 1; done; done

tools: ## install what the tests need and this machine lacks
	@scripts/install-test-tools

clean: ## remove what was built and reported
	rm -rf $(BIN) reports
