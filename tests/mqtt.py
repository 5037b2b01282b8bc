"""As much of an MQTT 3.1.1 client as things need, and as a test needs to see what a broker lets through.

    mqtt.py ask HOST:PORT TOPIC PAYLOAD LISTEN [CERTIFICATE KEY CA]    publish, and print what comes within 2 s
    mqtt.py listen HOST:PORT TOPIC SECONDS [CERTIFICATE KEY CA]        print what comes within a time
    mqtt.py idle HOST:PORT COUNT                                       so many clients that say nothing, until stdin ends
"""
import socket
import ssl
import struct
import sys
import time


def text(value):
    return struct.pack(">H", len(value.encode())) + value.encode()


class Client:
    def __init__(self, where, name, certificate=None, key=None, ca=None):
        host, port = where.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), 5)
        if certificate:
            context = ssl.create_default_context(cafile=ca)
            context.check_hostname = False
            context.load_cert_chain(certificate, key)
            self.socket = context.wrap_socket(self.socket)
        self.send(0x10, text("MQTT") + b"\x04\x02\x00\x3c" + text(name))
        kind, body = self.packet()
        if kind != 0x20 or body[1]:
            raise ConnectionError(f"refused: {body}")

    def send(self, kind, body):
        length, left = b"", len(body)
        while True:
            left, digit = left >> 7, left & 127
            length += bytes([digit | (128 if left else 0)])
            if not left:
                break
        self.socket.sendall(bytes([kind]) + length + body)

    def take(self, count):
        data = b""
        while len(data) < count:
            some = self.socket.recv(count - len(data))
            if not some:
                raise ConnectionError("the broker has gone")
            data += some
        return data

    def packet(self):
        kind, length, shift = self.take(1)[0], 0, 0
        while True:
            digit = self.take(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if not digit & 128:
                return kind, self.take(length)

    def subscribe(self, topic):
        self.send(0x82, b"\x00\x01" + text(topic) + b"\x00")
        while True:
            kind, body = self.packet()
            if kind == 0x90:
                return body[2] < 0x80

    def publish(self, topic, payload):
        self.send(0x30, text(topic) + payload.encode())

    def messages(self, seconds):
        """What comes within a time; the caller may stop earlier."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.socket.settimeout(max(0.01, until - time.monotonic()))
            try:
                kind, body = self.packet()
            except TimeoutError:
                return
            finally:
                self.socket.settimeout(5)
            if kind >> 4 == 3:
                length = struct.unpack(">H", body[:2])[0]
                yield body[2:2 + length].decode(), body[2 + length:].decode()

    def close(self):
        self.send(0xe0, b"")
        self.socket.close()


if __name__ == "__main__" and sys.argv[1] == "ask":
    where, topic, payload, listen = sys.argv[2:6]
    client = Client(where, f"ask{time.time()}", *sys.argv[6:9])
    client.subscribe(listen)
    client.publish(topic, payload)
    for topic, payload in client.messages(2):
        print(topic, payload.strip())
        break
elif __name__ == "__main__" and sys.argv[1] == "listen":
    client = Client(sys.argv[2], f"listen{time.time()}", *sys.argv[5:8])
    client.subscribe(sys.argv[3])
    for topic, payload in client.messages(float(sys.argv[4])):
        print(topic, payload.strip(), flush=True)
elif __name__ == "__main__":
    clients = [Client(sys.argv[2], f"thing{n}") for n in range(int(sys.argv[3]))]
    for n, client in enumerate(clients):
        client.subscribe(f"$aws/things/d{n:07}/jobs/notify")
    print(len(clients), flush=True)
    sys.stdin.read()
