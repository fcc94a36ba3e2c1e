# What there is to do with a clone; `make` alone builds the Node program. Everything a target needs it installs or builds first.

.PHONY: all check test test-reference test-kernel test-shells demo clean

all: dist/mdevctl.js

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --silent
	@touch $@

dist/mdevctl.js: node_modules/.package-lock.json scripts/build.mjs scripts/completions.ts $(shell find src -name '*.ts')
	node scripts/build.mjs

# Lint, types, the boundary to Node, unit and sandbox tests, and the executable as a black box.
test: dist/mdevctl.js
	npm run --silent lint
	npm run --silent types
	npm run --silent unit
	npm run --silent cli

# The same command lines by mdevctl 1.4.0 and by `$MDEVCTL_BIN` (the Node program unless set), on the same trees.
test-reference: dist/mdevctl.js
	scripts/fetch-reference.sh
	npx --no-install vitest run --root test/reference

# A real kernel with real mdev drivers in QEMU; as root, who may install what it needs.
test-kernel: dist/mdevctl.js
	test/kernel/run.sh

# What bash, zsh and fish offer while a command line is typed.
test-shells: dist/mdevctl.js
	scripts/install-packages.sh bash zsh fish
	npx --no-install vitest run test/shells

demo: dist/mdevctl.js
	MDEVCTL_BIN=$(CURDIR)/dist/mdevctl.js scripts/demo.sh

clean:
	rm -rf dist build
