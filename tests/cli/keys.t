quiet init
quiet product add aroma
quiet product add other
quiet component add aroma STM32 --type mcu
quiet key new release --no-passphrase
quiet key new spare --no-passphrase
quiet key trust release.pub --product aroma
quiet key trust release.pub --product other
quiet key trust spare.pub --product aroma
head -c 4096 /dev/zero >firmware.bin
quiet package add aroma/STM32 1_0_0 firmware.bin --sign spare.key
quiet package add aroma/STM32 1_0_1 firmware.bin --sign release.key
quiet package add aroma/STM32 1_0_2 firmware.bin --sign release.key
quiet package sign aroma/STM32 1_0_2 spare.key
for v in 1_0_0 1_0_1 1_0_2; do quiet package publish aroma/STM32 $v; done
quiet device add SN1 --product aroma --component STM32=1_0_0
for v in 1_0_1 1_0_2; do
	quiet plan create to$v --product aroma --timezone UTC --upgrade STM32=$v
	quiet plan activate to$v
done
quiet key export release --pem >/dev/null
otactl key export release --pem --product aroma >release.pem
head -n 1 release.pem
openssl pkey -pubin -in release.pem -noout -text | head -n 1
# OpenSSL checks what otactl signed: Ed25519 over the BLAKE2b-512 of the manifest
otactl package manifest aroma/STM32 1_0_1 -o m >/dev/null
sed -n 2p m.minisig | base64 -d | tail -c 64 >m.sig
openssl dgst -blake2b512 -binary m >m.hash
openssl pkeyutl -verify -rawin -pubin -inkey release.pem -sigfile m.sig -in m.hash
t key revoke release
t key revoke nope --reason x
t key revoke release --reason 'the laptop was stolen' --dry-run
t key list | sed "s|[0-9a-f]\{16\}|KEYID|"
t key revoke release --reason 'the laptop was stolen'
t key revoke release --reason 'again'
t key list | sed "s|[0-9a-f]\{16\}|KEYID|"
t package list aroma
t plan list
t plan explain to1_0_1 SN1 --json | grep -A4 'not_signed\|package_revoked'
t key trust release.pub --product aroma
t package publish aroma/STM32 1_0_1
t plan resume to1_0_1 --reason 'it is fine'
# another signature brings the package back
t package sign aroma/STM32 1_0_1 spare.key
t package publish aroma/STM32 1_0_1
t plan resume to1_0_1 --reason 'signed anew'
t key untrust spare --product other
t key untrust spare --product aroma
t package list aroma
t key trust spare.pub --product aroma
t package publish aroma/STM32 1_0_2
