"""A TLS server and its clients: trusted, unknown to certifi's authorities, and of a wrong name."""

import socket
import ssl
import tempfile
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def write_certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = folder / "certificate.pem"
    private = folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


def serve(listening, context):
    while True:
        connection, _ = listening.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.sendall(wrapped.recv(100)[::-1])
        except OSError:
            pass


def ask(port, name, **trusted):
    context = ssl.create_default_context(**trusted)
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
            context.wrap_socket(connection, server_hostname=name) as wrapped,
        ):
            wrapped.sendall(b"abc")
            return wrapped.version(), wrapped.recv(100)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message


def main():
    with tempfile.TemporaryDirectory() as name:
        public, private = write_certificate(Path(name))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(public, private)
        listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(listening, context), daemon=True).start()
        port = listening.getsockname()[1]
        print(ask(port, "localhost", cafile=public))
        print(ask(port, "localhost", cafile=certifi.where()))
        print(ask(port, "example.org", cafile=public))
        print(len(ssl.create_default_context(cafile=certifi.where()).get_ca_certs()) > 100)
