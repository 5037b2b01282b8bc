"""The peer of bench/pycom.sh: Pycom's manifest as the tutorial's server makes it, hashing what it lists for each
request.  Our own code, from the facts: one thread, both trees walked and compared, every listed file and the
firmware read and hashed.   tutorial.py FOLDER PORT"""
import filecmp, hashlib, http.server, json, os, sys
from urllib.parse import parse_qs, urlparse

ROOT = sys.argv[1]


def sha1(path):
    with open(path, "rb") as file:
        return hashlib.sha1(file.read()).hexdigest()


def files(version):
    top = os.path.join(ROOT, version)
    return {os.path.relpath(os.path.join(at, name), top) for at, _, names in os.walk(top) for name in names
            if name not in (".DS_Store", "pymakr.conf")}


class Handler(http.server.BaseHTTPRequestHandler):
    def entries(self, version, paths):
        return [{"URL": f"http://{self.headers['Host']}/{version}/{path}", "dst_path": "/" + path,
                 "hash": sha1(os.path.join(ROOT, version, path))} for path in sorted(paths)]

    def do_GET(self):
        old = parse_qs(urlparse(self.path).query)["current_ver"][0]
        new = max(d for d in os.listdir(ROOT) if os.path.isdir(os.path.join(ROOT, d)))
        was, now = files(old), files(new)
        changed = {f for f in was & now if not filecmp.cmp(os.path.join(ROOT, old, f), os.path.join(ROOT, new, f))}
        firmware = f"firmware_{new}.bin"
        body = json.dumps({
            "delete": sorted(was - now), "new": self.entries(new, now - was), "update": self.entries(new, changed),
            "firmware": {"URL": f"http://{self.headers['Host']}/{firmware}", "hash": sha1(os.path.join(ROOT, firmware))},
            "version": new}, indent=4).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
