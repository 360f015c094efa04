"""Signs, encrypts, derives keys, and makes a certificate and verifies it."""

from datetime import datetime, timezone

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.x509.oid import NameOID


def main():
    print(HKDF(hashes.SHA256(), 8, b"salt", b"info").derive(b"key").hex())
    print(Scrypt(b"salt", 8, 2**4, 8, 1).derive(b"key").hex())
    print(AESGCM(bytes(16)).encrypt(bytes(12), b"text", b"").hex())
    token = Fernet(Fernet.generate_key())
    print(token.decrypt(token.encrypt(b"secret")))
    try:
        token.decrypt(b"nonsense")
    except InvalidToken as error:
        print(type(error).__name__)
    signer = Ed25519PrivateKey.from_private_bytes(bytes(32))
    print(signer.sign(b"text").hex()[:16])
    try:
        signer.public_key().verify(signer.sign(b"text"), b"other text")
    except InvalidSignature as error:
        print(type(error).__name__)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Äda")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=timezone.utc))
        .not_valid_after(datetime(2034, 1, 1, tzinfo=timezone.utc))
        .sign(key, hashes.SHA256())
    )
    read = x509.load_pem_x509_certificate(certificate.public_bytes(serialization.Encoding.PEM))
    read.verify_directly_issued_by(certificate)
    print(read.subject.rfc4514_string(), read.serial_number, read.not_valid_after_utc.year)
    print(rsa.generate_private_key(65537, 2048).key_size)
