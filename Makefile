# lossfn: make help lists the targets.

CC ?= cc
CXX ?= c++
HOSTCC ?= cc
CFLAGS ?= -O2 -g
STRICT = -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Wcast-align
WARN = -std=c99 -Wall -Wextra
LDLIBS = -lm
B ?= build
RUN ?=
FUZZ_SECONDS ?= 60
HEADERS = lossfn.h optim.h metrics.h
PARTS = $(wildcard src/*/*.c src/*/*.in)
TESTS = $(patsubst tests/%.c,$(B)/%,$(wildcard tests/test_*.c))
REGISTRY = $(wildcard tests/registry/*.c tests/registry/*.def tests/golden/*.inc) tests/engine.h tests/registry.h
DEMO = $(wildcard examples/demo/*.c)
EXAMPLES = $(patsubst examples/%.c,$(B)/examples/%,$(wildcard examples/*.c)) $(B)/examples/demo

all: headers

## help: this list
help:
	@sed -n 's/^## //p' Makefile

## headers: put src/ together into lossfn.h, optim.h, metrics.h
headers: $(HEADERS)

$(B)/amalgamate: tools/amalgamate.c
	@mkdir -p $(B)
	$(HOSTCC) -O1 -std=c99 -o $@ tools/amalgamate.c

lossfn.h optim.h metrics.h: $(B)/amalgamate $(PARTS)
	@mkdir -p $(B)
	$(B)/amalgamate src/$(basename $@)/$@.in src > $(B)/$@.new && mv $(B)/$@.new $@

## check-headers: the committed headers are what src/ gives
check-headers: $(B)/amalgamate
	@for h in $(HEADERS); do \
	  $(B)/amalgamate src/$${h%.h}/$$h.in src > $(B)/$$h.check && cmp $(B)/$$h.check $$h || { echo "$$h is not what src/ gives: run make headers"; exit 1; }; \
	done; echo "headers match src/"

$(B)/%_impl.o: %.h
	@mkdir -p $(B)
	printf '#define %s_IMPLEMENTATION\n#include "%s"\n' $$(echo $* | tr a-z A-Z) $< > $(B)/$*_impl.c
	$(CC) $(CFLAGS) $(STRICT) -I. -c -o $@ $(B)/$*_impl.c

$(B)/engine.o: tests/engine.c tests/engine.h
	@mkdir -p $(B)
	$(CC) $(CFLAGS) $(WARN) -Itests -c -o $@ tests/engine.c

$(B)/core_probe.h: $(B)/amalgamate $(PARTS) tests/core_probe.h.in $(wildcard tests/core_*.c)
	$(B)/amalgamate tests/core_probe.h.in src > $@.new && mv $@.new $@

$(B)/test_core_%: tests/test_core_%.c $(B)/core_probe.h
	$(CC) $(CFLAGS) $(WARN) -I$(B) -Itests -o $@ $< $(LDLIBS)

OBJECTS = $(B)/engine.o $(B)/lossfn_impl.o $(B)/optim_impl.o $(B)/metrics_impl.o

$(B)/test_%: tests/test_%.c $(OBJECTS) $(REGISTRY)
	$(CC) $(CFLAGS) $(WARN) -I. -Itests -o $@ $< $(OBJECTS) $(LDLIBS)

tests-built: $(TESTS)

## test: everything that needs a C compiler and make alone; ends with N passed, N failed
test: tests-built examples-built
	@CC="$(CC)" CXX="$(CXX)" B="$(B)" RUN="$(RUN)" sh tests/run.sh $(TESTS)

$(B)/examples/%: examples/%.c $(HEADERS)
	@mkdir -p $(B)/examples
	$(CC) $(CFLAGS) -O1 $(WARN) -I. -o $@ $< $(LDLIBS) $(if $(findstring threads,$*),-pthread)

$(B)/examples/demo: $(DEMO) examples/demo/demo.h $(HEADERS)
	@mkdir -p $(B)/examples
	$(CC) $(CFLAGS) $(WARN) -I. -o $@ $(DEMO) $(LDLIBS)

examples-built: $(EXAMPLES)

## examples: build and run the small example programs
examples: examples-built
	@B="$(B)" RUN="$(RUN)" sh tests/examples.sh

## demo: train on real digits with several losses and optimizers, write build/report.html
demo: $(B)/examples/demo
	$(B)/examples/demo

## bench: ns per element and ratios to copy and triad bandwidth, for every function
bench: $(B)/bench
	$(B)/bench

$(B)/rows_%.o: tests/rows_%.c %.h $(REGISTRY) bench/bench.h
	$(CC) $(CFLAGS) $(WARN) -I. -Itests -c -o $@ $<

ROWS = $(B)/rows_lossfn.o $(B)/rows_optim.o $(B)/rows_metrics.o

$(B)/bench: bench/bench.c bench/bench.h $(OBJECTS) $(ROWS)
	$(CC) $(CFLAGS) $(WARN) -I. -Itests -o $@ bench/bench.c $(ROWS) $(OBJECTS) $(LDLIBS)

## bench-peers: the same work in PyTorch and scikit-learn, where they are installed
bench-peers: $(B)/peers
	sh bench/peers/run.sh $(B)/peers

$(B)/peers: bench/peers/peers.c $(OBJECTS)
	$(CC) $(CFLAGS) $(WARN) -I. -o $@ bench/peers/peers.c $(B)/lossfn_impl.o $(B)/optim_impl.o $(B)/metrics_impl.o $(LDLIBS)

## fuzz: every harness under libFuzzer for FUZZ_SECONDS (60) each; needs clang
fuzz: headers
	B="$(B)" FUZZ_SECONDS="$(FUZZ_SECONDS)" sh fuzz/run.sh

## sanitize: the whole suite under address, undefined behaviour and memory sanitizer (clang)
sanitize: headers
	B="$(B)" sh tests/sanitize.sh

## coverage: lines and branches of the headers that the suite runs (gcov)
coverage: headers
	B="$(B)" sh tests/coverage.sh

## matrix: the headers under many compilers, standards, flags and inclusion orders
matrix: headers
	B="$(B)" sh tests/matrix.sh

## exhaustive: the float mathematics on all 2^32 inputs
exhaustive: $(B)/test_core_vmath
	$(B)/test_core_vmath exhaustive

## cross: the suite on AArch64 and big-endian s390x under qemu
cross: headers
	B="$(B)" sh tests/cross.sh

## docs: docs/reference.md, docs/papers.md and README.md's tables from headers and registry
docs: $(B)/make_docs
	$(B)/make_docs reference > docs/reference.md
	$(B)/make_docs papers > docs/papers.md
	$(B)/make_docs readme < README.md > $(B)/README.new && mv $(B)/README.new README.md

$(B)/make_docs: tools/make_docs.c $(OBJECTS) $(ROWS)
	$(CC) $(CFLAGS) $(WARN) -I. -Itests -Ibench -o $@ tools/make_docs.c $(ROWS) $(OBJECTS) $(LDLIBS)

## clean: remove build/
clean:
	rm -rf $(B)

.PHONY: all help headers check-headers tests-built test examples-built examples demo bench bench-peers fuzz sanitize coverage matrix exhaustive cross docs clean
.SECONDARY:
