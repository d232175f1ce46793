# The commands that a newcomer, a developer and CI need. "make help" lists them.

BIN := bin

.PHONY: help demo build test test-race test-pure test-processes test-unraced test-long chaos soak simulate mutants weeks master bench docs lint lint-text fuzz tools clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run the sample rollout against the built-in simulator; nothing to install
	@mkdir -p $(BIN)
	@go build -o $(BIN)/enqueue ./cmd/enqueue
	@$(BIN)/enqueue --embedded --simulate --partial samples/rollout.xlsx; code=$$?; \
	if [ $$code -eq 3 ]; then echo "enqueue exits 3 here, because the sample has wrong rows on purpose: see samples/README.md"; exit 0; fi; \
	exit $$code

build: ## build all commands into bin/
	@mkdir -p $(BIN)
	go build -buildvcs=auto -o $(BIN)/ ./cmd/...

# either is a pattern that any of some words matches.
either = $(subst $() ,|,$(strip $(1)))

# Packages that start no goroutine. They are tested without the race detector, which
# multiplies their CPU time, except the tests of internal/addrcheck in RACED.
PURE := docs/generate internal/addrcheck internal/archtest internal/bench/render internal/config internal/console \
  internal/endpoint internal/identity internal/importer internal/jsonout internal/judge internal/report internal/rollout internal/spelling \
  internal/spreadsheet internal/template internal/virtual/mutants internal/xlsx samples
RACED := TestACheckerMayBeShared

# Packages whose tests run the commands as processes, which the race detector cannot see, and
# those whose tests are rollouts in virtual time, which it makes six times as long: test-long
# has some with it.
PROCESSES := internal/bench internal/chaos internal/e2e internal/progress internal/virtual

# Long tests of other packages, most of them rollouts in virtual time too. All others of these
# packages are tested with the race detector.
UNRACED := TestAWorkerDiesAtEveryBoundary TestAdmission_LongBreaks TestAdmission_Turns TestCancel \
  TestDamage_Followers TestFollow_WaitingCostsLittle TestOneListServesAllSites TestPause_WhileCallsWait \
  TestPurge_Interrupted TestPurge_RecognisesAsBefore TestPurge_UploadedAgain \
  TestReview_IsNotForgottenByAFurtherUpload TestWindows TestWindows_ChangesOfClocks TestWorker_WhileAllSitesWait
UNRACED_IN := internal/jobs internal/ledger

# All other packages, new ones too, are tested with the race detector. internal/archtest
# compares these lists with the code.
OTHERS = go list ./... | sed 's,^btrollout/,,' | grep -vxE '$(call either,$(PURE) $(PROCESSES))' | sed 's,^,./,'

# The tests find the commands in BTROLLOUT_BUILT. More packages and tests run at a time than
# the machine has processors, because many wait for something. BTROLLOUT_LONG makes tests
# larger.
TEST = BTROLLOUT_BUILT=$(CURDIR)/$(BIN) go test -count=1 -timeout 30m

test: tools build ## run all tests, with the race detector where goroutines meet: about 4 minutes
	@$(MAKE) --no-print-directory -j3 test-race test-processes test-pure test-unraced

test-race:
	@$(TEST) -race -p 3 -parallel 4 -skip '^($(call either,$(UNRACED)))$$' $$($(OTHERS))
	@$(TEST) -race -run '^($(RACED))$$' ./internal/addrcheck

test-pure:
	@$(TEST) $(addprefix ./,$(PURE))

test-processes:
	@$(TEST) $(addprefix ./,$(PROCESSES))

test-unraced:
	@$(TEST) -run '^($(call either,$(UNRACED)))$$' $(addprefix ./,$(UNRACED_IN))

test-long: tools build ## all tests in full size and with the race detector, small benchmarks, a longer chaos: about 20 minutes
	BTROLLOUT_LONG=1 $(TEST) -race -p 3 -parallel 4 $$(go list ./... | grep -vx btrollout/internal/chaos)
	$(TEST) -run '^$$' -bench . -benchtime 1x ./internal/bench -args -bench.sites=200
	$(TEST) ./internal/chaos -v -args -chaos.sites=400 -chaos.kills=8 -chaos.redis-kills=2 -chaos.nights=2 \
	  -chaos.decisions=4

# What a long run of chaos is made of; see docs/reliability.md.
SITES ?= 2000
SEED ?= 1
KILLS ?= 24
REDIS_KILLS ?= 4
RATE ?= 40
NIGHTS ?= 2
DECISIONS ?= 12
MINUTES ?= 60

