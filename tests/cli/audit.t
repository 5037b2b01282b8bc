quiet init
t audit log | sed "s|....-..-..T..:..:..Z|REALTIME|; s|key release [0-9a-f]*|key release KEYID|"
t audit verify
quiet product add aroma
quiet component add aroma STM32 --type mcu
quiet key new release --no-passphrase
quiet key trust release.pub --product aroma
quiet freeze on --reason 'bad field reports'
t audit log | sed "s|....-..-..T..:..:..Z|REALTIME|; s|key release [0-9a-f]*|key release KEYID|"
t audit log --object aroma | sed "s|....-..-..T..:..:..Z|REALTIME|; s|key release [0-9a-f]*|key release KEYID|"
t audit log --action freeze | sed "s|....-..-..T..:..:..Z|REALTIME|; s|key release [0-9a-f]*|key release KEYID|"
t audit log --limit 1 | sed "s|....-..-..T..:..:..Z|REALTIME|; s|key release [0-9a-f]*|key release KEYID|"
t audit verify
t audit anchor -o head.txt --sign release.key
t audit anchor --sign release.key
t audit verify --anchor head.txt --key release.pub
t audit verify --key release.pub
t audit verify --anchor nope.txt
t audit verify --anchor release.pub
minisign -V -q -p release.pub -m head.txt && echo 'minisign agrees'
quiet freeze off
t audit verify --anchor head.txt
sed 's/^row: .*/row: 2/' head.txt >forged.txt
cp head.txt.minisig forged.txt.minisig
t audit verify --anchor forged.txt
t audit verify --anchor forged.txt --key release.pub

# what the triggers refuse
sqlite3 "$OTACTL_DB" "UPDATE audit SET reason = 'none' WHERE id = 4" 2>&1 | sed 's/.*: //'
sqlite3 "$OTACTL_DB" 'DELETE FROM audit WHERE id = 4' 2>&1 | sed 's/.*: //'
sqlite3 "$OTACTL_DB" "INSERT INTO audit SELECT 9, at, now, actor, action, command, object, detail, reason, hash FROM audit WHERE id = 1" 2>&1 | sed 's/.*: //'
# and what somebody finds who got around them
without() { sqlite3 "$OTACTL_DB" "PRAGMA writable_schema=ON; DROP TRIGGER IF EXISTS audit_keeps_rows; DROP TRIGGER IF EXISTS audit_keeps_all; $1"; }
cp "$OTACTL_DB" whole.db
without "UPDATE audit SET reason = 'none' WHERE id = 4"
t audit verify
cp whole.db "$OTACTL_DB"
without "DELETE FROM audit WHERE id = 2"
t audit verify
cp whole.db "$OTACTL_DB"
without "DELETE FROM audit WHERE id >= 4"
t audit verify
t audit verify --anchor head.txt
