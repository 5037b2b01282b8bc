# what programs read: the JSON of everything that is shown, with attempts in several states
masked() { sed -e "s/\([\" ]\)$(id -un)\([\" ]\)/\1ME\2/" -e 's/\b[0-9a-f]\{16\}\b/KEYID/g' -e 's/RW[A-Za-z0-9+\/=]\{54\}/PUBLICKEY/'; }
quiet init
quiet product add aroma --languages 'en zh'
quiet product add other --unknown-devices enrol --signatures 0
quiet component add aroma STM32 --type mcu --slot-size 65536
quiet component add aroma app --type app
quiet key new release --no-passphrase
quiet key trust release.pub --product aroma --from 2026-01-01T00:00:00Z --until 2027-01-01T00:00:00Z
quiet key new late --no-passphrase
quiet key trust late.pub --product aroma --until 2026-02-01T00:00:00Z
quiet key new early --no-passphrase
quiet key trust early.pub --product aroma --from 2026-12-01T00:00:00Z
head -c 4096 /dev/zero >firmware.bin
head -c 2048 /dev/zero >delta.bin
quiet package add aroma/STM32 1_0_0 firmware.bin --sign release.key
quiet package add aroma/STM32 1_0_1 firmware.bin --sign release.key --remark 'the first' --expires 2027-06-01T00:00:00Z
t package add aroma/STM32 1_0_1 delta.bin --delta-from 1_0_0 --json --dry-run
quiet package add aroma/STM32 1_0_1 delta.bin --delta-from 1_0_0
t package sign aroma/STM32 1_0_1 release.key --delta-from 1_0_0 --json --dry-run
t package sign aroma/STM32 1_0_1 release.key --delta-from 1_0_0 --json
t package verify aroma/STM32 1_0_1 --json
quiet package publish aroma/STM32 1_0_1
quiet package add aroma/STM32 1_0_2 firmware.bin --sign release.key
for i in 1 2 3 4; do quiet device add SN$i --product aroma --component STM32=1_0_0 --component app=3; done
quiet device set SN1 --label region=eu --timezone Europe/Berlin
quiet device hold SN4 --reason 'demo unit'
quiet group add lab SN1 SN2
quiet gateway add north --product aroma --until 2027-01-01T00:00:00Z
quiet gateway add pilot --group lab
quiet strategy add night --from fast --set soak=4h --set 'breaker=failed:10:20:8:suspend'
p='--product aroma --timezone UTC --upgrade STM32=1_0_1 --salt 0123456789abcdef0123456789abcdef'
# shellcheck disable=SC2086
{
quiet plan create spring $p --whitelist group:lab --whitelist SN3 --whitelist label:region=eu --blacklist SN4 --push 08:00-20:00 --blackout 2026-12-24..2026-12-26 --install 02:00-04:00 --allow full --from 1_0_0 --end 2026-12-31 --set stages=group:lab,100%
quiet plan create words $p --mode manual --text en=hello --text zh=ni-hao --priority 7 --end 2027-05-01
}
t plan activate spring --json --dry-run
quiet plan activate spring

# attempts, which only devices make
sqlite3 "$OTACTL_DB" "
UPDATE device SET last_seen = 1795000000, battery = 80, charging = 0, signal = -70, slot = 'b', metrics_at = 1795000000 WHERE name = 'SN1';
INSERT INTO execution VALUES
	(11, 1, 1, 1, 'failed', 0, 0, 'flash error', 0, 3, 2, 1795000000, 1795000060, 1795000100, 1795000100, 1795003600, 0, 0, 1, 0, 3, 0, '', 0),
	(12, 1, 1, 2, 'installing', 1, 1, '', 0, 3, 2, 1795001000, 1795001060, 1795001100, 0, 1795004600, 0, 0, 0, 0, 0, 0, '', 0),
	(13, 1, 2, 1, 'succeeded', 0, 1, '', 0, 3, 2, 1795000000, 1795000060, 1795000100, 1795000100, 1795003600, 1, 1, 0, 0, 1, 0, '', 0);
INSERT INTO execution_component (execution, position, component, package, source, state, progress, code, message) VALUES
	(11, 0, 1, 2, '1_0_0', 'failed', 40, 17, 'bad block'), (12, 0, 1, 3, '', 'installing', 60, 0, ''),
	(13, 0, 1, 2, '1_0_0', 'succeeded', 100, 0, '');
INSERT INTO event (execution, at, identity, state, progress, code, message) VALUES
	(11, 1795000000, '', 'offered', 0, 0, ''), (11, 1795000100, 'STM32', 'failed', 40, 17, 'bad block'),
	(12, 1795001000, '', 'offered', 0, 0, '');
INSERT INTO tally (plan, stage, state, n) VALUES (1, 0, 'installing', 1), (1, 0, 'succeeded', 1), (1, 0, 'survived', 1), (1, 0, 'late', 1);
" || echo "sqlite3 failed"
for what in 'product show aroma' 'product versions aroma' 'package show aroma/STM32 1_0_1 --delta-from 1_0_0' \
	'package show aroma/STM32 1_0_1' 'key list' 'key export release' 'device show SN1' 'device show SN4' \
	'device history SN1' 'device explain SN1' 'device explain SN4' 'group list' 'group show lab' \
	'gateway list' 'strategy list' 'strategy show night' 'plan list' 'plan show spring' 'plan show words' \
	'plan status spring' 'plan status words' 'plan watch spring --count 1' 'plan devices spring' \
	'execution list spring --state succeeded' 'execution show 11' 'execution show 12' \
	'plan simulate words --days 3 --failure-rate 5'; do
	# shellcheck disable=SC2086
	t $what --json | masked
	# shellcheck disable=SC2086
	t $what | masked
done
t trace SN1 --json | masked
t trace SN1 | masked
t trace aroma/STM32 1_0_1 --json | masked
t trial start aroma/STM32 1_0_2 --device SN3 --device SN1 --timeout 10m --json
t trial show aroma/STM32 1_0_2 --json
t trial show aroma/STM32 1_0_2
t key revoke late --reason 'lost' --json --dry-run
t audit log --limit 2 --json | masked | sed 's/"at":"[^"]*/"at":"TIME/'
t plan create broken --json
