quiet init
quiet product add aroma --signatures 0
quiet component add aroma STM32 --type mcu
head -c 4096 /dev/zero >firmware.bin
head -c 4096 /dev/zero | tr '\0' x >other.bin
quiet package add aroma/STM32 1_0_1 firmware.bin
quiet package add aroma/STM32 1_0_2 other.bin
for v in 1_0_1 1_0_2; do quiet package publish aroma/STM32 $v; done
quiet device add SN1 --product aroma --component STM32=1_0_0
quiet plan create spring --product aroma --timezone UTC --upgrade STM32=1_0_1
quiet plan activate spring
t db check
t db check --files
stored=$(sha256sum <firmware.bin | cut -d ' ' -f 1)
chmod u+w lib/artifacts/"$stored"
printf y | dd of=lib/artifacts/"$stored" conv=notrunc status=none
t db check
t db check --files --dry-run
t db check --files
t db check --files --json
t package list
t plan list
rm -f lib/artifacts/"$(sha256sum <other.bin | cut -d ' ' -f 1)"
t db check --files
sqlite3 "$OTACTL_DB" "INSERT INTO tally (plan, stage, state, n) VALUES (1, 0, 'failed', 3); UPDATE pulse SET in_progress = 2"
t db check
t db check --json
t db check --repair
t db check --repair --reason 'a disk lied' --dry-run
t db check --repair --reason 'a disk lied' --dry-run --json
t db check --repair --reason 'a disk lied'
t db check
t db check --repair --reason 'once more'
otactl audit log --json | grep '"detail"' | tail -n 1 | grep -o '"action.*' | sed 's/"command":"[^"]*",//'
sqlite3 "$OTACTL_DB" "UPDATE plan SET targets = 7; UPDATE stage SET size = size + 1 WHERE position = 0; UPDATE fleet SET recount = 1"
t db check
sqlite3 "$OTACTL_DB" "UPDATE fleet SET recount = 0"
t db check --repair --reason 'a disk lied again' --json
t db check --quiet
# What is no counter is not mended, and neither are counters beside it.
sqlite3 "$OTACTL_DB" "INSERT INTO member (grp, device) VALUES (99, 99); UPDATE pulse SET first_accepts = 5"
t db check
t db check --repair --reason 'a disk lied once more'
t db check --repair --reason 'a disk lied once more' --json
sqlite3 "$OTACTL_DB" "DELETE FROM member; UPDATE stage SET position = 9 WHERE position = 1; UPDATE plan SET stage = 7; UPDATE fleet SET next_execution = 0"
t db check
t db check --repair --reason 'a disk lied once more'
t db check
t db check --repair --reason ''
t db check --repair now --reason x
t db check --mend --reason x
