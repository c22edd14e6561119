"""A time stamp authority: OpenSSL's, behind a web server, as one finds it at an address."""

import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

POLICY = "1.3.6.1.4.1.99999.1"
CONFIG = f"""[tsa]
default_tsa = ours
[ours]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = ca.pem
signer_digest = sha256
default_policy = {POLICY}
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""
BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
PEM = serialization.Encoding.PEM


@contextmanager
def serve(place, *, at):
    """An authority whose clock stands at `at`, with its files in the folder `place`.

    The server it yields has a `url`, its root in `ca` (a file) and a `mood`: "well", "down" (503), "slack" (no
    stamp in the answer), "wrong" (a stamp for another file). `asked` counts the requests.
    """
    _make_keys(place)
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    server.place, server.at, server.mood, server.asked = place, at, "well", 0
    server.url, server.ca = f"http://127.0.0.1:{server.server_port}/tsr", place / "ca.pem"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.asked += 1
        query = self.rfile.read(int(self.headers["Content-Length"]))
        mood = self.server.mood
        if mood == "wrong":
            # The imprint is the last thing of any length in a request: another file's stands there now.
            query = query.replace(_imprint(query), b"\x07" * 32)
        answer = b"" if mood == "slack" else _reply(self.server.place, self.server.at, query)
        self.send_response(503 if mood == "down" else 200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


def _imprint(query):
    start = query.index(b"\x04\x20") + 2
    return query[start : start + 32]


def _reply(place, at, query):
    (place / "query.tsq").write_bytes(query)
    moment = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    command = ["faketime", moment, "openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq"]
    made = subprocess.run(
        [*command, "-out", "reply.tsr"], cwd=place, env={"PATH": "/usr/bin:/bin", "TZ": "UTC"}, capture_output=True
    )
    assert made.returncode == 0, made.stderr.decode()
    return (place / "reply.tsr").read_bytes()


def _make_keys(place):
    place.mkdir(exist_ok=True)
    (place / "tsa.cnf").write_text(CONFIG)
    (place / "serial").write_text("00\n")
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Time root", root_key, "Time root", root_key, x509.BasicConstraints(True, None))
    stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    (place / "ca.pem").write_bytes(root.public_bytes(PEM))
    (place / "tsa.pem").write_bytes(
        _certificate("Time authority", key, "Time root", root_key, stamping).public_bytes(PEM)
    )
    (place / "tsa.key").write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _certificate(name, key, issuer, issuer_key, extension):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    serial = x509.random_serial_number()
    made = x509.CertificateBuilder(named(issuer), named(name), key.public_key(), serial, BEGIN, END)
    return made.add_extension(extension, critical=True).sign(issuer_key, hashes.SHA256())
