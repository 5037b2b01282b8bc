#!/usr/bin/env python3
"""The door's server of its own where its user may start no more processes: it says so, tries again
without haste, takes the room it gets, and its end ends nothing but its own workers.

Runs as a user who has no process yet: root becomes one; anybody else takes name spaces of his own."""
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

build = os.path.abspath(os.environ.get("B", "build/plain"))
HERE = "OTACTL_OWN_NAME_SPACES"


def skip(why):
    print("skip:", why)
    sys.exit(77)


if os.geteuid() and HERE not in os.environ:
    spaces = ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    try:
        possible = not subprocess.run(spaces + ["true"], stderr=subprocess.DEVNULL).returncode
    except FileNotFoundError:
        possible = False
    if not possible:
        skip("neither root nor allowed to unshare: no user without processes for the door")
    os.environ[HERE] = "1"
    os.execvp(spaces[0], spaces + [sys.executable] + sys.argv)


def owners():
    """The real user of each process there is."""
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/status", encoding="ascii", errors="replace") as status:
                uid = [line.split()[1] for line in status if line.startswith("Uid:")][0]
            found[int(entry)] = int(uid)
        except OSError:
            pass
    return found


if not os.path.exists("/proc/self/status"):
    skip("/proc is not mounted")
user = os.geteuid()
if HERE not in os.environ:
    user = next(uid for uid in range(64321, 64999) if uid not in owners().values())


def become():
    """In the child: another user, who may have as many processes as there are now and one more."""
    if user != os.geteuid():
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def confined():
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    resource.setrlimit(resource.RLIMIT_NPROC, (limit, hard))
    become()


def sleeper():
    return subprocess.Popen(["sleep", "120"], preexec_fn=become)


def children():
    with open(f"/proc/{door.pid}/task/{door.pid}/children", encoding="ascii") as pids:
        return pids.read().split()


def cpu_seconds():
    with open(f"/proc/{door.pid}/stat", encoding="ascii") as numbers:
        fields = numbers.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(what, condition):
    end = time.time() + 20
    while not condition():
        assert time.time() < end, what
        time.sleep(0.05)


def is_socket(path):
    return os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode)


work = tempfile.mkdtemp(prefix="otactl-prefork-")
os.chmod(work, 0o777)
# The checkout may stand where only its owner comes in.
program = shutil.copy(build + "/otactl.cgi", work)
socket, said = work + "/door.sock", work + "/said"
processes = []
try:
    try:
        bystander = sleeper()
    except subprocess.SubprocessError:
        skip(f"root may not become user {user} here")
    leaving = sleeper()
    processes += [bystander, leaving]
    # The unshare that waits for us is counted, but not to be seen from here.
    limit = list(owners().values()).count(user) + 1 + (HERE in os.environ)
    with open(said, "wb") as errors:
        # The leak check of a sanitizer would want a process, too.
        door = subprocess.Popen([program, "--listen", socket, "--workers", "2"], stderr=errors,
                                preexec_fn=confined, env={"ASAN_OPTIONS": "detect_leaks=0"})
    processes.append(door)
    wait_for("the door listens", lambda: is_socket(socket))
    time.sleep(2.5)
    assert not children(), "the user may have no more processes: the test tests nothing"
    assert cpu_seconds() < 0.5, f"{cpu_seconds()} s of work for nothing"
    with open(said, encoding="utf-8") as errors:
        lines = errors.read().splitlines()
    assert 1 <= len(lines) <= 6 and all("cannot start a worker" in line for line in lines), lines

    leaving.terminate()
    leaving.wait()
    wait_for("one of two workers", lambda: len(children()) == 1)
    os.kill(int(children()[0]), signal.SIGKILL)
    wait_for("its death is noticed", lambda: not children())
    wait_for("another in its place", lambda: len(children()) == 1)

    door.terminate()
    assert door.wait(20) == 0, "the door ends well"
    assert not os.path.exists(socket), "the socket is left behind"
    time.sleep(0.2)
    assert bystander.poll() is None, f"the door ended another process of its user: {bystander.poll()}"
    assert user not in [uid for pid, uid in owners().items()
                        if pid not in (os.getpid(), bystander.pid)] or HERE in os.environ, "a worker lives on"
finally:
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    shutil.rmtree(work)
