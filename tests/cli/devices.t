quiet init
quiet product add aroma
quiet product add other
quiet component add aroma STM32 --type mcu
quiet component add aroma module --type module
t device add SN1 --product aroma --component STM32=1_0_0 --label hw=B --group lab --token
t device add SN1 --product aroma
t device add 'SN/2' --product aroma
t device add SN2 --product nope
t device add SN2 --product aroma --component toaster=1
t device add SN2 --product aroma --timezone Mars/Olympus
t device add SN2 --product aroma --label 'a b=c'
t device add OTHER --product other
cat >good.csv <<'CSV'
device,STM32,label:hw,groups,timezone,token
SN10,1_0_0,B,lab;vip,Europe/Berlin,0123456789abcdef
"SN11",1_0_0,A,,,
SN12,,,lab,,
CSV
t device import good.csv --product aroma --dry-run
t device import good.csv --product aroma --tokens-out tokens.csv
sed 's/,.*/,TOKEN/' tokens.csv
t device import good.csv --product aroma
printf 'device,STM32\nSN20,1\nSN21,1,2\n' >columns.csv
t device import columns.csv --product aroma
printf 'device,STM32\nSN20,1\n\nS N,1\n' >id.csv
t device import id.csv --product aroma
printf 'device,STM32\nSN20,1\nSN20,1\n' >twice.csv
t device import twice.csv --product aroma
printf 'device,toaster\nSN20,1\n' >unknown.csv
t device import unknown.csv --product aroma
printf 'STM32\n1\n' >nodevice.csv
t device import nodevice.csv --product aroma
printf 'device,token\nSN20,short\n' >token.csv
t device import token.csv --product aroma
# One field of each kind: the message names column and value.
printf 'device,STM32,groups,label:site\nSN20,1_0_0,lab; vip,north\n' >group.csv
t device import group.csv --product aroma
printf 'device,STM32,label:site\nSN20,1_0_0,no rth\n' >label.csv
t device import label.csv --product aroma
printf 'device,STM32\nSN 20,1_0_0\n' >id.csv
t device import id.csv --product aroma
printf 'device;STM32\r\nSN20;1_0_0\r\n' >semicolon.csv
t device import semicolon.csv --product aroma
printf 'device\tSTM32\nSN20\t1_0_0\n' >tabs.csv
t device import tabs.csv --product aroma
printf 'device,timezone\nSN20,Nowhere\n' >zone.csv
t device import zone.csv --product aroma
printf 'device,STM32\n"SN20,1\n' >quote.csv
t device import quote.csv --product aroma
printf 'device,STM32\nSN20,1\000x\n' >nul.csv
t device import nul.csv --product aroma
: >empty.csv
t device import empty.csv --product aroma
t device import missing.csv --product aroma
t device list
t device list --product other --json
t device show SN10
t device show SN99
t device set SN10 --label region=eu --label hw=
t device set SN10 --label broken
t device show SN10 --json
printf '# the lab\nSN10\n\nSN11 # second\n' >lab.txt
: >none.txt
printf 'SN10\nS N\n' >bad.txt
t group add pilot @lab.txt
t group add pilot @none.txt
# Lists from spreadsheets: every line end is one, and a byte-order mark is none of the id.
printf 'SN1\rSN11\rSN10\r' >cr.txt
t group add cr @cr.txt
t group show cr
printf '\357\273\277SN1\r\nSN11 # second\r\n\r\nSN10' >crlf.txt
t group add crlf @crlf.txt
t group show crlf
printf 'SN1\rSN 2\rSN10\r' >crbad.txt
t group add crbad @crbad.txt
printf 'SN10\000x\n' >nul.txt
t group add pilot @nul.txt
t group add pilot @bad.txt
t group add pilot @missing.txt
t group add 'p/q' SN1
t group add pilot SN99
t group list
t group show pilot
t group remove pilot SN10
t group show pilot --json
t group remove pilot
t group show pilot
t device hold SN10 SN11 --reason 'demo units'
t device hold SN99
t device show SN10
t device release SN10
t device token SN11 --overlap 1d
t device token SN11 --dry-run
t device token SN11 --dry-run --json
# what --quiet leaves is the token alone
otactl --quiet device token SN11 | grep -cE '^[A-Za-z0-9_-]{43}$'
t device remove SN12
t device remove SN12
# gateways
t gateway add hall-7 --product aroma --until 2027-01-01T00:00:00Z
t gateway add hall-7 --product aroma
t gateway add hall-8 --group nope
t gateway add hall-8
t gateway add 'hall 8' --product aroma
t gateway add hall-8 --product aroma --dry-run
t gateway list
t gateway remove hall-8
t gateway remove hall-7
t gateway list --json
t product set aroma --enrolment-uses 5
t product set aroma --unknown-devices enrol --enrolment-token --enrolment-uses 5 --enrolment-until 2027-01-01T00:00:00Z
t product set aroma --enrolment-token --enrolment-until tomorrow
otactl audit log --object aroma --limit 1 --json | grep -o 'new enrolment.*"'
