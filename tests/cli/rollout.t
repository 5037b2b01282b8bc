quiet init
quiet product add aroma
quiet component add aroma STM32 --type mcu
quiet key new release --no-passphrase
quiet key trust release.pub --product aroma
head -c 4096 /dev/zero >firmware.bin
quiet package add aroma/STM32 1_0_1 firmware.bin --sign release.key
quiet package publish aroma/STM32 1_0_1
quiet package add aroma/STM32 1_0_2 firmware.bin --sign release.key
printf 'device,STM32,timezone,groups\n' >devices.csv
for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
	echo "SN$i,1_0_0,$([ $i -ge 25 ] && echo Asia/Tokyo),$([ $i -le 12 ] && echo lab)"
done >>devices.csv
quiet device import devices.csv --product aroma
quiet group add more SN13 SN14 SN15 SN16
p='--product aroma --timezone UTC --upgrade STM32=1_0_1 --salt 0123456789abcdef0123456789abcdef'

# strategies of one's own
t strategy add night --from fast --set soak=4h --set advance_window='Mon-Fri 08:00-15:00'
t strategy add night
t strategy add fast
t strategy add 'a b'
t strategy add other --set soak=never
t strategy add other --set rate_base=0
t strategy add other --set survived=101
t strategy add other --set stages=10%,5%
t strategy add other --set advance_window=Mon
t strategy add other --set exec_timeout=10m
t strategy add other --set stages=101%
t strategy add other --set rate=sometimes
t strategy add other --set stages=5
t strategy set night --set soak=6h
t strategy set fast --set soak=6h
t strategy set nope --set soak=6h
t strategy list
# shellcheck disable=SC2086
quiet plan create drafted $p --strategy night
t strategy remove night
t strategy remove fast
quiet plan delete drafted
t strategy remove night
t strategy show night

# windows that cannot be
# shellcheck disable=SC2086
{
t plan create never $p --push 10:00-10:00
t plan create never $p --push 'Sat 22:00-23:00' --start 2026-12-07 --end 2026-12-11
t plan activate never
t plan simulate never
t plan edit never --push 'Mon-Fri 22:00-22:30' --blackout 2026-12-07..2026-12-11
t plan activate never
quiet plan delete never
}

# what an activation foretells
# shellcheck disable=SC2086
{
quiet device hold SN29 --reason demo
quiet plan create told $p --allow delta --from 0_9_0 --from 1_0_0
t plan activate told --dry-run
t plan simulate told
t plan activate told --dry-run --json
quiet plan delete told
quiet plan create told $p --set rate=constant --set rate_base=50 --set unknown_metric=hold
t plan activate told --dry-run
quiet plan edit told --set max_in_progress=20 --set rate=off --set stages=group:lab,50%
t plan activate told --dry-run
quiet plan edit told --set max_in_progress=off --set stages=5,50%,100% --end 2026-11-22
t plan activate told --dry-run
quiet plan edit told --set rate=constant --set rate_base=1 --set stages=100% --end 2026-11-21T10:15:00Z
t plan activate told --dry-run
quiet plan edit told --set breaker=off --push 'Mon 22:00-22:30' --push 'Tue 22:00-23:59' --end 2027-01-31
t plan activate told --dry-run
quiet plan delete told
quiet device release SN29 --reason done
quiet package add aroma/STM32 1_0_3 firmware.bin --sign release.key --hw B --requires 'STM32 >= 1'
quiet package publish aroma/STM32 1_0_3
quiet plan create told ${p/1_0_1/1_0_3}
t plan activate told --dry-run
t plan simulate told
quiet device set SN10 --label hw=B
quiet device set SN11 --label hw=C
t plan simulate told
quiet plan edit told --unknown-hw allow
t plan simulate told
quiet plan delete told
quiet device set SN10 --label hw=
quiet device set SN11 --label hw=
}

