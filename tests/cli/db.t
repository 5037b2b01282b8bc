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
