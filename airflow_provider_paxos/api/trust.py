"""Trust: the same certificate authorities for both drivers, whichever library they use.

Of themselves, requests reads ``REQUESTS_CA_BUNDLE`` and httpx2 ``SSL_CERT_FILE``: a worker would trust what the
triggerer does not.
"""

from __future__ import annotations

import os
import ssl
from functools import lru_cache

import certifi

from airflow_provider_paxos.api.errors import InvalidConnection, quoted

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""The first one that is set names a PEM file, or a folder of hashed ones."""


def authorities() -> str:
    """Return the path of the certificate authorities to trust: the environment's, or else certifi's.

    :raises InvalidConnection: if a variable names what is not there, or holds no certificate.
    """
    name = next((each for each in VARIABLES if os.environ.get(each)), None)
    if name is None:
        return certifi.where()
    path = os.environ[name]
    try:
        tls_context(path)
    except OSError:
        readable = False
    else:
        readable = True
    if not readable:
        raise InvalidConnection(f"the environment's {name} is {quoted(path)}, which holds no readable certificates.")
    return path


def tls_context(path: str) -> ssl.SSLContext:
    """Return a context that trusts the authorities at a path, and verifies certificates and host names.

    :raises OSError: if there are none.
    """
    return _context(path, os.stat(path).st_mtime_ns)


# To read certifi's takes 20 ms, in which a triggerer's loop stands still; thousands of clients need it once.
@lru_cache(maxsize=8)
def _context(path: str, _changed_at: int) -> ssl.SSLContext:
    if os.path.isdir(path):
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)
