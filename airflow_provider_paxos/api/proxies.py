"""The proxy by which a client reaches a URL: decided here from the environment, and handed to either library.

Of themselves, the two libraries differ: in what NO_PROXY covers, in the proxies that they take, and in the exceptions
for those that they do not take. And both send what is meant for a loopback host, the client secret included, to the
proxy in clear.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit
from urllib.request import getproxies_environment

from requests.utils import should_bypass_proxies

from airflow_provider_paxos.api.errors import InvalidConnection, quoted
from airflow_provider_paxos.api.secrecy import CutFrames, Secret
from airflow_provider_paxos.api.settings import is_loopback

_SOCKS = ("socks5", "socks5h")
_SOCKS_MODULES = ("socksio", "socks")
"""What httpx2[socks] and requests[socks] install."""

_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?", re.ASCII)


def origin(url: str) -> str:
    """Return the scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def proxies_for(urls: Iterable[str]) -> dict[str, Secret[str]]:
    """Return the proxies of URLs by their origins; those that are reached directly are missing.

    :raises InvalidConnection: as ``proxy_for`` does.
    """
    # A proxy's URL may hold a password.
    with CutFrames():
        return {origin(url): Secret(proxy) for url in urls if (proxy := proxy_for(url))}


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy by which a URL is reached; None to reach it directly.

    A loopback host is reached directly, whatever the environment says, and so is what ``NO_PROXY`` covers. For the
    rest ``HTTPS_PROXY`` counts, or else ``ALL_PROXY``; of a variable's two spellings the one in lower case.

    :raises InvalidConnection: names the variable, if it states a proxy that not both libraries can use.
    """
    parts = urlsplit(url)
    if is_loopback(parts):
        return None
    stated = getproxies_environment()
    kind = next((each for each in (parts.scheme, "all") if stated.get(each)), None)
    if kind is None or should_bypass_proxies(url, None):
        return None
    variable = next(name for name, value in os.environ.items() if _names(name, kind) and value == stated[kind])
    return _usable(variable, stated[kind].strip())


def _names(variable: str, kind: str) -> bool:
    return variable.lower() == f"{kind}_proxy"


def _usable(variable: str, value: str) -> str:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        port = parts.port
    except ValueError:
        raise _broken(variable) from None
    if parts.scheme not in ("http", "https", *_SOCKS):
        raise InvalidConnection(
            f"the environment's {variable} states a proxy of the scheme {quoted(parts.scheme)}; usable are http, https "
            "and, with the extras requests[socks] and httpx2[socks], socks5."
        )
    if parts.scheme in _SOCKS and not all(map(find_spec, _SOCKS_MODULES)):
        raise InvalidConnection(
            f"the environment's {variable} states a SOCKS proxy; install the extras requests[socks] and httpx2[socks]."
        )
    if not _is_host(parts) or port == 0 or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _broken(variable)
    # Of the two kinds of SOCKS 5, httpx2 knows the one in which the proxy resolves names.
    scheme = "socks5h" if parts.scheme in _SOCKS else parts.scheme
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{scheme}://{_credentials(parts)}{host}{'' if port is None else f':{port}'}"


def _broken(variable: str) -> InvalidConnection:
    # Its value is not quoted: it may hold a password.
    return InvalidConnection(
        f"the environment's {variable} is not the URL of a proxy; it is like http://proxy.example:3128."
    )


def _is_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if _HOST_NAME.fullmatch(host):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _credentials(parts: SplitResult) -> str:
    """Return user and password as both libraries read them: escaped, and never one without the other."""
    if not parts.username and not parts.password:
        return ""
    user, password = (quote(unquote(each or ""), safe="") for each in (parts.username, parts.password))
    return f"{user}:{password}@"
