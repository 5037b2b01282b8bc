quiet init
quiet product add aroma
quiet product add other
quiet component add aroma STM32 --type mcu
quiet key new release --no-passphrase
quiet key trust release.pub --product aroma
head -c 4096 /dev/zero >firmware.bin
quiet package add aroma/STM32 1_0_1 firmware.bin --sign release.key
quiet package publish aroma/STM32 1_0_1
quiet package add aroma/STM32 1_0_2 firmware.bin
printf 'device,STM32,label:region,groups\n' >devices.csv
for i in 1 2 3 4 5 6 7 8 9; do echo "SN$i,1_0_0,eu,$([ $i -le 2 ] && echo lab)"; done >>devices.csv
quiet device import devices.csv --product aroma
quiet device add OTHER --product other
: >none.txt
t strategy list
t strategy show fast
t strategy show nope
p='--product aroma --timezone UTC --salt 0123456789abcdef0123456789abcdef'
# shellcheck disable=SC2086
{
t plan create 'a b' $p
t plan create spring --product aroma
t plan create spring --product nope --timezone UTC
t plan create spring --product aroma --timezone UTC --salt 0123
t plan create spring --product aroma --timezone UTC --salt 0123456789ABCDEF0123456789ABCDEF
t plan create spring --product aroma --timezone Europe/Bielefeld
t plan create spring $p --upgrade STM32
t plan create spring $p --upgrade STM32=9_9
t plan create spring $p --upgrade toaster=1
t plan create spring $p --push '25:00-01:00'
t plan create spring $p --push 'Mon- 10:00-11:00'
t plan create spring $p --blackout 2026-02-30
t plan create spring $p --start '2026-12-02' --end '2026-12-01'
t plan create spring $p --set soak=never
t plan create spring $p --set nothing=1
t plan create spring $p --strategy reckless
t plan create spring $p --whitelist @none.txt
t plan create spring $p --whitelist SN99
t plan create spring $p --whitelist OTHER
t plan create spring $p --whitelist group:nope
t plan create spring $p --blacklist 'label:region in ('
t plan create spring $p --blacklist "label:$(printf 'k%.0s' $(seq 63))=$(printf 'v,a!=%.0s' $(seq 200))v" | sed 's/=.*//'
t plan create spring $p --mode manual --text "en=$(printf 'a\033[2Jb')" | tr '\033' '?'
t plan create spring $p --upgrade STM32=1_0_1 --whitelist label:region=eu --blacklist SN9 --push '00:00-24:00' --dry-run
t plan list
t plan create spring $p --upgrade STM32=1_0_1 --whitelist label:region=eu --blacklist SN9 --push '00:00-24:00' --set stages=group:lab,100%
t plan create spring $p
t plan create empty $p
t plan activate empty
t plan create unsigned $p --upgrade STM32=1_0_2
t plan activate unsigned
t plan create talk $p --upgrade STM32=1_0_1 --mode manual --text en=hello
t plan activate talk
t plan edit talk --text en=hello --text zh=ni-hao
t plan create nobody $p --upgrade STM32=1_0_1 --whitelist label:region=mars
t plan activate nobody
t plan create past $p --upgrade STM32=1_0_1 --end 2026-11-20
t plan activate past
t plan create tight $p --upgrade STM32=1_0_1 --set exec_timeout=10m
t plan activate tight
t plan create none $p --upgrade STM32=1_0_1 --whitelist none
}
t plan explain spring SN1
t plan activate spring --expect 7
t plan activate spring --dry-run
t plan activate spring --expect 8
t plan activate spring
t plan edit spring --set soak=0
t plan delete spring
t plan show spring
t plan status spring
t plan status spring --json
t plan explain spring SN1 --json
t plan explain spring SN9
t plan explain spring SN99
t plan explain nope SN1
t device explain SN1
t group remove lab
t plan suspend spring --reason 'a bad feeling'
t plan suspend spring
t plan resume spring
t plan resume spring --reason 'all is well'
t plan activate none
t plan list
t plan terminate spring --reason 'over'
t plan terminate spring
t plan resume spring --reason x
t plan delete empty
t plan list
t plan devices spring
t execution list spring --state flying
t execution show 11
t execution show x
t freeze on --reason 'bad reports'
t plan explain none SN1
t freeze off
t tick
NOW=2026-11-20T10:00:00Z
t tick --json
# a plan whose row cannot be read hides no other
sqlite3 "$OTACTL_DB" "UPDATE plan SET mode = 'loud' WHERE name = 'talk'"
t plan list
t plan list --json | cut -c 1-60
