# keys from elsewhere, signers without a key file, several signatures, dates
quiet init
quiet product add aroma --signatures 2
quiet product add other
quiet component add aroma STM32 --type mcu
quiet component add other STM32 --type mcu
head -c 4096 /dev/zero | tr '\0' x >firmware.bin
quiet key new ann --no-passphrase
quiet key new bob --no-passphrase
openssl genpkey -algorithm ed25519 -out hsm.pem
openssl pkey -in hsm.pem -pubout -out hsm-pub.pem
openssl pkey -in hsm.pem -aes256 -passout pass:secret -out covered.pem
openssl genpkey -algorithm x25519 -out x25519.pem
chmod 600 ./*.pem
echo secret >passphrase
echo wrong >wrong
chmod 644 hsm-pub.pem
t key import hsm-pub.pem hsm
t key import hsm-pub.pem hsm
t key import hsm.pem soft --no-passphrase
t key import covered.pem again --no-passphrase --from-passphrase-file wrong
t key import covered.pem again --no-passphrase --from-passphrase-file passphrase
cmp soft.key again.key
cmp soft.pub hsm.pub
t key import x25519.pem x --no-passphrase
t key import firmware.bin x --no-passphrase
t key import nope.pem x --no-passphrase
chmod 644 covered.pem
t key import covered.pem x --no-passphrase --from-passphrase-file passphrase
ln -s hsm.pem link.pem
t key import link.pem x --no-passphrase
# a signer in another process: the key file is public, the command has the rest
cat >hsm.sh <<'EOF'
cat >in && openssl pkeyutl -sign -rawin -inkey hsm.pem -in in
EOF
t key trust ann.pub --product aroma --from 2026-01-01T00:00:00Z --until 2026-12-01T00:00:00Z
t key trust hsm.pub --product aroma
t key trust soft.pub --product aroma
t key trust ann.pub --product aroma --until 2020-01-01T00:00:00Z --from 2026-01-01T00:00:00Z
t package add aroma/STM32 1_0_1 firmware.bin --sign hsm.pub --sign-command 'sh hsm.sh'
t package manifest aroma/STM32 1_0_1 -o m --file-signatures .
minisign -V -q -p hsm.pub -m m && minisign -V -q -p hsm.pub -m firmware.bin && echo 'minisign agrees'
t package add aroma/STM32 1_0_9 firmware.bin --sign hsm.pub --sign-command 'false'
t package add aroma/STM32 1_0_9 firmware.bin --sign hsm.pub --sign-command 'head -c 64 /dev/zero'
t package add aroma/STM32 1_0_9 firmware.bin --sign hsm.pub --sign-command 'echo short'
t package add aroma/STM32 1_0_9 firmware.bin --sign hsm.pub --sign-command 'head -c 65 /dev/zero'
t package add aroma/STM32 1_0_9 firmware.bin --sign hsm.pub --sign-command 'openssl pkeyutl -sign -rawin -inkey x25519.pem -in /dev/stdin 2>/dev/null'
t package add aroma/STM32 1_0_9 firmware.bin --sign hsm.pub
t package add aroma/STM32 1_0_9 firmware.bin --sign firmware.bin
t package add aroma/STM32 1_0_9 firmware.bin --sign hsm.pub --sign-command cat
t package list aroma
# two of two: the same key again does not count
t package publish aroma/STM32 1_0_1
t package sign aroma/STM32 1_0_1 soft.key
t package publish aroma/STM32 1_0_1
t package sign aroma/STM32 1_0_1 bob.key
t package sign aroma/STM32 1_0_1 ann.key
NOW=2026-12-02T00:00:00Z t package publish aroma/STM32 1_0_1
t package publish aroma/STM32 1_0_1
# what was published in time stays good
NOW=2026-12-02T00:00:00Z t package verify aroma/STM32 1_0_1
NOW=2026-12-02T00:00:00Z t key list | sed 's/[0-9a-f]\{16\}/KEYID/'
t package manifest aroma/STM32 1_0_1 -o m
ls m* | sed 's/[0-9a-f]\{16\}/KEYID/'
# signed on another machine with minisign, and taken back
t package add aroma/STM32 1_0_2 firmware.bin
t package manifest aroma/STM32 1_0_2 -o m2
minisign -S -W -s soft.key -m m2 -x m2.soft >/dev/null </dev/null
minisign -S -W -s ann.key -m m2 -x m2.ann >/dev/null </dev/null
minisign -S -W -s bob.key -m m2 -x m2.bob >/dev/null </dev/null
minisign -S -W -s ann.key -m firmware.bin -x plain.minisig >/dev/null </dev/null
minisign -S -W -s ann.key -m firmware.bin -x right.minisig -t 'product:aroma component:STM32 version:1_0_2 counter:2' >/dev/null </dev/null
minisign -S -W -s ann.key -m firmware.bin -x wrong.minisig -t 'product:aroma component:STM32 version:1_0_3 counter:2' >/dev/null </dev/null
minisign -S -W -s ann.key -m m2 -x lying.minisig -t 'version:1_0_20' >/dev/null </dev/null
minisign -S -W -l -s ann.key -m m2 -x legacy.minisig >/dev/null </dev/null
head -c 200 m2.ann >cut.minisig
: >empty.minisig
sed 's/$/\r/' m2.ann >crlf.minisig
t package sign aroma/STM32 1_0_2
t package sign aroma/STM32 1_0_2 ann.key --signature m2.ann
t package sign aroma/STM32 1_0_2 --signature nope.minisig
t package sign aroma/STM32 1_0_2 --signature cut.minisig
t package sign aroma/STM32 1_0_2 --signature legacy.minisig
t package sign aroma/STM32 1_0_2 --signature empty.minisig
t package sign aroma/STM32 1_0_2 --signature crlf.minisig
t package sign aroma/STM32 1_0_2 --signature m.minisig
t package sign aroma/STM32 1_0_2 --signature m2.bob
t package sign aroma/STM32 1_0_2 --signature plain.minisig
t package sign aroma/STM32 1_0_2 --signature wrong.minisig
t package sign aroma/STM32 1_0_2 --signature lying.minisig
t package sign aroma/STM32 1_0_2 --signature m2.soft --signature right.minisig
t package publish aroma/STM32 1_0_2
t package sign aroma/STM32 1_0_2 --signature m2.ann
t package publish aroma/STM32 1_0_2
# the manifest comes from another installation
sed -e 's/1_0_2/1_0_3/' -e 's/counter: 2/counter: 7/' m2 >m3
minisign -S -W -s soft.key -m m3 -x m3.soft >/dev/null </dev/null
minisign -S -W -s ann.key -m m3 -x m3.ann >/dev/null </dev/null
mkdir other
head -c 4096 /dev/zero | tr '\0' y >other/firmware.bin
t package add aroma/STM32 1_0_3 firmware.bin --signature m3.soft
t package add aroma/STM32 1_0_3 firmware.bin --manifest m3 --counter 7
t package add aroma/STM32 1_0_4 firmware.bin --manifest m3
t package add other/STM32 1_0_3 firmware.bin --manifest m3
t package add aroma/STM32 1_0_3 firmware.bin --manifest m3 --delta-from 1_0_1
t package add aroma/STM32 1_0_3 other/firmware.bin --manifest m3
t package add aroma/STM32 1_0_3 hsm.sh --manifest m3
t package add aroma/STM32 1_0_3 firmware.bin --manifest m3 --signature m2.ann
t package add aroma/STM32 1_0_3 firmware.bin --manifest m2.ann
t package add aroma/STM32 1_0_3 firmware.bin --manifest m3 --signature m3.soft --signature m3.ann
t package publish aroma/STM32 1_0_3
sed -e 's/1_0_3/1_0_5/' -e 's/counter: 7/counter: 8/' -e 's/^created.*/&\nexpires: 2026-11-21T09:00:00Z/' m3 >m5
t package add aroma/STM32 1_0_5 firmware.bin --manifest m5
# old bytes under a new version and counter
t package add aroma/STM32 1_0_8 --files-of 1_0_1 --sign ann.key
t package add aroma/STM32 1_0_8 --files-of 9_9
t package add aroma/STM32 1_0_8 firmware.bin --files-of 1_0_1
t product versions aroma
# images say what they are
{ printf '=\270\363\226'; head -c 4092 /dev/zero; } >mcuboot.bin
t component set aroma STM32 --chip esp32s3 --slot-size 4095
t component set aroma STM32 --chip 'esp 32'
t component list aroma
t package add aroma/STM32 2_0_0 mcuboot.bin
t component set aroma STM32 --slot-size 0
t package add aroma/STM32 2_0_0 mcuboot.bin
t component set aroma STM32 --chip ''
t package add aroma/STM32 2_0_0 mcuboot.bin
t package add aroma/STM32 2_0_0 mcuboot.bin --dry-run
t package add aroma/STM32 2_0_0 mcuboot.bin --force
t package add aroma/STM32 2_0_0 mcuboot.bin --force --reason 'the boot loader is ours'
t package add aroma/STM32 2_0_1 mcuboot.bin --delta-from 2_0_0
otactl audit log --action 'package add' --limit 2 --json | grep -o 'forced[^"]*'
otactl audit log --action 'component set' --json | grep -o '"detail":"[^"]*'
# revoked: nothing it signed is taken any more
quiet key trust bob.pub --product aroma
quiet key revoke bob --product aroma --reason 'lost'
t package sign aroma/STM32 1_0_8 bob.key
t package sign aroma/STM32 1_0_2 --signature m2.bob
# bytes that change in the store are found wherever it matters
sha=$(sha256sum firmware.bin | cut -d' ' -f1)
chmod 600 lib/artifacts/"$sha"
printf z | dd of=lib/artifacts/"$sha" conv=notrunc 2>/dev/null
t package verify aroma/STM32 1_0_1
t package publish aroma/STM32 1_0_8
quiet device add SN1 --product aroma
quiet plan create p --product aroma --timezone UTC --upgrade STM32=1_0_2
t plan activate p
for what in 'package add' 'key trust'; do
	otactl audit log --action "$what" | sed 's/^[0-9]* *[^ ]*  [^ ]* *//; s/\b[0-9a-f]\{16\}\b/KEYID/g; s/  */ /g'
done