# the life of a plan
# shellcheck disable=SC2086
{
quiet plan create spring $p --set stages=group:lab,group:more,100% --set approve=on --end 2026-12-24
quiet plan create small $p --whitelist SN10 --whitelist SN11 --blacklist SN13 --set stages=100%
}
t plan advance spring
t plan simulate spring --days 3
t plan simulate spring --days 0
t plan simulate spring --failure-rate much
t plan simulate nope
t plan simulate small --json
t plan activate spring
t plan advance spring
t plan advance spring --reason 'the lab is fine' --dry-run
t plan advance spring --reason 'the lab is fine'
t plan status spring
t plan complete spring
t plan advance spring --reason 'all of them'
t plan advance spring --reason 'further'
t plan throttle spring --rate 10 --dry-run
t plan throttle spring --rate 10
t plan throttle spring --rate 10
t plan throttle spring --rate 20
t plan throttle spring --rate 20 --max-in-progress 4 --reason 'the lab looks fine'
t plan throttle spring --rate off --max-in-progress off --reason 'and so does the field'
t plan throttle spring --rate 0
t plan throttle spring --rate 1000001
t plan throttle spring --rate auto
t plan throttle spring --max-in-progress many
t plan throttle spring --max-unproven -1
t plan throttle spring
t plan throttle spring --max-unproven 21
t plan throttle spring --max-unproven off --reason 'in a hurry'
t plan throttle spring --max-unproven 20 --json
t plan throttle spring --max-unproven 20 --json
t plan throttle spring --max-unproven 25 --reason 'more than auto would be after a resume'
t plan throttle spring --max-unproven auto
t plan throttle spring --max-unproven auto --reason 'as it was activated'
t plan throttle spring --rate 10 --max-in-progress 3
t plan throttle spring --max-in-progress 4
t plan throttle spring --rate 9 --max-in-progress 4
t plan throttle small --rate 9
t plan extend spring --end 2026-12-25
t plan extend spring --end 2026-12-23 --reason 'no'
t plan extend spring --end 2027-01-31 --reason 'ships at sea'
t plan expand spring --whitelist SN10 --reason 'no whitelist'
t plan clone spring summer
t plan clone spring 'a b'
t plan clone spring spring
t plan show summer
t plan suspend spring
t plan advance spring --reason x
t plan wait spring --until suspended
t plan wait spring --until stage:2
t plan wait spring --until stage:9
t plan wait spring --until completed --timeout 0
t plan wait spring --until tomorrow
t plan watch spring --count 1
t plan watch spring --count 0
t plan complete spring
t plan wait spring --until completed
t plan resume spring --reason x
t plan terminate spring
t plan activate small
t plan expand small --whitelist SN13 --reason 'one more'
t plan expand small --whitelist SN12
t plan expand small --whitelist SN99 --reason 'one more'
t plan expand small --whitelist SN12 --reason 'one more'
t plan terminate small --cancel
t plan terminate small --cancel --reason "wrong version"
t plan wait small --until completed --timeout 5

# what a throttle may not do, what a clone takes along, and whose rules a draft is judged by
quiet strategy add patient --from fast --set retry_max=9 --set rate=exponential --set rate_base=5
# shellcheck disable=SC2086
{
quiet plan create growing $p --strategy patient --whitelist SN10 --whitelist label:none=x --set stages=100%
quiet plan edit growing --whitelist SN10
}
otactl plan explain growing SN10 | grep retries
quiet plan activate growing
t plan throttle growing --rate 1001 --reason 'above its cap'
t plan throttle growing --rate 1000
t plan throttle growing --rate 900
otactl plan show growing | grep -E '^  rate'
t plan throttle growing --rate 4
otactl plan show growing | grep -E '^  rate'
t plan throttle growing --rate 6
t plan throttle growing --rate off --reason 'never was'
t plan suspend growing
t plan throttle growing --rate 6 --reason 'suspended, too'
otactl plan show growing | grep -E '^  rate'
t plan throttle growing --rate 1000 --reason 'as it was activated'
otactl plan show growing | grep -E '^  rate'
quiet plan throttle growing --rate 4
t plan expand growing --whitelist label:none=x --reason 'nobody'
quiet plan clone growing grown
otactl plan show grown | grep -E '^  rate(_base)? '
quiet plan terminate growing
t plan throttle growing --rate 3
quiet plan delete grown

# attempts
t execution cancel 11
t execution cancel small
t execution cancel small SN10
t execution retry small SN10
t execution retry small SN10 --reason 'again'
t execution confirm small SN10
t execution confirm small SN10 --state offered
t execution confirm small --state asleep
t execution cancel small --state offered

# trials
t trial show aroma/STM32 1_0_2
t trial start aroma/STM32 1_0_2
t trial start aroma/STM32 1_0_9 --device SN20
t trial start aroma/STM32 1_0_2 --device SN99
t trial start aroma/STM32 1_0_2 --device SN20 --timeout 10m
t trial start aroma/STM32 1_0_2 --device SN21
t trial show aroma/STM32 1_0_2
t device explain SN20
NOW=2026-11-21T10:11:00Z t tick
t trial show aroma/STM32 1_0_2
t package show aroma/STM32 1_0_2
quiet package publish aroma/STM32 1_0_2
t plan create tried --product aroma --timezone UTC --upgrade STM32=1_0_2 --set require_trial=on
t plan activate tried

# windows in the devices' own zones
t plan create zones --salt 00000000000000000000000000000000 --product aroma --timezone Europe/Berlin --upgrade STM32=1_0_1 --timezone-of device --push 19:00-20:00 --set duration=30m --install 02:00-04:00 --set stages=100%
t plan create other --product aroma --timezone UTC --timezone-of moon
t plan create other --product aroma --timezone UTC --install 25:00-26:00
t plan activate zones
t plan explain zones SN10
t plan explain zones SN25
t device set SN11 --timezone America/New_York
t plan explain zones SN11
# a zone that nobody has any more makes no room for a new one
quiet device set SN11 --timezone America/Denver
otactl plan explain zones SN11 | head -n 1

# devices, and a clock that jumps back
t device reset SN10
t device reset SN10 --reason 'new board'
t device show SN10
t device history SN10
t device history SN99
NOW=2026-11-22T10:00:00Z t tick
NOW=2026-11-21T10:00:00Z t tick
NOW=2026-11-21T10:01:00Z t tick
