"""Devices with an ESP8266 or ESP32, played to the byte as their libraries behave, against a real server.

  esp.py image SLOT VERSION FILE      write an image of the NONOS SDK (EA 04, CRC) for user1 or user2
  esp.py serve                        play the clients that lines of stdin name, with tabs between the words:
                                      FILE KIND PORT ADDRESS ...; what one got is in FILE, then "ok" is said,
                                      or why it failed

Each client reads as its original does: in pieces of its own size, with its own tests on the first piece, and
it ends when its original would.
"""
import hashlib
import socket
import sys
import time
import zlib

TIMEOUT = 8


def fail(why):
    raise SystemExit(why)


class Wire:
    """One connection from a source address of the loopback net, which stands for the device."""

    def __init__(self, port, address):
        self.socket = socket.socket()
        self.socket.settimeout(TIMEOUT)
        self.socket.bind((address, 0))
        self.socket.connect(("127.0.0.1", port))

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def piece(self, size):
        """A segment, as a receive callback gets it: at most `size` bytes, b"" at the end."""
        try:
            return self.socket.recv(size)
        except ConnectionResetError:
            fail("the connection was reset")
        except TimeoutError:
            fail("nothing more came")

    def close(self):
        self.socket.close()


def sdk_test(piece):
    """The library's look at a piece: the length and where the body starts, or None."""
    end, at = piece.find(b"\r\n\r\n"), piece.find(b"Content-Length: ")
    if end < 0 or at < 0:
        return None
    digits = piece[at + 16:piece.find(b"\r\n", at)]
    if not digits.isdigit():
        fail(f"the length is {digits}")
    if end + 4 > 511:
        fail(f"the header has {end + 4} bytes")
    return int(digits), end + 4


def sdk_trailer(image):
    """R: the CRC register without final inversion, its magnitude as a signed number."""
    register = ~zlib.crc32(image[:-4]) & 0xffffffff
    if register & 0x80000000:
        register = 0x100000000 - register
    return register.to_bytes(4, "little") == image[-4:]


def sdk(port, address, url, running, major=2, segment=1460):
    """system_upgrade_start(): HEAD, erase, GET on a connection of its own."""
    if len(url) > 511:
        fail("the request is too long")
    wire = Wire(port, address)
    wire.send(url.replace("GET", "HEAD").replace("keep-alive", "close"))
    piece = wire.piece(segment)
    found = sdk_test(piece)
    if not found and major == 3 and b"200 OK\r\n" in piece:
        found = sdk_test(wire.piece(segment))
    if not found:
        fail(f"server do not support HEAD method: {piece[:200]}")
    wire.close()
    length = found[0]
    if length > 240 * 4096:
        fail(f"too many sectors: {length}")
    if not length:
        return b""
    wire = Wire(port, address)
    wire.send(url)
    piece = wire.piece(segment)
    found = sdk_test(piece)
    if not found or found[0] != length:
        fail(f"the first piece of the GET would be flashed: {piece[:200]}")
    image = piece[found[1]:]
    last = image
    while len(image) < length:
        last = wire.piece(segment)
        if not last:
            fail(f"closed after {len(image)} of {length} bytes")
        image += last
    if len(image) != length:
        fail(f"{len(image)} bytes came for {length}: it never finishes")
    if image[:2] not in (b"\xe9\x03", b"\xea\x04") or image[3] != 3 - running:
        fail(f"not an image for the other slot: {image[:4]}")
    if not sdk_trailer(image):
        fail("the CRC in the trailer is wrong")
    wire.close()
    return image