chaos: tools ## kill workers and Redis, cut networks, break answers: make chaos SITES=2000 SEED=1
	go test ./internal/chaos -run TestChaos -count=1 -timeout 120m -v -args -chaos.sites=$(SITES) \
	  -chaos.seed=$(SEED) -chaos.kills=$(KILLS) -chaos.redis-kills=$(REDIS_KILLS) -chaos.rate=$(RATE) -chaos.nights=$(NIGHTS) \
	  -chaos.decisions=$(DECISIONS)

soak: tools ## rounds of chaos with 400 sites and new seeds, for some time: make soak MINUTES=60 SEED=1
	go test ./internal/chaos -run TestChaos -count=1 -timeout $$(($(MINUTES) + 30))m -v -args -chaos.minutes=$(MINUTES) \
	  -chaos.sites=400 -chaos.seed=$(SEED) -chaos.kills=8 -chaos.redis-kills=2 -chaos.rate=$(RATE) -chaos.nights=4 \
	  -chaos.decisions=6

SEEDS ?= 1000
FIRST ?= 1

simulate: ## whole rollouts in virtual time with all faults, on all cores, until one fails: make simulate SEEDS=1000 FIRST=1
	go test ./internal/virtual -run '^TestSimulate$$' -count=1 -timeout 0 -v -args -virtual.seeds=$(SEEDS) -virtual.seed=$(FIRST)

WEEKS ?= 6
PLOT ?= docs/weeks.svg

weeks: ## a rollout of weeks in virtual time, in about 10 minutes, drawn into docs/weeks.svg: make weeks WEEKS=6 PLOT=/tmp/weeks.svg
	go test ./internal/virtual -run '^TestWeeks$$' -count=1 -timeout 0 -v -args -virtual.weeks=$(WEEKS) \
	  -virtual.plot=$(abspath $(PLOT))

master: ## a master file uploaded every night for weeks, in virtual time: nobody is called for nothing: make master WEEKS=6
	go test ./internal/virtual -run '^TestMasterFile$$' -count=1 -timeout 0 -v -args -virtual.weeks=$(WEEKS)

mutants: ## prove that simulate finds known mistakes: make mutants ONLY="resend one-look" SEEDS=200
	go run ./internal/virtual/mutants -only="$(ONLY)" $(if $(filter-out file,$(origin SEEDS)),-seeds=$(SEEDS))

bench: tools ## measure, into docs/performance.md: make bench ONLY="import redis" SITES=500
	@ONLY="$(ONLY)" SITES="$(if $(filter-out file,$(origin SITES)),$(SITES))" scripts/bench

docs: ## write docs/problems.md and docs/json.md anew
	go run ./docs/generate

# Words of other languages, and mistakes on purpose, that misspell takes for misspelled English.
FOREIGN := attendent,californa,commandes,exemple,interm,provincie,responsable,ressemble,transforme

# What each linter is set to, and why, stands in tools/.
lint: ## gofmt, go vet, staticcheck, revive, errorlint, containedctx, dupword, godot, lll, misspell
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	@mkdir -p $(BIN)/tools
	go -C tools build -o ../$(BIN)/tools/ ./lint tool
	go vet ./...
	go vet -vettool=$(CURDIR)/$(BIN)/tools/lint ./...
	$(BIN)/tools/staticcheck ./...
	$(BIN)/tools/revive -config tools/revive.toml -set_exit_status ./...
	@$(MAKE) --no-print-directory -s lint-text

lint-text:
	@$(BIN)/tools/godot -c tools/godot.yaml $$(git ls-files '*.go') | grep . && exit 1 || true
	@$(BIN)/tools/lll -l 140 -g $$(git ls-files '*.go') | grep . && exit 1 || true
	@$(BIN)/tools/misspell -error -i $(FOREIGN) $$(git ls-files '*.go' '*.md' Makefile scripts)

fuzz: ## fuzz the readers and the rule compiler, 30 s each
	@for t in $$(grep -rlE '^func Fuzz' --include=*_test.go internal); do \
	  for f in $$(grep -oE '^func Fuzz[A-Za-z0-9]+' $$t | sed 's/func //'); do \
	    go test -run '^$$' -fuzz "^$$f\$$" -fuzztime 30s -fuzzminimizetime 10x ./$$(dirname $$t) || exit 1; done; done

tools: ## install what the tests need and this machine lacks
	@scripts/install-test-tools

clean: ## remove what was built and reported
	rm -rf $(BIN) reports
