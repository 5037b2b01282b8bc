quiet init
quiet product add aroma
quiet product add lab --signatures 0 --max-file-mb 1
quiet component add aroma STM32 --type mcu
quiet component add aroma scripts --type app
quiet component add lab STM32 --type mcu
head -c 4096 /dev/zero >firmware.bin
head -c 2048 /dev/zero >delta.bin
head -c 1500000 /dev/zero >large.bin
: >empty.bin
mkdir folder.bin
mkfifo pipe.bin
for i in 1 2 3 4 5 6; do head -c "$i" /dev/zero >"part$i.bin"; done
t key new release --no-passphrase --dry-run
t key new release --no-passphrase
t key new release --no-passphrase
t key new other --no-passphrase --quiet
t key new secret --quiet
t key trust release.pub --product aroma
t key trust release.pub --product aroma
t key trust release.key --product aroma
t key list
t key export release
t key export nope
t package add aroma/STM32 1_0_0 firmware.bin --sign release.key
t package add aroma/STM32 1_0_0 firmware.bin
t package add aroma/STM32 1_0_1 firmware.bin
t package add aroma/STM32 1_0_1 delta.bin --delta-from 1_0_0 --sign release.key
t package add aroma/STM32 1_0_1 delta.bin --delta-from 1_0_1
t package add aroma/STM32 1/0 firmware.bin
t package add aroma/STM32 '1 0' firmware.bin
t package add aroma 1_0_2 firmware.bin
t package add aroma/nope 1_0_2 firmware.bin
t package add aroma/STM32 1_0_2
t package add aroma/STM32 1_0_2 part1.bin part2.bin part3.bin part4.bin part5.bin part6.bin
t package add aroma/STM32 1_0_2 empty.bin
t package add aroma/STM32 1_0_2 folder.bin
t package add aroma/STM32 1_0_2 pipe.bin
t package add aroma/STM32 1_0_2 missing.bin
t package add aroma/STM32 1_0_2 release.key
t package add lab/STM32 1_0_2 large.bin
t package add aroma/STM32 1_0_2 firmware.bin --counter 1
t package add aroma/STM32 1_0_2 firmware.bin --floor 9
t package add aroma/STM32 1_0_2 firmware.bin --minimal-from 1_0_0
t package add aroma/STM32 1_0_2 firmware.bin --sign other.key
t package add aroma/STM32 1_0_2 firmware.bin --dry-run
t package add aroma/scripts 2_0 firmware.bin=flash/../main.py
t package add aroma/scripts 2_0 firmware.bin=flash/main.py delta.bin=flash/lib.py --delete flash/old.py
t package list
t package publish aroma/STM32 1_0_1
t package sign aroma/STM32 1_0_1 release.key
t package publish aroma/STM32 1_0_1
t package publish aroma/STM32 1_0_1
t package publish aroma/scripts 2_0
t package verify aroma/STM32 1_0_1
t package verify aroma/scripts 2_0
t package show aroma/STM32 1_0_1 --delta-from 1_0_0
t package show aroma/STM32 1_0_1 --json
t package show aroma/STM32 9_9
t package manifest aroma/STM32 1_0_1 -o m.txt
t package verify --manifest m.txt --signature m.txt.minisig
sed 's/counter: 2/counter: 3/' m.txt >forged.txt
t package verify --manifest forged.txt --signature m.txt.minisig
t package verify
grep '^SHA256 ' m.txt | sha256sum --strict -c
t package retire aroma/STM32 1_0_0
t package revoke aroma/STM32 1_0_1
t package revoke aroma/STM32 1_0_1 --delta-from 1_0_0 --reason 'bricks revision B'
t package remove aroma/scripts 2_0
t package list --json
chmod 644 other.key
t package sign aroma/STM32 1_0_0 other.key
# floors only rise, and counters never come back
quiet component add lab radio --type module
t package add lab/radio 1 firmware.bin
t package add lab/radio 2 firmware.bin --floor 2
t package add lab/radio 3 firmware.bin
t package add lab/radio 4 firmware.bin --floor 1
t package add lab/radio 0 firmware.bin --counter 9 --floor 9
t package add lab/radio 5 firmware.bin --counter 8 --floor 3
t package add lab/radio 6 firmware.bin --counter 7 --floor 4
t package remove lab/radio 0
t package add lab/radio 10 firmware.bin
t product versions lab
