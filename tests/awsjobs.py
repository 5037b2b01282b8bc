"""The client of the QuecPython document, written from its contract: what it asks after each boot, what it reads of the
answers (the first element of the job document, and of that operation, version, names and URLs), and how it downloads.

    awsjobs.py ENDPOINT THING CERTIFICATE KEY FOLDER FIRMWARE APP [CUT]

ENDPOINT is an https:// one, or mqtts://HOST:PORT of a broker.  It boots until it has nothing to do any more, at most six times, and tells what happened.  FOLDER keeps what it has
downloaded; with CUT each file breaks off after so many bytes once, and is resumed by Range, appended without a check.
"""
import json
import os
import ssl
import sys
import urllib.error
import urllib.request

from mqtt import Client

endpoint, thing, certificate, key, folder, firmware, app = sys.argv[1:8]
cut = int(sys.argv[8]) if len(sys.argv) > 8 else 0
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
if certificate != "-":
    context.load_cert_chain(certificate, key)
running = {"FOTA": firmware, "app_fota": app}
broken = set()
client = None
WAIT = 1.5  # the module waits 5 s


def call(method, path, body=None):
    request = urllib.request.Request(f"{endpoint}/things/{thing}/jobs{path}", method=method,
                                     data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, context=context) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def publish(job, status, details):
    if client:
        client.publish(f"$aws/things/{thing}/jobs/{job}/update", json.dumps({"status": status, "statusDetails": details}))
        print(f"{job} {status}")
        return
    code, answer = call("POST", f"/{job}", {"status": status, "statusDetails": details})
    print(f"{job} {status} {code}{'' if code == 200 else ' ' + answer['code']}")


def download(url, name, progress):
    """As app_fota keeps it: by its lower-cased name, resumed by appending."""
    path = os.path.join(folder, name.lstrip("/").replace("/", "_").lower())
    while True:
        have = os.path.getsize(path) if os.path.exists(path) else 0
        request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"})
        with urllib.request.urlopen(request, context=context) as answer:
            size = have + int(answer.headers["Content-Length"])
            with open(path, "ab") as file:
                if cut and name not in broken:
                    broken.add(name)
                    file.write(answer.read(cut))
                    progress(have * 100 // size)
                    continue
                file.write(answer.read())
        progress(100)
        return


def handle(job, answer):
    """True where the module starts again."""
    document = answer["execution"]["jobDocument"][0]
    operation = document["operation"]
    version = document["files"][0]["fileVersion"]
    if version == running[operation]:
        publish(job, "SUCCEEDED", {"operation": "install", "state": "package installed and started"})
        return False
    if operation == "FOTA":
        download(document["files"][0]["fileSource"]["url"], document["files"][0]["fileName"],
                 lambda n: publish(job, "IN_PROGRESS", {"progress": n, "step": "downloading"}))
    else:
        for file in document["files"]:
            assert file["fileName"].startswith("/usr/"), file["fileName"]
            download(file["fileSource"]["url"], file["fileName"], lambda n: None)
        publish(job, "IN_PROGRESS", {"progress": 100, "step": "downloading"})
    running[operation] = version
    return True


def boot_by_mqtt():
    """It listens to two topics, of which one never says anything that it understands, and asks once for each job."""
    global client
    client = Client(endpoint.removeprefix("mqtts://"), thing, certificate, key, os.environ["CA"])
    top = f"$aws/things/{thing}/jobs"
    assert client.subscribe(f"{top}/notify") and client.subscribe(f"{top}/get/accepted")
    again = False
    for question in ("get", "jobfota/get", "jobappota/get"):
        client.publish(f"{top}/{question}", '{"key":0}')
        for _, payload in client.messages(WAIT):
            try:
                answer = json.loads(payload)
                operation = answer["execution"]["jobDocument"][0]["operation"]
                again = handle("jobfota" if operation == "FOTA" else "jobappota", answer)
            except KeyError:
                pass
            if again:
                break
        if again:
            break
    client.close()
    return again


def boot():
    if endpoint.startswith("mqtts://"):
        return boot_by_mqtt()
    call("GET", "")
    for job in ("jobfota", "jobappota"):
        try:
            if handle(job, call("GET", f"/{job}")[1]):
                return True
        except KeyError as missing:
            print(f"{job} {missing}")
    return False


for n in range(6):
    print(f"boot {n + 1}: {running['FOTA']} {running['app_fota']}")
    if not boot():
        break
