#!/usr/bin/env python3
"""The canonical session of the README, word for word, typed on a real terminal with a passphrase."""
import os
import pty
import re
import select
import shutil
import sys
import tempfile
import time

build = os.path.abspath(os.environ.get("B", "build/plain"))
work = tempfile.mkdtemp(prefix="otactl-session-")
readme = open("README.md", encoding="utf-8").read()
session = re.search(r"```console session\n(.*?)```", readme, re.S).group(1)
environment = dict(os.environ, OTACTL_DB=work + "/lib/fleet.db", PATH=build + ":" + os.environ["PATH"])


try:
    os.close(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))
    os.close(pty.openpty()[1])
except OSError as fault:
    print("skip: no pseudo terminals:", fault.strerror or fault)
    shutil.rmtree(work)
    sys.exit(77)


def typed(command, answers):
    """Run a shell command on a terminal of its own; answer each prompt as it comes."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(work)
        os.execvpe("sh", ["sh", "-c", command], environment)
    out, end = "", time.time() + 120
    while time.time() < end:
        ready, _, _ = select.select([fd], [], [], 1)
        if not ready:
            continue
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        out += data.decode()
        if answers and re.search(answers[0][0], out):
            os.write(fd, answers.pop(0)[1])
            out += "\n"
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), out


with open(work + "/firmware.bin", "wb") as image:
    image.write(os.urandom(65536))
with open(work + "/devices.csv", "w", encoding="utf-8") as csv:
    csv.write("device,STM32\nSN0007,1_0_0\nSN0042,1_0_0\n")
with open(work + "/lab.txt", "w", encoding="utf-8") as lab:
    lab.write("SN0007\nSN0042\n")
commands = session.replace("\\\n", " ").strip().splitlines()
assert len(commands) >= 12, session
for command in commands:
    answers = []
    if "key new" in command:
        answers = [("Passphrase", b"correct horse\n"), ("again", b"correct horse\n")]
    elif "--sign" in command:
        answers = [("Passphrase", b"correct horse\n")]
    elif "activate" in command:
        answers = [(r"\[y/N\]", b"y\n")]
    code, out = typed(command, answers)
    print("$", command, "->", code)
    if "activate" in command:
        # The facts come before the question, and only once.
        assert 0 <= out.find("note: what shows later") < out.find("[y/N]"), out
        assert out.count("note: what shows later") == 1, out
    if code or answers:
        print(out)
        sys.exit(1)
assert "correct horse" not in out
# A wrong passphrase opens nothing, and leaves nothing behind.
code, out = typed("otactl package add aroma/STM32 1_0_2 firmware.bin --sign release.key",
                  [("Passphrase", b"wrong\n")])
assert code == 6 and "passphrase is wrong" in out, out
assert typed("otactl package show aroma/STM32 1_0_2", [])[0] == 3
# minisign itself accepts manifest and image, and reads our encrypted key.
for command in ("otactl package manifest aroma/STM32 1_0_1 -o m", "minisign -V -p release.pub -m m",
                "otactl package show aroma/STM32 1_0_1 --json | grep -q '\"valid\":.*true'"):
    code, out = typed(command, [])
    assert code == 0, out
code, out = typed("minisign -S -H -s release.key -m firmware.bin", [("Password", b"correct horse\n")])
assert code == 0, out
shutil.rmtree(work)
