"""Pycom's OTA library, played from its contract: pieces of recv(100), the blank line sought within one piece,
the rest of that piece through UTF-8, five tries a file, renames in its order, no directory made.

  pycom.py tree FOLDER VERSION SEED        write a version directory of 60 files, and its firmware
  pycom.py between FOLDER FROM TO          what update says of this: how many files are new, another, gone
  pycom.py install FOLDER ROOT             what the factory does: the files of a version directory
  pycom.py update ROOT PORT ADDRESS [DIE]  one ota.update(); DIE: downloaded, renamed, deleted or firmware
  pycom.py plain PORT ADDRESS LINE...      one request: status, header length, body length, body if it is short
  pycom.py get PORT ADDRESS TARGET FILE    one GET as the library does it, into a file
"""
import hashlib, json, os, random, shutil, socket, sys


class Died(Exception):
    pass


def connect(port, address):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.bind((address, 0))
    s.connect(("127.0.0.1", port))
    return s


def get_data(port, address, request, write):
    """The SHA-1 of what was written; pieces as the library cuts them."""
    s = connect(port, address)
    s.sendall(f"GET /{request} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    digest, writing = hashlib.sha1(), False
    while True:
        piece = s.recv(100)
        if not piece:
            break
        if not writing and b"\r\n\r\n" in piece:
            writing = True
            piece = piece.decode().split("\r\n\r\n")[1].encode()
        if writing:
            write(piece)
            digest.update(piece)
    s.close()
    return digest.hexdigest()


class Device:
    def __init__(self, root, port, address, die):
        self.root, self.port, self.address, self.die = root, port, address, die

    def at(self, path):
        return self.root + path

    def step(self, name):
        if self.die == name:
            raise Died(name)

    def version(self):
        text = open(self.at("/flash/OTA_VERSION.py")).read()
        assert text.startswith("VERSION = '") and text.endswith("'") and text.count("'") == 2, text
        return text[11:-1]

    def get_file(self, f):
        new = self.at(f["dst_path"]) + ".new"
        if os.path.exists(new):
            os.remove(new)
        with open(new, "wb") as out:
            told = get_data(self.port, self.address, f["URL"].split("/", 3)[-1], out.write)
        if told != f["hash"]:
            raise ValueError("hash of " + f["URL"])

    def download(self, f):
        for _ in range(5):
            try:
                return self.get_file(f)
            except Exception as error:
                last = error
        raise last

    def aside(self, path, suffix):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
        os.rename(path, path + suffix)

    def update(self):
        body = bytearray()
        get_data(self.port, self.address, "manifest.json?current_ver=" + self.version(), body.extend)
        m = json.loads(bytes(body).decode())
        if m is None:
            return "null"
        for f in m["new"] + m["update"]:
            self.download(f)
        self.step("downloaded")
        for f in m["update"]:
            self.aside(self.at(f["dst_path"]), ".bak")
        for f in m["new"] + m["update"]:
            os.rename(self.at(f["dst_path"]) + ".new", self.at(f["dst_path"]))
        self.step("renamed")
        for path in m["delete"]:
            self.aside(self.at("/" + path), ".bak_del")
        self.step("deleted")
        if "firmware" in m:
            with open(self.at("/firmware"), "wb") as out:
                told = get_data(self.port, self.address, m["firmware"]["URL"].split("/", 3)[-1], out.write)
            # The library does not look at it; here a wrong one is a fault of the server.
            assert told == m["firmware"]["hash"], "firmware"
        self.step("firmware")
        with open(self.at("/flash/OTA_VERSION.py"), "w") as out:
            out.write("VERSION = '{}'".format(m["version"]))
        return "{} new {} update {} delete {} firmware {}".format(
            m["version"], len(m["new"]), len(m["update"]), len(m["delete"]), int("firmware" in m))


def tree(folder, version, seed):
    """60 files: most stay, some change with each version, some come and go; binary ones, too."""
    number = int(version.split(".")[-1])
    r = random.Random(seed)
    places = ["flash/main.py", "flash/boot.py", "sd/some asset.txt", "sd/an image + more.bin"]
    places += [f"flash/lib/module_{i}.py" for i in range(30)] + [f"sd/data/{i} of 26.bin" for i in range(26)]
    for i, place in enumerate(places):
        if i >= 4 and i % 10 == number:  # a file of one version is none of the next
            place = place.replace("module", f"only_{number}").replace(" of", f" of {number} and")
        r2 = random.Random(f"{seed} {i} {number if i % 5 == 0 else 0}")
        data = r2.randbytes(r2.randrange(1, 3000)) if place.startswith("sd") else (
            f"# {place} {r2.random()}\n" * r2.randrange(1, 60)).encode()
        if i % 7 == 0:  # what a careless reader loses
            data = b"\xff\xfe\r\n\r\n" + data + b"\r\n\r\n\x80"
        path = os.path.join(folder, version, place)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "wb").write(data)
    open(os.path.join(folder, f"firmware_{version}.bin"), "wb").write(
        r.randbytes(8) + version.encode() + r.randbytes(60000))
    open(os.path.join(folder, version, ".DS_Store"), "w").write("x")
    open(os.path.join(folder, version, "flash", "pymakr.conf"), "w").write("x")


def between(folder, old, new):
    def files(version):
        top = os.path.join(folder, version)
        return {os.path.relpath(os.path.join(at, name), top): open(os.path.join(at, name), "rb").read()
                for at, _, names in os.walk(top) for name in names if name not in (".DS_Store", "pymakr.conf")}
    was, now = files(old), files(new)
    print(new, "new", len(now.keys() - was.keys()), "update", sum(was[f] != now[f] for f in was.keys() & now.keys()),
          "delete", len(was.keys() - now.keys()), "firmware 1")


def install(folder, root):
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(folder, root, ignore=shutil.ignore_patterns(".DS_Store", "pymakr.conf"))
    open(os.path.join(root, "flash", "OTA_VERSION.py"), "w").write(f"VERSION = '{os.path.basename(folder)}'")


def plain(port, address, lines):
    s = connect(port, address)
    s.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    answer = b""
    while True:
        piece = s.recv(65536)
        if not piece:
            break
        answer += piece
    header, _, body = answer.partition(b"\r\n\r\n")
    print(header.split(b" ")[1].decode(), len(header) + 4, len(body), body.decode(errors="replace") if len(body) < 10 else "")


def main(command, *rest):
    if command == "tree":
        tree(*rest)
    elif command == "install":
        install(*rest)
    elif command == "between":
        between(*rest)
    elif command == "plain":
        plain(int(rest[0]), rest[1], rest[2:])
    elif command == "get":
        with open(rest[3], "wb") as out:
            print(get_data(int(rest[0]), rest[1], rest[2], out.write))
    elif command == "update":
        try:
            print(Device(rest[0], int(rest[1]), rest[2], rest[3] if len(rest) > 3 else None).update())
        except Exception as error:
            print("failed:", type(error).__name__, error)
            sys.exit(1)


main(*sys.argv[1:])
