"""Added to the end of the module `ssl` in programs of cx_Freeze.

Their OpenSSL looks for certificates where it was built. Here they are looked for where the systems
of users keep what those trust, and then in the program.
"""

import os
import sys
from ssl import SSLContext

_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch Linux, Gentoo, NixOS
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine Linux, macOS
    os.path.join(sys.prefix, "share", "certs.pem"),
)


def _set_default_verify_paths(context: SSLContext) -> None:
    super(SSLContext, context).set_default_verify_paths()
    if not {"SSL_CERT_FILE", "SSL_CERT_DIR"}.intersection(os.environ):
        for path in filter(os.path.exists, _CERTIFICATES):
            context.load_verify_locations(path)
            break


setattr(SSLContext, "set_default_verify_paths", _set_default_verify_paths)  # noqa: B010
