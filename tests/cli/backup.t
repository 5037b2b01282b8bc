# copies of the database: what must not go back does not
quiet init
quiet product add aroma
quiet component add aroma STM32 --type mcu
quiet key new release --no-passphrase
quiet key new spare --no-passphrase
quiet key trust release.pub --product aroma
quiet key trust spare.pub --product aroma
head -c 4096 /dev/zero >firmware.bin
quiet package add aroma/STM32 1_0_1 firmware.bin --sign release.key
quiet package publish aroma/STM32 1_0_1
quiet device add SN1 --product aroma --component STM32=1_0_0
quiet plan create spring --product aroma --timezone UTC --upgrade STM32=1_0_1
quiet plan activate spring
quiet tick
head -n 1 lib/fleet.db.high
t db backup old.db --dry-run
t db backup old.db --artifacts
t db backup old.db
ls | grep old; ls old.db.artifacts | wc -l
t db backup /nonexistent/old.db
# a backup takes the place of an older backup and of nothing else
before=$(find lib -name 'fleet.db*' -size +0 ! -name '*-shm' -exec sha256sum {} + | sort)
echo precious >important.txt
: >empty.txt
mkdir folder links
ln -s "$PWD/lib" links/lib
ln lib/fleet.db links/hard.db
ln -s "$PWD/old.db" links/old.db
mkfifo fifo
otactl --db other/fleet.db init >/dev/null
otactl --db other/fleet.db product add other >/dev/null
for file in lib/fleet.db lib/../lib/fleet.db links/lib/fleet.db links/hard.db lib/fleet.db-wal lib/fleet.db-shm \
	lib/fleet.db-journal lib/fleet.db.high lib/fleet.db.token-key lib/fleet.db.tick lib/artifacts lib/artifacts/x \
	links/lib/artifacts/x other/fleet.db other/fleet.db.high important.txt empty.txt folder fifo links/old.db; do
	t db backup "$file"
done
t db backup important.txt --dry-run
t db backup lib/fleet.db-wal --dry-run
(cd lib && OTACTL_DB=fleet.db t db backup fleet.db)
ln -s lib/fleet.db link.db
OTACTL_DB=$PWD/link.db t db backup lib/fleet.db-wal
echo x >taken.db.artifacts
t db backup taken.db --artifacts
touch used.db-wal
cp old.db used.db
t db backup used.db
t audit anchor -o lib/fleet.db
t audit anchor -o lib/fleet.db.token-key
t package manifest aroma/STM32 1_0_1 -o lib/fleet.db.high
t package manifest aroma/STM32 1_0_1 --file-signatures lib/artifacts
t db restore lib/fleet.db --reason x
t db restore links/hard.db --reason x
cat important.txt
[ "$before" = "$(find lib -name 'fleet.db*' -size +0 ! -name '*-shm' -exec sha256sum {} + | sort)" ] || echo "the database has changed"
find . -name 'old.db.??????' -o -name 'taken.db*' -o -name 'important.txt.*'
python3 -c "import sqlite3; c = sqlite3.connect('foreign.db'); c.execute('create table t(x)'); c.commit()"
OTACTL_DB=$PWD/foreign.db t db restore old.db --reason x
ls foreign*
rm -rf links link.db foreign.db other
t db migrate
# after the backup a key is revoked and a counter is given
quiet key revoke spare --reason 'stolen'
quiet package add aroma/STM32 1_0_2 firmware.bin --counter 9
quiet key new late --no-passphrase
quiet key trust late.pub --product aroma
quiet key revoke late --reason 'stolen, too'
# yesterday's copy is put in place by hand
rm -f lib/fleet.db-wal lib/fleet.db-shm
cp lib/fleet.db new.db
cp old.db lib/fleet.db
t key list | sed 's/[0-9a-f]\{16\}/KEYID/; s/  */ /g'
t plan explain spring SN1 --json | grep -A3 '"code":	"frozen"'
t plan suspend spring
t tick
t db gc
t db adopt
t db adopt --reason 'disk failure' --dry-run
t db adopt --reason 'disk failure'
t db adopt --reason 'again'
t key list | sed 's/[0-9a-f]\{16\}/KEYID/; s/  */ /g'
t key trust late.pub --product aroma
t plan list
t package add aroma/STM32 1_0_3 firmware.bin
t audit verify
otactl audit log --action 'db adopt' --json | grep -o '"detail":"[^"]*"'
t plan explain spring SN1 --json | grep -A3 '"code":	"frozen"'
# restore does the same by itself
t db restore old.db
t db restore nope.db --reason x
t db restore firmware.bin --reason x
t db restore release.key --reason x
head -c 20000 old.db >cut.db
t db restore cut.db --reason x
t db restore old.db --reason 'trying it out' --dry-run
rm -rf lib/artifacts/*
t db restore old.db --reason 'trying it out'
t db check --files
t plan list
t key list | sed 's/[0-9a-f]\{16\}/KEYID/; s/  */ /g'
# into an empty folder, on a machine that has nothing
mkdir empty
export OTACTL_DB=$PWD/empty/fleet.db
t db restore "$PWD/old.db" --reason 'new server'
t plan list
t product list
ls empty | sort | tr '\n' ' '; echo
# another installation's database, and one without its high-water file
export OTACTL_DB=$PWD/lib/fleet.db
otactl --db other/fleet.db init >/dev/null
rm -f lib/fleet.db-wal lib/fleet.db-shm
cp lib/fleet.db keep.db
cp other/fleet.db lib/fleet.db
t product add new
cp keep.db lib/fleet.db
mv lib/fleet.db.high away
t product add new
echo nonsense >lib/fleet.db.high
t product add new
mv away lib/fleet.db.high
t product add new
# orphans go after an hour
echo x >lib/artifacts/0000000000000000000000000000000000000000000000000000000000000000
echo x >lib/artifacts/1111111111111111111111111111111111111111111111111111111111111111
echo x >lib/artifacts/.new-abcdef
echo x >lib/artifacts/notes.txt
touch -d '2 hours ago' lib/artifacts/0* lib/artifacts/.new-abcdef lib/artifacts/notes.txt
chmod u+w lib/artifacts/*
touch -d '2 hours ago' lib/artifacts/[2-9a-f]* 2>/dev/null
t db gc --dry-run
t db gc
t db gc
ls lib/artifacts | wc -l
