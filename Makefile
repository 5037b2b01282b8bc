# otactl: build, check, install.  Needs GNU make; `make deps` installs the rest on Debian 12.

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/lib/otactl
MANDIR     ?= $(PREFIX)/share/man
SHAREDIR   ?= $(PREFIX)/share/otactl
CC         ?= cc
PKG_CONFIG ?= pkg-config
VERSION    := 0.1.0

# --- flags: ours here, the user's CFLAGS, CPPFLAGS and LDFLAGS last ------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wundef -Wwrite-strings -Wformat=2 -Wcast-qual -Wswitch-enum -Wimplicit-fallthrough
ifdef WERROR
WARNINGS += -Werror
endif
ifdef SAN
B       := build/san
MODE    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else ifdef COVER
B       := build/cover
MODE    := -O0 -g --coverage
else
B       := build/plain
MODE    := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
RELRO   := -Wl,-z,relro -Wl,-z,now
# The door is wholly static: one small process per CGI request starts in half a millisecond.
STATIC  := -static -no-pie -Wl,--wrap=dlopen,--wrap=gethostbyname
endif
Q       := $(if $(V),,@)
# For a make within make: as many jobs as processors, unless we were told how many.
JOBS     = --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
OURS    := -std=c11 -D_GNU_SOURCE -DOTACTL_VERSION='"$(VERSION)"' -I. -I$(B)/gen \
	-include core/banned.h $(WARNINGS) $(MODE)
LIBS    := -lsqlite3 -lsodium -lcrypto -lz -lcjson -lm
DOOR_LIBS := -lsqlite3 -lsodium -lfcgi -lm
BRIDGE_LIBS := -lmosquitto -lsqlite3 -lsodium -lm

# --- what is built -----------------------------------------------------------------------------

