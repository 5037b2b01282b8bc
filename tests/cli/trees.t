# package add --tree: version directories laid out as they stand on a Pycom device
quiet init
quiet product add meter --max-file-mb 1
quiet component add meter app --type app
quiet component add meter mcu --type mcu
quiet key new release --no-passphrase
quiet key trust release.pub --product meter
tree() {	# VERSION FILE...: each with its own name as its text
	version=$1
	shift
	for file; do
		mkdir -p "$version/${file%/*}"
		echo "# $file $version" >"$version/$file"
	done
}
stored() { ls lib/artifacts | wc -l; }
tree 1.0.0 flash/main.py flash/lib/a.py flash/lib/old.py 'sd/some asset.txt'
tree 1.0.1 flash/main.py flash/lib/a.py flash/lib/deep/new.py 'sd/some asset.txt' flash/.hidden
touch 1.0.1/.DS_Store 1.0.1/flash/.DS_Store 1.0.1/flash/pymakr.conf
head -c 4096 /dev/zero >firmware_1.0.1.bin
t package add meter/app 1.0.0 --tree 1.0.0 --sign release.key
t package add meter/app 1.0.1 --tree 1.0.1/ --sign release.key --dry-run
stored
t package add meter/app 1.0.1 --tree 1.0.1/ --sign release.key
otactl package show meter/app 1.0.1 | sed '/^signatures:/,/^manifest:/d'
t package publish meter/app 1.0.0
t package publish meter/app 1.0.1
t package verify meter/app 1.0.1
# what is refused stores nothing
before=$(stored)
t package add meter/mcu 1.0.2 --tree 1.0.1
t package add meter/app 1.0.2 --tree 1.0.1 1.0.1/flash/main.py
t package add meter/app 1.0.2 --tree 1.0.1 --files-of 1.0.0
t package add meter/app 1.0.2 --tree nowhere
t package add meter/app 1.0.2 --tree firmware_1.0.1.bin
t package add meter/app "1.0.2'" --tree 1.0.1
t package add meter/app '1.0.2;x' --tree 1.0.1
t package add meter/app ../1.0.1 --tree 1.0.1
mkdir empty
t package add meter/app 1.0.2 --tree empty
tree 2 flash/main.py
mkdir -p 2/flash/lib/none && touch 2/flash/lib/none/.DS_Store
t package add meter/app 2 --tree 2
rm -r 2/flash/lib && ln -s main.py 2/flash/link.py
t package add meter/app 2 --tree 2
rm 2/flash/link.py && ln -s /etc 2/flash/lib
t package add meter/app 2 --tree 2
rm 2/flash/lib && mkfifo 2/flash/pipe
t package add meter/app 2 --tree 2
rm 2/flash/pipe && touch 2/flash/empty.py
t package add meter/app 2 --tree 2
rm 2/flash/empty.py && tree 2 'flash/a(b).py'
t package add meter/app 2 --tree 2
rm 2/flash/a* && tree 2 'flash/blank /x.py'
t package add meter/app 2 --tree 2
rm -r 2/flash/blank* && tree 2 "flash/$(printf 'caf\303\251').py"
t package add meter/app 2 --tree 2
rm 2/flash/caf* && tree 2 README.md/x
t package add meter/app 2 --tree 2
rm -r 2/README.md && echo x >2/boot.py
t package add meter/app 2 --tree 2
rm 2/boot.py && head -c 1100000 /dev/zero >2/flash/large.bin
t package add meter/app 2 --tree 2
rm 2/flash/large.bin && ln -s firmware_1.0.1.bin firmware_2.bin
t package add meter/app 2 --tree 2
rm firmware_2.bin && head -c 1100000 /dev/zero >firmware_2.bin
t package add meter/app 2 --tree 2
rm firmware_2.bin
# shellcheck disable=SC2046
tree 3 $(seq -f flash/%g.py 200)
tree 3 sd/one-more.txt
t package add meter/app 3 --tree 3
# shellcheck disable=SC2046
tree 4 $(seq -f flash/%g-a-name-so-long-that-the-manifest-of-two-hundred-files-is-too-large.py 200)
t package add meter/app 4 --tree 4
[ "$before" = "$(stored)" ] || echo "$before artifacts before, $(stored) now"
# as many as can be, and the firmware
rm -r 3/sd && cp firmware_1.0.1.bin firmware_3.bin
t package add meter/app 3 --tree 3 --sign release.key
t package add meter/app 3 --tree 3
# signed elsewhere: the same tree, the same order
quiet package add meter/app 5 --tree 2 --sign release.key
quiet package manifest meter/app 5 -o m
quiet package remove meter/app 5
t package add meter/app 5 --tree 2 --manifest m --signature m.minisig
