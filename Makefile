# Everything that is done with this repository. `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
export CGO_ENABLED ?= 0

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: web/dist/index.html ## the program with its page, as bin/cordon
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/cordon ./cmd/cordon

web: web/dist/index.html ## the page alone, into web/dist (needs Node)

web/dist/index.html: $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -name '[!.]*' ! -name '*.go' ! -name api-types.ts -print) internal/api/openapi.json
	@tools/web
	@[ ! -e $@ ] || touch $@ # without Node there is none

test-web: ## the page: types, style, its own tests (needs Node)
	@tools/web check
	@tools/web test

browser: build ## the page in Chromium, against a Cordon that listens to the lab (needs root)
	@e2e/browser/run

screenshots: build ## pictures of every page, from the lab, into docs/screenshots (needs root)
	@SCREENS=$(CURDIR)/docs/screenshots e2e/browser/run

demo: build ## bring up a network of simulated devices, scan it, listen to it, audit its traffic, take it down
	bin/cordon demo

test: ## every test but those in the lab, which it counts as skipped; the last line says how many ran
	@tools/need tshark tshark
	@tools/need nft nftables
	@go test -json ./... | go run ./tools/testsum

lab-test: ## the tests that need root: the lab, scans of it, the live sensor, a whole cordon run
	@for need in "ip iproute2" "nft nftables" "curl curl" "ping iputils-ping" "nmap nmap" "tshark tshark" "ffprobe ffmpeg"; do tools/need $$need; done
	@CORDON_LAB=1 tools/with-postgres go test -count=1 -timeout 25m -p 1 -json ./e2e/labtest ./e2e/livetest | go run ./tools/testsum

test-postgres: ## the store's suite on a real PostgreSQL server, started for it
	@tools/with-postgres go test -count=1 -run Postgres -json ./internal/store | go run ./tools/testsum

test-notify: ## notifications to real servers: mosquitto, rsyslog, a mail server
	@tools/need mosquitto mosquitto
	@tools/need rsyslogd rsyslog
	@ls /usr/lib/*/rsyslog/lmnsd_gtls.so >/dev/null 2>&1 || tools/need rsyslog-gnutls rsyslog-gnutls
	@go test -count=1 -json ./internal/notify ./internal/seal | go run ./tools/testsum

torture: ## the tests of faults in their long form: a hundred kills, an hour of quiet (hours)
	@CORDON_TORTURE=100 tools/with-postgres go test -count=1 -timeout 3h -v -run 'Kill|Full|Away|Clock|Postgres' ./internal/store ./internal/inventory
	@CORDON_TORTURE=100 CORDON_LAB=1 tools/with-postgres go test -count=1 -timeout 3h -v -run 'TestLive' ./e2e/labtest

package: web/dist/index.html ## static programs and .deb packages for amd64 and arm64, into out/packages
	@tools/package

package-test: web/dist/index.html ## installs, upgrades and purges the package in a fresh Debian (needs root)
	@tools/package-test

unit: ## the systemd unit: is it well formed, and how much is it shut in
	@tools/unit

lint: ## gofmt, vet, staticcheck, licences, known vulnerabilities
	@tools/lint

race: ## the tests of the packages that share memory, under the race detector (needs a C compiler)
	@tools/need gcc gcc
	CGO_ENABLED=1 go test -race -short $(or $(PKG),./internal/packet ./internal/find ./internal/identify ./internal/sensor ./internal/inventory ./internal/reach ./internal/ask ./internal/scan ./internal/bus ./internal/guard ./e2e/lab)

fuzz: ## every parser of outside bytes; FUZZTIME=1m each, ONLY=pattern picks some
	@tools/fuzz

accuracy: ## judge the capture collection against testdata/truth.csv, by device model
	@tools/accuracy

bench: ## speed and memory of the whole audit; see bench/README.md
	@bench/run

bench-live: ## what the live sensor costs (needs root); see bench/live/README.md
	@bench/live/run

bench-idle: ## what cordon run costs while 50 cameras stream and nothing happens (needs root)
	@bench/idle/run

bench-store: ## speed and size of the store, BENCH_ROWS=60000000 for the full one
	@go run ./bench/store

bench-web: ## what a keystroke costs the page with 32,000 devices (needs Node)
	@tools/web bench

bench-scan: ## cordon scan beside nmap on simulated networks (needs root); see bench/README.md
	@bench/scan

cover: ## which lines no test reaches: out/cover.html
	@mkdir -p out
	go test -short -coverprofile=out/cover.out ./...
	go tool cover -html=out/cover.out -o out/cover.html
	@go tool cover -func=out/cover.out | tail -n 1

clean: ## remove what make made
	rm -rf bin out

.PHONY: help build web test-web browser screenshots bench-web demo test lab-test test-postgres test-notify torture package package-test unit lint race fuzz accuracy bench bench-live bench-idle bench-store bench-scan cover clean