LIBRARY := $(sort $(wildcard core/*.c signing/*.c db/*.c db/*/*.c plans/*/*.c)) \
	$(filter-out cli/main.c,$(wildcard cli/*.c)) $(filter-out cgi/main.c cgi/static.c,$(wildcard cgi/*.c)) \
	$(filter-out mqtt/main.c,$(wildcard mqtt/*.c))
OBJECTS := $(LIBRARY:%.c=$(B)/%.o) $(B)/gen/sql.o $(B)/gen/schema.o
TESTS   := $(patsubst %.c,$(B)/%,$(wildcard tests/*/test_*.c))
CAMPAIGN := $(patsubst %.c,$(B)/%.o,$(wildcard tests/plans/campaign*.c tests/plans/scenarios*.c))
TOOLS   := $(B)/tests/fleet $(B)/tests/windows $(B)/tests/fuzz/fuzz $(B)/examples/verify $(B)/examples/quecthing-device $(patsubst %.c,$(B)/%,$(wildcard bench/*.c))
PAGES   := $(B)/man/otactl.1 $(patsubst %,$(B)/%,$(wildcard man/*.5 man/*.8))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all tidy check accept demo bench campaign lint cover fuzz deps deps-check install uninstall clean check-run

all: $(B)/otactl $(B)/otactl.cgi $(B)/otactl-mqtt $(PAGES)

# Two lists of Debian packages: to build and run the demo, and to test.  Silent when all are there.
deps:
	$(Q)sh deploy/install-packages deploy/packages
deps-check:
	$(Q)sh deploy/install-packages deploy/packages deploy/packages-check
$(B)/have-headers: deploy/have-headers
	@mkdir -p $(@D)
	$(Q)sh deploy/have-headers $(CC) $(CPPFLAGS) && touch $@

$(B)/gen/sql.h $(B)/gen/sql.c: $(B)/gen/sql.%: db/sql.awk $(sort $(wildcard db/*.sql))
	@mkdir -p $(@D)
	$(Q)awk -v part=$* -f db/sql.awk $(sort $(wildcard db/*.sql)) >$@
$(B)/gen/schema.h $(B)/gen/schema.c: $(B)/gen/schema.%: schema/embed $(sort $(wildcard schema/*.sql))
	@mkdir -p $(@D)
	$(Q)sh schema/embed $* $(sort $(wildcard schema/*.sql)) >$@

$(B)/gen/run.h: cli/run.awk cli/commands.c
	@mkdir -p $(@D)
	$(Q)awk -f $^ >$@

$(B)/%.o: %.c | $(B)/have-headers $(B)/gen/sql.h $(B)/gen/schema.h $(B)/gen/run.h
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/gen/%.o: $(B)/gen/%.c $(B)/gen/%.h | $(B)/have-headers
	$(Q)$(CC) $(OURS) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(B)/libotactl.a: $(OBJECTS)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(B)/otactl: $(B)/cli/main.o $(B)/libotactl.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(MODE) $(RELRO) $(LDFLAGS) $^ $(LIBS) -o $@
$(B)/otactl.cgi: $(B)/cgi/main.o $(B)/cgi/static.o $(B)/libotactl.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(MODE) $(RELRO) $(STATIC) $(LDFLAGS) $^ $(DOOR_LIBS) -o $@
$(B)/otactl-mqtt: $(B)/mqtt/main.o $(B)/libotactl.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(MODE) $(RELRO) $(LDFLAGS) $^ $(BRIDGE_LIBS) -o $@
$(B)/tests/%: $(B)/tests/%.o $(B)/tests/fixture.o $(B)/tests/syncs.o $(B)/libotactl.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(MODE) $(LDFLAGS) $^ $(LIBS) -lcmocka -lcurl -o $@
# It runs the program.
$(B)/tests/cli/test_commands: | $(B)/otactl
# It runs the program, too; its virtual clock stands for the monotonic one.
$(B)/tests/plans/test_campaign: $(B)/tests/plans/test_campaign.o $(CAMPAIGN) $(B)/tests/fixture.o $(B)/libotactl.a | $(B)/otactl
	@echo "  LINK  $@"
	$(Q)$(CC) $(MODE) -Wl,--wrap=clock_gettime $(LDFLAGS) $^ $(LIBS) -lcmocka -lcurl -o $@
$(B)/tests/fleet: $(B)/tests/fleet.o
	@echo "  LINK  $@"
	$(Q)$(CC) $(MODE) $(LDFLAGS) $^ -lcjson -lcurl -lcrypto -o $@
$(B)/bench/contacts: $(B)/bench/contacts.o $(B)/tests/fixture.o $(B)/tests/syncs.o $(B)/libotactl.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(MODE) $(LDFLAGS) $^ $(LIBS) -lcmocka -lcurl -o $@
$(B)/bench/%: $(B)/bench/%.o $(B)/libotactl.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(MODE) $(LDFLAGS) $^ $(LIBS) -lfcgi -lcurl -o $@

# For device makers: it uses nothing of ours.
$(B)/examples/verify: examples/verify.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(MODE) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $< -lsodium -o $@

$(B)/examples/quecthing-device: examples/quecthing-device.c examples/quecthing.c examples/quecthing.h
	@mkdir -p $(@D)
	@echo "  CC    $@"
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(MODE) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(filter %.c,$^) -lcurl -lcjson -lcrypto -o $@

# The COMMANDS section of otactl(1) is made from the command table.
$(B)/man/otactl.1: man/otactl.1.in $(B)/otactl
	@mkdir -p $(@D)
	$(Q)awk '/^@COMMANDS@$$/ { system("$(B)/otactl help --format mdoc"); next } { print }' $< >$@
$(B)/man/%: man/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

# --- proof -------------------------------------------------------------------------------------

demo: deps
	$(Q)$(MAKE) $(JOBS) all $(B)/tests/fleet
	$(Q)B=$(B) sh tests/demo.sh build/demo

check: deps-check
	$(Q)$(MAKE) $(JOBS) WERROR=1 check-run
check-run: all $(TESTS) $(TOOLS)
	$(Q)B=$(B) SAN=$(SAN) VERSION=$(VERSION) bash tests/run.sh
	$(Q)$(if $(SAN)$(COVER),,$(MAKE) $(JOBS) lint)
# Every scenario with its larger fleets, too, and with so many seeds: two hours on two cores.
SEEDS ?= 10
campaign: all $(B)/tests/plans/test_campaign
	$(Q)for part in 0 1; do \
		$(B)/tests/plans/test_campaign long $(SEEDS) $$part 2 >$(B)/campaign.$$part & pids="$$pids $$!"; \
	done; for pid in $$pids; do wait $$pid || failed=1; done; \
	{ echo '| scenario | devices | seeds | harmed: median | worst | days to 90 % | how it ended | missed |'; \
	echo '|---|---|---|---|---|---|---|---|'; cat $(B)/campaign.0 $(B)/campaign.1; } | tee $(B)/campaign.md; \
	test -z "$$failed"
accept: all $(TOOLS)
	$(Q)B=$(B) ACCEPT=1 bash tests/cli/golden.sh
# The analyzer runs again only over what changed since it found nothing.
TIDY := $(patsubst %.c,$(B)/tidy/%.ok,$(wildcard core/*.c signing/*.c db/*.c db/*/*.c plans/*/*.c cgi/*.c mqtt/*.c))
tidy: $(TIDY)
$(B)/tidy/%.ok: %.c $(B)/%.o
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet --checks='-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.*,bugprone-infinite-loop' \
		$< -- $(OURS) $(CPPFLAGS) >$@.out 2>/dev/null || :
	$(Q)! grep -E 'warning:|error:' $@.out && touch $@
lint: all
	$(Q)if command -v clang-tidy >/dev/null; then $(MAKE) $(JOBS) -k tidy; fi
	$(Q)B=$(B) sh tests/lint.sh
bench: deps-check all $(TOOLS)
	$(Q)B=$(B) bash bench/run.sh; a=$$?; B=$(B) bash bench/pycom.sh && exit $$a
cover:
	$(Q)$(MAKE) $(JOBS) COVER=1 check
	$(Q)lcov --quiet --capture --directory build/cover --output-file build/cover/all.info
	$(Q)lcov --summary build/cover/all.info
fuzz:
	$(Q)$(MAKE) $(JOBS) SAN=1 build/san/tests/fuzz/fuzz
	$(Q)for seed in 1 2 3 4 5 6 7 8; do build/san/tests/fuzz/fuzz 500000 $$seed || exit; done

# --- installation --------------------------------------------------------------------------------

install: all
	install -D -m 755 $(B)/otactl $(DESTDIR)$(BINDIR)/otactl
	install -D -m 755 $(B)/otactl.cgi $(DESTDIR)$(LIBEXECDIR)/otactl.cgi
	install -D -m 755 $(B)/otactl-mqtt $(DESTDIR)$(LIBEXECDIR)/otactl-mqtt
	for page in $(PAGES); do \
		install -D -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit; done
	for file in verify.c quecthing.h quecthing.c quecthing-device.c; do \
		install -D -m 644 examples/$$file $(DESTDIR)$(SHAREDIR)/$$file || exit; done
	for file in nginx.conf nginx-esp.conf nginx-pycom.conf nginx-awsjobs.conf nginx-quecthing.conf mosquitto.conf mosquitto.acl \
		otactl.service otactl-mqtt.service otactl-tick.cron; do \
		install -D -m 644 deploy/$$file $(DESTDIR)$(SHAREDIR)/$$file || exit; done
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/otactl $(DESTDIR)$(LIBEXECDIR)/otactl.cgi $(DESTDIR)$(LIBEXECDIR)/otactl-mqtt
	for page in $(PAGES); do rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; done
	rm -rf $(DESTDIR)$(SHAREDIR)
clean:
	rm -rf build

-include $(OBJECTS:.o=.d) $(CAMPAIGN:.o=.d) $(TESTS:=.d) $(B)/tests/fixture.d $(TOOLS:=.d) $(B)/cli/main.d $(B)/cgi/main.d $(B)/cgi/static.d $(B)/mqtt/main.d
