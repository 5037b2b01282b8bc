# additions to the blacklist of a plan, in every state, form and order
quiet init
quiet product add aroma
quiet product add other
quiet component add aroma STM32 --type mcu
quiet key new release --no-passphrase
quiet key trust release.pub --product aroma
head -c 4096 /dev/zero >firmware.bin
quiet package add aroma/STM32 1_0_1 firmware.bin --sign release.key
quiet package publish aroma/STM32 1_0_1
printf 'device,STM32,groups,label:region\n' >devices.csv
for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
	echo "SN$i,1_0_0,$([ $i -le 12 ] && echo lab),$([ $i -ge 27 ] && echo eu)"
done >>devices.csv
quiet device import devices.csv --product aroma
quiet device add XX1 --product other
quiet plan create spring --salt 00000000000000000000000000000001 --product aroma --timezone UTC --upgrade STM32=1_0_1
quiet plan create summer --product aroma --timezone UTC --upgrade STM32=1_0_1 --whitelist SN10

# a draft
t plan blacklist spring SN29
t plan blacklist spring SN29
t plan show spring --json | grep -E '"(state|blacklisted_devices|targets)"'
t plan activate spring

# an active one: first what it would do
t plan blacklist spring SN10 SN11 --dry-run
t plan blacklist spring SN10 SN11 --reason 'demo units'
t plan blacklist spring SN11 SN10
t plan blacklist spring SN11 SN12 --json
t plan blacklist spring SN11 SN12 --json
t plan explain spring SN10 | head -n 2

# forms
printf 'SN13\r\nSN14\n# a comment\n' >more.txt
t plan blacklist spring @more.txt
printf 'SN14\rSN15\r' >mac.txt
t plan blacklist spring @mac.txt
t plan blacklist spring group:lab
t plan blacklist spring group:lab
quiet group add lab SN16
t plan explain spring SN16 | head -n 2
t plan blacklist spring label:region=eu
t plan blacklist spring label:region=eu
t plan blacklist spring plan:summer:succeeded
t plan blacklist spring SN99 --allow-unknown
t plan blacklist spring SN99 --allow-unknown

# what is refused changes nothing
: >empty.txt
t plan blacklist spring
t plan blacklist spring none
t plan blacklist spring @empty.txt
t plan blacklist spring @missing.txt
t plan blacklist spring SN98
t plan blacklist spring SN17 XX1
t plan blacklist spring label:region=mars
t plan blacklist spring 'label:region in ('
t plan blacklist spring group:nope
t plan blacklist spring plan:nope:succeeded
t plan blacklist spring plan:summer:nowhere
t plan blacklist nope SN10
t plan explain spring SN17 | head -n 2

# a suspended one, an ended one
t plan suspend spring
t plan blacklist spring SN17
t plan status spring --json | grep -E '"(targets|pending)"'
t plan terminate spring
t plan blacklist spring SN18
t audit log --object spring | sed -E 's,20[0-9-]+T[0-9:]+Z,TIME,'
t db check
