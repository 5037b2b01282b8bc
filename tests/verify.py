#!/usr/bin/env python3
"""examples/verify.c, as a device would use it: good packages pass, and nothing altered does.

One bit of every byte of manifest, signature, public key and image is flipped; signatures are swapped, cut,
emptied and turned to CRLF; the device is another one.  `otactl package verify` must refuse the same.
"""
import os
import subprocess
import sys
import tempfile

B = os.path.abspath(os.environ["B"])
OTACTL, VERIFY = f"{B}/otactl", f"{B}/examples/verify"
os.chdir(tempfile.mkdtemp())
os.environ["OTACTL_DB"] = os.getcwd() + "/lib/fleet.db"
faults = tried = 0


def otactl(*words):
    subprocess.run([OTACTL, "--quiet", "--now", "2026-11-21T10:00:00Z", *words], check=True, stdout=subprocess.DEVNULL)


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def read(name):
    with open(name, "rb") as file:
        return file.read()


def verify(*options, manifest="m", signatures=("m.minisig",), keys=("release.pub",), counter="1", product="aroma",
           component="STM32", now="1795255200", folder="."):
    words = [VERIFY, *options, "-p", product, "-c", component, "-r", counter, "-t", now]
    for key in keys:
        words += ["-k", key]
    for signature in signatures:
        words += ["-s", signature]
    return subprocess.run(words + [manifest, folder], capture_output=True, text=True)


def good(what, result):
    global faults, tried
    tried += 1
    if result.returncode:
        faults += 1
        print(f"{what}: refused: {result.stderr.strip()}")


def bad(what, result, word=""):
    global faults, tried
    tried += 1
    if result.returncode != 1 or word not in result.stderr or not result.stderr.startswith("refused: "):
        faults += 1
        print(f"{what}: exit {result.returncode}, {result.stdout.strip()} {result.stderr.strip()}")


def flips(name, start=0):
    """Every byte from `start` on with another bit of it flipped."""
    whole = read(name)
    for at in range(start, len(whole)):
        yield at, whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1:]


otactl("init")
otactl("product", "add", "aroma")
otactl("component", "add", "aroma", "STM32", "--type", "mcu")
for key in "release", "spare":
    otactl("key", "new", key, "--no-passphrase")
    otactl("key", "trust", key + ".pub", "--product", "aroma")
otactl("key", "new", "foreign", "--no-passphrase")
write("firmware.bin", bytes(range(256)))
write("delta.bin", b"delta")
otactl("package", "add", "aroma/STM32", "1_0_0", "firmware.bin", "--sign", "release.key")
otactl("package", "add", "aroma/STM32", "1_0_1", "firmware.bin", "--sign", "release.key", "--floor", "2", "--hw", "B",
       "--expires", "2027-01-01T00:00:00Z")
otactl("package", "sign", "aroma/STM32", "1_0_1", "spare.key")
otactl("package", "add", "aroma/STM32", "1_0_1", "delta.bin", "--delta-from", "1_0_0", "--sign", "release.key")
otactl("package", "manifest", "aroma/STM32", "1_0_0", "-o", "old")
otactl("package", "manifest", "aroma/STM32", "1_0_1", "-o", "m")
otactl("package", "manifest", "aroma/STM32", "1_0_1", "--delta-from", "1_0_0", "-o", "d")
both = [name for name in sorted(os.listdir(".")) if name.startswith("m.") and name.endswith(".minisig")]
by_release = next(name for name in both if not verify("-w", "B", signatures=[name]).returncode)
os.rename(by_release, "one")
os.rename(next(name for name in both if name != by_release), "two")
os.rename("one", "m.minisig")

