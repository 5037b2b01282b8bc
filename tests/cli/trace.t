# who did what, with old and new, and where everything went
no_times() { sed -e 's/[0-9]\{4\}-[0-9-]*T[0-9:]*Z/TIME/g' -e 's/\b[0-9a-f]\{16\}\b/KEYID/g' -e 's/  */ /g'; }
quiet init
quiet product add aroma
quiet component add aroma STM32 --type mcu
quiet key new release --no-passphrase
quiet key trust release.pub --product aroma
head -c 4096 /dev/zero >firmware.bin
quiet package add aroma/STM32 1_0_1 firmware.bin --sign release.key
quiet package publish aroma/STM32 1_0_1
quiet product set aroma --signatures 0
quiet product set aroma --signatures 1
for i in 1 2 3 4 5 6; do quiet device add SN$i --product aroma --component STM32=1_0_0; done
quiet device set SN1 --label region=eu --timezone Europe/Berlin
quiet device set SN1 --label region=us
quiet device hold SN1 --reason 'demo unit'
quiet device release SN1
printf 'SN2\nSN3\nSN4\n' >lab.txt
quiet group add lab @lab.txt
quiet plan create spring --product aroma --timezone UTC --upgrade STM32=1_0_1 --whitelist @lab.txt --start 2026-11-20 --end 2026-12-24 --set 'stages=1,100%'
quiet plan edit spring --set soak=1h --priority 5
NOW=2026-11-21T10:01:00Z quiet plan activate spring --reason 'release meeting'
quiet plan suspend spring --reason 'lunch'
quiet plan resume spring --reason 'lunch is over'
quiet plan advance spring --reason 'lab is fine'
quiet plan throttle spring --rate 10
quiet plan extend spring --end 2026-12-31 --reason 'ships at sea'
quiet execution confirm spring SN2 2>/dev/null
quiet plan terminate spring --cancel --reason 'it is late'
quiet package retire aroma/STM32 1_0_1
CI_JOB_URL=https://ci/17 quiet freeze on --reason 'audit day'
otactl audit log --json | grep -o '"actor".*' | sed 's/,"object".*detail":/ /; s/,"reason":null.*//' | sed "s/\"actor\":\"$(id -un)/\"actor\":\"ME/" | no_times
t audit verify
t trace SN2 | no_times | sed "s/ $(id -un) / ME /"
t trace SN1 --json | grep -c '"action":"device'
t trace aroma/STM32 1_0_1 | no_times | sed "s/ $(id -un) / ME /"
t trace aroma/STM32
t trace SN2 1_0_1
t trace SN99
t trace aroma/STM32 9_9
t trace aroma/STM32 1_0_1 --json | head -c 300 | no_times
# a secret that stands in a command does not stand in the audit
quiet key import release.pub other --sign-command x 2>/dev/null
quiet package add aroma/STM32 1_0_3 firmware.bin --sign release.pub --sign-command 'pin=1234 sh sign.sh' 2>/dev/null
cat >sign.sh <<'EOF'
cat >in; openssl pkeyutl -sign -rawin -inkey hsm.pem -in in
EOF
openssl genpkey -algorithm ed25519 -out hsm.pem
chmod 600 hsm.pem
openssl pkey -in hsm.pem -pubout -out hsm-pub.pem
quiet key import hsm-pub.pem hsm
quiet key trust hsm.pub --product aroma
quiet package add aroma/STM32 1_0_3 firmware.bin --sign hsm.pub --sign-command 'pin=1234 sh sign.sh'
otactl audit log --limit 1 --json | grep -o '"command":"[^"]*"'
otactl audit export | grep -c 'pin=1234'