def forum(port, address, path):
    """The hand-written callback: a buffer of 512 bytes, the header in the first of them."""
    wire = Wire(port, address)
    wire.send(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")
    buffer, flashed, length = b"", b"", 0
    while True:
        data = wire.piece(1460)
        if not data:
            fail(f"never finished: {len(flashed)} of {length} bytes")
        while data:
            take = data[:512 - len(buffer)]
            buffer, data = buffer + take, data[len(take):]
            if len(buffer) == 512 and not length:
                at, end = buffer.find(b"Content-Length: "), buffer.find(b"\r\n\r\n")
                if at < 0 or end < 0 or b"\0" in buffer[:end]:
                    fail("the header would be flashed")
                length = int(buffer[at + 16:buffer.find(b"\r\n", at)])
                buffer = buffer[end + 4:]
            elif len(buffer) == 512:
                flashed += buffer
                buffer = b""
            elif flashed and length - len(flashed) < 512:
                # It takes what it has for the rest, at the first end of a segment.  The original flashes
                # wrong bytes where they have not come yet; a server that sends full segments can do no more.
                if len(buffer) < length - len(flashed):
                    continue
                return flashed + buffer


def rboot(port, address, path, segment=1460):
    segment = int(segment)
    wire = Wire(port, address)
    wire.send(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\nCache-Control: no-cache\r\n"
              "User-Agent: rBoot-Sample/1.0\r\nAccept: */*\r\n\r\n")
    piece = wire.piece(segment)
    at, end = piece.find(b"Content-Length: "), piece.find(b"\r\n\r\n")
    if piece[9:12] != b"200":
        return b""
    if at < 0 or end < at:
        fail(f"no length, or behind the header: {piece[:200]}")
    length, image = int(piece[at + 16:piece.find(b"\r\n", at)]), piece[end + 4:]
    while len(image) < length:
        piece = wire.piece(segment)
        if not piece:
            fail(f"closed after {len(image)} of {length} bytes")
        image += piece
    if len(image) != length:
        fail("more bytes than were said")
    wire.close()
    return image


def whole_answer(wire):
    """Status, headers by lower-case name (repeats joined by a comma) and body, to the announced length."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = wire.piece(512)
        if not piece:
            fail(f"no header: {data[:200]}")
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    if len(head) + 4 > 511:
        fail(f"the header has {len(head) + 4} bytes")
    lines = head.decode().split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, value = line.split(":", 1)
        name = name.lower()
        headers[name] = headers[name] + "," + value.strip() if name in headers else value.strip()
    return int(lines[0].split(" ")[1]), headers, body


def arduino(port, address, path, chip, mac, version, mode, space):
    """ESP8266httpUpdate and HTTPUpdate; the status and what x-version says, or the image."""
    wire = Wire(port, address)
    lines = [f"GET {path} HTTP/1.0", f"Host: 127.0.0.1:{port}", f"User-Agent: {chip}-http-Update", "Connection: close"]
    if chip == "ESP32":
        lines += ["Cache-Control: no-cache", f"x-{chip}-sketch-sha256: {'AB' * 32}"]
    else:
        lines += [f"x-{chip}-Chip-ID: 1", f"x-{chip}-sketch-md5: {'ab' * 16}"]
    lines += [f"x-{chip}-STA-MAC: {mac}", f"x-{chip}-AP-MAC: {mac}", f"x-{chip}-free-space: {space}",
              f"x-{chip}-sketch-size: 300000", f"x-{chip}-chip-size: 4194304", f"x-{chip}-sdk-version: 2.2.2",
              f"x-{chip}-mode: {mode}"]
    if version:
        lines.append(f"x-{chip}-version: {version}")
    wire.send("\r\n".join(lines) + "\r\n\r\n")
    status, headers, body = whole_answer(wire)
    if status == 200 and mode == "version":
        return f"version {headers.get('x-version', '')}".encode()
    if status != 200:
        if wire.piece(512):
            fail(f"{status} has a body")
        return f"status {status}".encode()
    length = int(headers.get("content-length", "0"))
    if not 0 < length <= space:
        fail(f"the length is {length}")
    while len(body) < length:
        piece = wire.piece(512)
        if not piece:
            fail("connection lost")
        body += piece
    if len(headers.get("x-md5", "")) != 32 or hashlib.md5(body).hexdigest() != headers["x-md5"]:
        fail(f"x-MD5 is {headers.get('x-md5')}")
    return body


def idf(port, address, path, chunk):
    """esp_https_ota with partial downloads: HEAD, then ranges, the last one open."""
    def ask(method, extra=""):
        text = (f"{method} {path} HTTP/1.1\r\nUser-Agent: ESP32 HTTP Client/1.0\r\nHost: 127.0.0.1:{port}\r\n"
                f"Content-Length: 0\r\n{extra}\r\n")
        if len(text) > 512:
            fail("the request does not fit its send buffer")
        wire.send(text)
        return whole_answer(wire)

    wire = Wire(port, address)
    status, headers, _ = ask("HEAD")
    wire.close()
    if status != 200:
        return f"status {status}".encode()
    total, image = int(headers["content-length"]), b""
    while len(image) < total:
        last = len(image) + chunk >= total
        wire = Wire(port, address)
        status, headers, body = ask("GET", f"Range: bytes={len(image)}-{'' if last else len(image) + chunk - 1}\r\n")
        if status != 206 or not headers["content-range"].endswith(f"/{total}"):
            fail(f"a range is answered by {status} {headers}")
        while len(body) < int(headers["content-length"]):
            piece = wire.piece(512)
            if not piece:
                fail("connection lost")
            body += piece
        image += body
        wire.close()
    return image


def raw(port, address, path):
    """HTTP/0.9: a line, then another one; every byte until an empty read is the file."""
    wire = Wire(port, address)
    wire.send(f"GET {path}\r\n")
    time.sleep(0.05)
    try:
        wire.send("\r\n")
    except (BrokenPipeError, ConnectionResetError):
        fail("the second line is refused")
    image = b""
    while True:
        piece = wire.piece(8192)
        if piece in (b"", b"\r\n"):
            return image
        image += piece


def plain(port, address, data):
    """Whatever bytes; the answer as it comes."""
    wire = Wire(port, address)
    wire.send(data.encode().decode("unicode_escape").encode("latin-1"))
    answer = b""
    while True:
        piece = wire.piece(4096)
        if not piece:
            return answer
        answer += piece


def image(slot, version, size=231316):
    """As gen_appbin writes it for boot mode 2: EA 04, the irom segment, an E9 image, the CRC."""
    def segment(address, data):
        return address.to_bytes(4, "little") + len(data).to_bytes(4, "little") + data

    entry = bytes.fromhex("04001040")
    rest = [(f"version {version} ".encode() * 40)[:100 + 4 * i] for i in range(3)]
    inner = b"\xe9\x03\x00\x00" + entry + b"".join(segment(0x3ffe8000 + i, s) for i, s in enumerate(rest))
    checksum = 0xef
    for byte in b"".join(rest):
        checksum ^= byte
    inner += bytes(15 - len(inner) % 16) + bytes([checksum])
    room = size - 16 - len(inner) - 4
    irom = (f"slot {slot} {version} ".encode() * (room // 4))[:room]
    body = b"\xea\x04\x00" + bytes([slot]) + entry + bytes(4) + len(irom).to_bytes(4, "little") + irom + inner
    register = ~zlib.crc32(body) & 0xffffffff
    return body + (0x100000000 - register if register & 0x80000000 else register).to_bytes(4, "little")


def play(kind, port, address, *rest):
    port = int(port)
    if kind == "sdk":           # PATH RUNNING [MAJOR [SEGMENT]]
        url = f"GET {rest[0]} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        return sdk(port, address, url, *(int(n) for n in rest[1:]))
    if kind == "at":            # the AT example's spelling of the same
        url = (f"GET {rest[0]} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: keep-alive\r\n"
               "Cache-Control: no-cache\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n"
               "Accept-Encoding: gzip,deflate\r\n\r\n")
        return sdk(port, address, url, int(rest[1]))
    if kind == "arduino":       # PATH CHIP MAC VERSION MODE [SPACE]
        return arduino(port, address, *rest[:5], int(rest[5]) if len(rest) > 5 else 1000000)
    if kind == "idf":           # PATH CHUNK
        return idf(port, address, rest[0], int(rest[1]))
    return {"forum": forum, "rboot": rboot, "raw": raw, "plain": plain}[kind](port, address, *rest)


def serve():
    for line in sys.stdin:
        path, *words = line.rstrip("\n").split("\t")
        try:
            got = play(*words)
            with open(path, "wb") as file:
                file.write(got)
            print("ok", flush=True)
        except SystemExit as failure:
            print(failure, flush=True)


if sys.argv[1] == "image":
    with open(sys.argv[4], "wb") as output:
        output.write(image(int(sys.argv[2]), sys.argv[3]))
else:
    serve()
