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
