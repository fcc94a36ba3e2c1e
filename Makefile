# `make` builds the Node program. Every target first installs or builds what it needs.

.PHONY: all native bench check test test-native test-reference test-kernel test-vfio test-host test-reliability test-shells test-ansible test-prometheus image test-kubernetes test-packages demo bench-boot install uninstall deb rpm clean

all: dist/mdevctl.js

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --silent
	@touch $@

# The program knows what it is installed with.
embedded = $(wildcard udev/* systemd/*)

dist/mdevctl.js: node_modules/.package-lock.json scripts/build.mjs scripts/define.mjs scripts/run-ts.mjs scripts/completions.ts $(embedded) $(shell find src -name '*.ts')
	node scripts/build.mjs

# The static executable. Packages contain build/release/mdevctl instead, whose engine is optimized with a profile: 4 to 15 %
# faster, but compiled twice.
native: build/mdevctl

build/release/mdevctl: engine_options = --profile
native_sources = node_modules/.package-lock.json $(wildcard scripts/*quickjs* scripts/build-native.mjs) scripts/define.mjs $(embedded) $(shell find src -name '*.[ch]' -o -name '*.ts')
build/mdevctl build/release/mdevctl: $(native_sources)
	node scripts/build-native.mjs $(engine_options) src/main.quickjs.ts $@

# For test/reliability: with sanitizers for the engine, too.
sanitizers = -g -O1 -no-pie -fsanitize=address,undefined -fno-sanitize-recover=all
build/checked: $(native_sources)
	CC=gcc node scripts/build-native.mjs --sanitize src/main.quickjs.ts $@ $(sanitizers)

# Lint, types, the boundary to Node, unit and sandbox tests, and the program as a black box.
test: dist/mdevctl.js
	npm run --silent lint
	npm run --silent types
	npm run --silent unit
	npm run --silent cli

# The static executable: the contract of every System, once more with sanitizers for the C code, and the program as a black box.
# test-reference, test-kernel and test-vfio test it too, with MDEVCTL_BIN=build/mdevctl.
test-native: build/mdevctl
	node scripts/build-native.mjs src/system/quickjs.contract.ts build/contract
	build/contract
	CC=gcc node scripts/build-native.mjs src/system/quickjs.contract.ts build/contract-checked $(sanitizers)
	build/contract-checked
	MDEVCTL_BIN=$(CURDIR)/build/mdevctl npm run --silent cli

# The same command lines with mdevctl 1.4.0 and with `$MDEVCTL_BIN` (default: the Node program), on the same trees.
test-reference: dist/mdevctl.js
	scripts/fetch-reference.sh
	npx --no-install vitest run --root test/reference

# A real kernel with real mdev drivers in QEMU; as root. `SUBJECTS` are files of test/kernel/checks without .sh; default: all.
test-kernel: dist/mdevctl.js
	test/kernel/run.sh $(SUBJECTS)

# A real kernel with real virtual functions in QEMU, and a driver of ours that makes them vGPUs as NVIDIA's does; as root.
# `SUBJECTS` are files of test/vfio/checks without .sh; default: all.
test-vfio: dist/mdevctl.js
	test/vfio/run.sh $(SUBJECTS)

# Completion in bash, zsh and fish.
test-shells: dist/mdevctl.js
	scripts/install-packages.sh bash zsh fish
	npx --no-install vitest run test/shells

# The Ansible collection on eight hosts in namespaces, of which one fails and one is down; as root.
test-ansible: build/mdevctl
	test/ansible/run.sh

# Faults, signals, power cuts, many commands at once, hostile files and random input, for the build that MDEVCTL_BIN names; as
# root.
test-reliability: dist/mdevctl.js
	MDEVCTL_BIN=$${MDEVCTL_BIN:-$(CURDIR)/dist/mdevctl.js} test/reliability/run.sh

# Real Debian hosts in QEMU, with systemd, udev and libvirt, for mdevctl 1.4.0 and for our package; as root.
test-host: deb
	test/host/run.sh

# Times and memory of the packages' executable, compared with mdevctl 1.4.0; on a quiet machine.
bench: build/release/mdevctl dist/mdevctl.js
	node scripts/run-ts.mjs bench/run.mjs

# Processes and processor time of the udev events of 256 parents at boot, compared with mdevctl 1.4.0.
bench-boot: build/release/mdevctl
	bench/boot.sh

demo: dist/mdevctl.js
	MDEVCTL_BIN=$(CURDIR)/dist/mdevctl.js scripts/demo.sh

# PREFIX defaults to /usr/local; everything goes below DESTDIR. packaging/files lists what is installed. Root builds nothing, with
# tools from the network least of all.
install:
	@test -e build/mdevctl && test -e dist/mdevctl.js || { echo "nothing to install: run 'make all native' first" >&2; exit 1; }
	packaging/install.sh install

uninstall:
	packaging/install.sh uninstall

deb: build/release/mdevctl dist/mdevctl.js
	packaging/build-deb.sh

rpm: build/release/mdevctl dist/mdevctl.js
	scripts/install-packages.sh rpm
	packaging/build-rpm.sh

# The packages' executable as a black box. The Debian package is installed, upgraded and removed in a fresh Debian, the RPM is
# inspected, the npm package is installed; as root.
test-packages: deb rpm build/mdevctl
	MDEVCTL_BIN=$(CURDIR)/build/release/mdevctl npm run --silent cli
	test/packages/run.sh

# What `metrics` prints and examples/prometheus, in a real node_exporter and a real Prometheus, for the build that MDEVCTL_BIN names.
test-prometheus: dist/mdevctl.js
	test/prometheus/run.sh
# A container image of the packages' executable, as an OCI archive.
image: build/mdevctl-image.tar

build/mdevctl-image.tar: build/release/mdevctl kubernetes/build-image.sh $(wildcard packaging/*.sh)
	scripts/install-packages.sh umoci
	kubernetes/build-image.sh $< $@

# That image and the manifest for Kubernetes, in containers on simulated nodes; as root.
test-kubernetes: build/mdevctl-image.tar
	test/kubernetes/run.sh

clean:
	rm -rf dist build
