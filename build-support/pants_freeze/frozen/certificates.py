# --- Added to this module by pants-freeze ---------------------------------------------------------
# The OpenSSL in a program of cx_Freeze looks for certificates where it was built. Here they are
# looked for where Linux distributions keep those that users trust, and then in the program.


def _certificates_of_users():
    yield "/etc/ssl/certs/ca-certificates.crt"  # Debian, Arch Linux, Gentoo, NixOS
    yield "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"  # Fedora, Red Hat
    yield "/etc/ssl/ca-bundle.pem"  # openSUSE
    yield "/etc/ssl/cert.pem"  # Alpine Linux, macOS
    yield os.path.join(sys.prefix, "share", "certs.pem")


def _set_default_verify_paths(context):
    super(SSLContext, context).set_default_verify_paths()
    if not {"SSL_CERT_FILE", "SSL_CERT_DIR"}.intersection(os.environ):
        for path in filter(os.path.exists, _certificates_of_users()):
            context.load_verify_locations(path)
            break


SSLContext.set_default_verify_paths = _set_default_verify_paths