good("as it is", verify("-w", "B"))
good("a delta", verify("-v", "1_0_0", manifest="d", signatures=["d.minisig"]))
good("two of two", verify("-n", "2", "-w", "B", signatures=["m.minisig", "two"], keys=["release.pub", "spare.pub"]))
bad("the same twice", verify("-n", "2", "-w", "B", signatures=["m.minisig", "m.minisig"]), "too few")
bad("the same key twice", verify("-n", "2", "-w", "B", signatures=["m.minisig", "m.minisig"],
                                 keys=["release.pub", "release.pub"]), "too few")
bad("a foreign key", verify("-w", "B", keys=["foreign.pub"]), "too few")
bad("another product", verify("-w", "B", product="other"), "product")
bad("another component", verify("-w", "B", component="module"), "component")
bad("another hardware", verify("-w", "C"), "hw")
bad("no hardware told", verify(), "hw")
bad("expired", verify("-w", "B", now="1800000000"), "expires")
bad("the same counter", verify("-w", "B", counter="2"), "counter")
bad("an older counter", verify("-w", "B", counter="3"), "counter")
bad("below the floor", verify(manifest="old", signatures=["old.minisig"], counter="0", *["-f", "2"]), "counter")
bad("another source", verify("-v", "0_9", manifest="d", signatures=["d.minisig"]), "source")
bad("no source told", verify(manifest="d", signatures=["d.minisig"]), "source")
bad("the signature of another version", verify("-w", "B", signatures=["old.minisig"]), "too few")
bad("no such signature", verify("-w", "B", signatures=["nope"]), "too few")
bad("no signature", verify("-w", "B", signatures=[]), "too few")
bad("no manifest", verify("-w", "B", manifest="nope"), "cannot be read")
bad("no image", verify("-w", "B", folder="/nonexistent"), "BLAKE2b")
write("empty", b"")
bad("an empty signature", verify("-w", "B", signatures=["empty"]), "too few")
write("crlf", read("m.minisig").replace(b"\n", b"\r\n"))
bad("a signature in CRLF", verify("-w", "B", signatures=["crlf"]), "too few")
for size in range(len(read("m.minisig"))):
    write("cut", read("m.minisig")[:size])
    bad(f"a signature cut at {size}", verify("-w", "B", signatures=["cut"]), "too few")

# The untrusted comment is just that; everything behind it counts.
for at, data in flips("m.minisig", read("m.minisig").index(b"\n") + 1):
    write("x.minisig", data)
    bad(f"signature byte {at}", verify("-w", "B", signatures=["x.minisig"]), "too few")
for at, data in flips("release.pub", read("release.pub").index(b"\n") + 1):
    write("x.pub", data)
    bad(f"key byte {at}", verify("-w", "B", keys=["x.pub"]))
for at, data in flips("m"):
    write("x", data)
    bad(f"manifest byte {at}", verify("-w", "B", manifest="x"))
    result = subprocess.run([OTACTL, "package", "verify", "--manifest", "x", "--signature", "m.minisig"],
                            capture_output=True, text=True)
    tried += 1
    if result.returncode not in (5, 6) or "because" not in result.stderr:
        faults += 1
        print(f"otactl package verify takes manifest byte {at}: {result.returncode} {result.stderr}")
os.mkdir("altered")
for at, data in flips("firmware.bin"):
    write("altered/firmware.bin", data)
    bad(f"image byte {at}", verify("-w", "B", folder="altered"), "BLAKE2b")
write("altered/firmware.bin", read("firmware.bin") + b"\0")
bad("a longer image", verify("-w", "B", folder="altered"), "BLAKE2b")

# What the manual page tells people to type.
for command in ("minisign -V -q -p release.pub -m m",
                "grep '^SHA256 ' m | sha256sum --strict -c --quiet",
                "grep '^BLAKE2b-512 ' m | sed 's/^BLAKE2b-512/BLAKE2b/' | b2sum --strict -c --quiet"):
    tried += 1
    if subprocess.run(["sh", "-c", command]).returncode:
        faults += 1
        print(f"does not work: {command}")

print(f"{tried} tried, {faults} wrong")
subprocess.run(["rm", "-rf", os.getcwd()])
sys.exit(bool(faults))
