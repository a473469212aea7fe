# lossfn: make help lists the targets.

CC ?= cc
CFLAGS ?= -O2 -g
STRICT = -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Wcast-align
B ?= build
HEADERS = lossfn.h optim.h metrics.h
PARTS = $(wildcard src/*/*.c src/*/*.in)

all: headers

## headers: put src/ together into lossfn.h, optim.h, metrics.h
headers: $(HEADERS)

$(B)/amalgamate: tools/amalgamate.c
	@mkdir -p $(B)
	$(CC) -O1 -std=c99 -o $@ tools/amalgamate.c

lossfn.h: $(B)/amalgamate $(PARTS)
	$(B)/amalgamate src/lossfn/lossfn.h.in src > $(B)/lossfn.h.new && mv $(B)/lossfn.h.new $@

optim.h: $(B)/amalgamate $(PARTS)
	$(B)/amalgamate src/optim/optim.h.in src > $(B)/optim.h.new && mv $(B)/optim.h.new $@

metrics.h: $(B)/amalgamate $(PARTS)
	$(B)/amalgamate src/metrics/metrics.h.in src > $(B)/metrics.h.new && mv $(B)/metrics.h.new $@

$(B)/core_probe.h: $(B)/amalgamate $(PARTS) tests/core_probe.h.in $(wildcard tests/core_*.c)
	$(B)/amalgamate tests/core_probe.h.in src > $@

clean:
	rm -rf $(B)
