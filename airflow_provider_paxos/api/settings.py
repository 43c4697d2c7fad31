"""Settings of a client: base URL, credentials, timeout, rate; checked once, before anything is sent.

This file reads no environment and no file: it sees its arguments alone.
"""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from airflow_provider_paxos.api.credentials import DEFAULT_SCOPES, Credentials
from airflow_provider_paxos.api.dashboard import is_dashboard_pattern
from airflow_provider_paxos.api.errors import InvalidConnection, quoted
from airflow_provider_paxos.api.exchange import Signer
from airflow_provider_paxos.api.rate_counters import WINDOW
from airflow_provider_paxos.api.rate_limiting import GRANT_RATE, LIMIT
from airflow_provider_paxos.api.secrecy import Secret
from airflow_provider_paxos.api.signing import PemSigner

SANDBOX = "sandbox"
PRODUCTION = "production"
_ENVIRONMENTS = {
    SANDBOX: ("https://api.sandbox.paxos.com/v2", "https://oauth.sandbox.paxos.com/oauth2/token"),
    PRODUCTION: ("https://api.paxos.com/v2", "https://oauth.paxos.com/oauth2/token"),
}
HOST = "host"
MEMORY = "memory"
_TOKEN_CACHES = (HOST, MEMORY)
_PAXOS = "paxos.com"
_VERSION = "v2"
_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65535
_LONGEST_TIMEOUT = 600.0
_LONGEST_NAMESPACE = 100
_LOWEST_RATE = 0.01
_MOST_HOSTS = round(GRANT_RATE * WINDOW)
"""So many token requests are within the limit in five minutes: one for each host."""
_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)


@dataclass(frozen=True)
class Settings:
    """Holds what a client needs; ``checked_settings`` makes it of text.

    :param environment: ``sandbox`` or ``production``.
    :param base_url: the API's base URL, without a slash at its end.
    :param timeout: seconds to wait for a connection, and for an answer.
    :param signer: signs requests, where the account demands it.
    :param token_cache: ``host`` lets all processes of a host share the token, ``memory`` those of one process.
    :param ref_id_namespace: part of every derived ref_id and of every creator: it distinguishes Airflow
        installations that share a Paxos account.
    :param dashboard_url: pattern of a payment's address in Paxos' dashboard.
    :param requests_per_second: the ceiling of the requests that leave by one IP address, averaged over five minutes.
    :param hosts_behind_address: how many hosts share the IP address, and thereby the ceiling.
    """

    environment: str
    base_url: str
    credentials: Credentials
    timeout: float = 30.0
    signer: Signer | None = None
    token_cache: str = HOST
    ref_id_namespace: str | None = None
    dashboard_url: str | None = None
    requests_per_second: float = 0.8 * LIMIT
    hosts_behind_address: int = 1

    @property
    def rate(self) -> float:
        """Requests per second of this host."""
        return self.requests_per_second / self.hosts_behind_address

    @property
    def grant_rate(self) -> float:
        """Token requests per second of this host."""
        return GRANT_RATE / self.hosts_behind_address


def checked_settings(
    *,
    client_id: str | None,
    client_secret: str | Secret[str] | None,
    environment: str | None = None,
    base_url: str | None = None,
    port: int | None = None,
    path: str | None = None,
    token_url: str | None = None,
    scopes: str | None = None,
    timeout: float | str | None = None,
    signing_key_id: str | None = None,
    signing_key: str | Secret[str] | None = None,
    token_cache: str | None = None,
    ref_id_namespace: str | None = None,
    dashboard_url: str | None = None,
    requests_per_second: float | str | None = None,
    hosts_behind_address: float | str | None = None,
) -> Settings:
    """Return settings from text such as a connection holds, with defaults for what is left out.

    :param environment: ``sandbox`` (the default: what says nothing never touches production) or ``production``.
    :param base_url: overrides the environment's. That of Paxos' production needs ``environment`` to say so.
    :param port: of the base URL, if that has none: where a connection keeps it apart. 0 is none.
    :param path: of the base URL, if that has none, such as ``v2``: what a connection calls its schema.
    :param token_url: overrides the environment's: Paxos' own, or on the host of ``base_url``. Beside a loopback
        ``base_url`` it defaults to its ``/oauth2/token``.
    :param scopes: separated by blanks or commas; by default reading and writing orchestrations.
    :param token_cache: ``host`` (the default) or ``memory``.
    :param ref_id_namespace: up to 100 printable characters.
    :param dashboard_url: an https address of Paxos with ``{id}`` or ``{ref_id}`` in it.
    :param requests_per_second: up to the 50 that Paxos allows one IP address; by default 80 % of them.
    :param hosts_behind_address: hosts that share the IP address, which divide ``requests_per_second``; by default 1.
    :raises InvalidConnection: names what is wrong and where.
    """
    # From here on, a traceback with local variables masks them.
    client_secret, signing_key = Secret.of(client_secret or ""), Secret.of(signing_key or "")
    stated, environment = environment, environment or SANDBOX
    if environment not in _ENVIRONMENTS:
        raise InvalidConnection(f"environment is {quoted(environment)}; it is one of {', '.join(_ENVIRONMENTS)}.")
    token_cache = token_cache or HOST
    if token_cache not in _TOKEN_CACHES:
        raise InvalidConnection(f"token_cache is {quoted(token_cache)}; it is one of {', '.join(_TOKEN_CACHES)}.")
    if not client_id or not client_secret:
        absent = "login (the client ID)" if not client_id else "password (the client secret)"
        raise InvalidConnection(f"the {absent} is empty.")
    _require_no_blanks("login (the client ID)", Secret(client_id))
    _require_no_blanks("password (the client secret)", client_secret)
    api_url, oauth_url = _ENVIRONMENTS[environment]
    if base_url:
        api = _whole(base_url, port or None, (path or "").strip("/"))
        _require_environment(stated, api)
        _require_base(api)
        api_url = api.geturl().rstrip("/")
        if is_loopback(api):
            oauth_url = f"{api.scheme}://{api.netloc}/oauth2/token"
    else:
        _require_nothing_apart(port or None, path, urlsplit(api_url))
    if token_url:
        _require_trusted(urlsplit(api_url), _checked("token_url", token_url))
        oauth_url = token_url
    elif base_url:
        _require_trusted(urlsplit(api_url), urlsplit(oauth_url))
    wanted = tuple((scopes or "").replace(",", " ").split()) or DEFAULT_SCOPES
    rate = _rate(requests_per_second)
    return Settings(
        environment=environment,
        base_url=api_url,
        credentials=Credentials(client_id, client_secret, oauth_url, wanted),
        timeout=_seconds(timeout),
        signer=_signer(signing_key_id, signing_key),
        token_cache=token_cache,
        ref_id_namespace=_namespace(ref_id_namespace),
        dashboard_url=_dashboard(dashboard_url),
        requests_per_second=rate,
        hosts_behind_address=_hosts(hosts_behind_address, rate),
    )


def _checked(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidConnection(f"{name} is not a URL.") from None
    if "@" in parts.netloc:
        # Not quoted: it holds a secret.
        raise InvalidConnection(f"{name} has credentials in it; they belong into login and password.")
    if not url.isprintable() or " " in url:
        raise InvalidConnection(f"{name} holds blanks or control characters.")
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidConnection(f"{name} is {quoted(url)}; it begins with https:// and a host name.")
    if not _HOST_NAME.fullmatch(host) and not _address(parts):
        # Parsers disagree about the host of https://evil.example\.paxos.com, and the secret would go to the stranger.
        raise InvalidConnection(f"{name} is {quoted(url)}; its host is not a plain host name.")
    if parts.query or parts.fragment:
        raise InvalidConnection(f"{name} is {quoted(url)}; it has no query and no fragment.")
    if parts.scheme == "http" and not is_loopback(parts):
        raise InvalidConnection(f"{name} is {quoted(url)}; plain http is for loopback hosts alone: use https.")
    return parts


def _address(url: SplitResult) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(url.hostname or "")
    except ValueError:
        return None


def is_loopback(url: SplitResult) -> bool:
    """Return whether a URL's host is this machine."""
    address = _address(url)
    return address.is_loopback if address else url.hostname == "localhost"


def _whole(base_url: str, port: int | None, path: str) -> SplitResult:
    """Return the base URL with the port and the path that a connection keeps apart from it."""
    url = _checked("host", base_url)
    if port is not None:
        if not 0 < port <= _HIGHEST_PORT:
            raise InvalidConnection(f"port is {port}; it is a number up to {_HIGHEST_PORT}.")
        if url.port is None and port != _PORTS[url.scheme]:
            url = url._replace(netloc=f"{url.netloc.rstrip(':')}:{port}")
        elif port != (url.port or _PORTS[url.scheme]):
            raise InvalidConnection(f"port is {port}, but host is {quoted(base_url)}; give one of the two ports.")
    if path:
        if path.lower() in _PORTS:
            raise InvalidConnection(f"schema is {quoted(path)}; the scheme of the URL belongs into host.")
        if url.path.strip("/") not in ("", path):
            raise InvalidConnection(f"schema is {quoted(path)}, but host is {quoted(base_url)}; give one of the paths.")
        url = _checked("host with schema", url._replace(path=f"/{path}").geturl())
    return url


def _require_nothing_apart(port: int | None, path: str | None, own: SplitResult) -> None:
    if port not in (None, _PORTS[own.scheme]):
        raise InvalidConnection(f"port is {port}, but host is empty; give the whole base URL as host.")
    if path and path.strip("/") != own.path.strip("/"):
        raise InvalidConnection(f"schema is {quoted(path)}, but host is empty; give the whole base URL as host.")


def _require_environment(stated: str | None, api: SplitResult) -> None:
    """Keep a connection from moving real money under the sandbox's name, as it would if nothing were stated."""
    of_host = next((name for name, (url, _) in _ENVIRONMENTS.items() if urlsplit(url).hostname == api.hostname), None)
    if of_host and of_host != (stated or SANDBOX):
        raise InvalidConnection(
            f"host is that of Paxos' {of_host}, but environment is {stated or 'empty'}; make environment {of_host}."
        )


def _require_base(api: SplitResult) -> None:
    """Keep the path of an endpoint, or none at all, from making every request a 404.

    A stranger's gateway may have a path of its own, without a version.
    """
    before, version, after = f"{api.path.rstrip('/')}/".partition(f"/{_VERSION}/")
    base = api._replace(path=f"{before}/{_VERSION}").geturl()
    if version and after:
        raise InvalidConnection(
            f"host is {quoted(api.geturl())}, which holds the path of an endpoint; the base URL is {quoted(base)}."
        )
    if not version and (_is_paxos(api.hostname or "") or is_loopback(api)):
        raise InvalidConnection(
            f"host is {quoted(api.geturl())}; the base URL ends in /{_VERSION}, as in {_ENVIRONMENTS[SANDBOX][0]}."
        )


def _require_no_blanks(name: str, value: Secret[str]) -> None:
    if value.reveal() != value.reveal().strip():
        # Not quoted: it may be a secret.
        raise InvalidConnection(f"the {name} begins or ends with a blank or a line break; enter it without.")


def _require_trusted(api: SplitResult, token: SplitResult) -> None:
    """Keep the client secret from a stranger: the token URL is Paxos' own, or on the very host of the API.

    Names that end alike may belong to strangers, as those below ``co.uk`` do.
    """
    api_host, token_host = api.hostname or "", token.hostname or ""
    if not _is_paxos(token_host) and token_host != api_host and not is_loopback(token):
        raise InvalidConnection(
            f"token_url is on {quoted(token_host)}, but the API is on {quoted(api_host)}; "
            "the client secret is sent to the API's own host or to Paxos only."
        )
    if is_loopback(api) != is_loopback(token):
        raise InvalidConnection(
            f"the API is on {quoted(api_host)}, but the token URL on {quoted(token_host)}; "
            "give a token_url that belongs to the host."
        )


def _is_paxos(host: str) -> bool:
    return host == _PAXOS or host.endswith(f".{_PAXOS}")


def _seconds(timeout: float | str | None) -> float:
    if timeout in (None, ""):
        return Settings.timeout
    seconds = _number(timeout)
    if not 0 < seconds <= _LONGEST_TIMEOUT:
        raise InvalidConnection(
            f"timeout is {quoted(timeout)}; it is a number of seconds up to {_LONGEST_TIMEOUT:.0f}."
        )
    return seconds


def _rate(requests_per_second: float | str | None) -> float:
    if requests_per_second in (None, ""):
        return Settings.requests_per_second
    rate = _number(requests_per_second)
    if not _LOWEST_RATE < rate <= LIMIT:
        raise InvalidConnection(
            f"requests_per_second is {quoted(requests_per_second)}; it is a number above {_LOWEST_RATE}, and at most "
            f"the {LIMIT:.0f} that Paxos allows one IP address."
        )
    return rate


def _hosts(hosts_behind_address: float | str | None, rate: float) -> int:
    if hosts_behind_address in (None, ""):
        return Settings.hosts_behind_address
    hosts = _number(hosts_behind_address)
    if hosts not in range(1, _MOST_HOSTS + 1):
        raise InvalidConnection(
            f"hosts_behind_address is {quoted(hosts_behind_address)}; it is a whole number from 1 to {_MOST_HOSTS}: "
            "of more hosts, not each could fetch a token."
        )
    if not rate / hosts > _LOWEST_RATE:
        raise InvalidConnection(
            f"hosts_behind_address is {hosts:.0f}, and requests_per_second {rate:g}; "
            f"each host needs more than {_LOWEST_RATE} requests a second."
        )
    return int(hosts)


def _namespace(given: str | None) -> str | None:
    if given and (len(given) > _LONGEST_NAMESPACE or not given.isprintable() or given != given.strip()):
        raise InvalidConnection(
            f"ref_id_namespace is {quoted(given)}; it is up to {_LONGEST_NAMESPACE} printable characters, without "
            "blanks at its ends."
        )
    return given or None


def _dashboard(pattern: str | None) -> str | None:
    if pattern and not is_dashboard_pattern(pattern):
        raise InvalidConnection(
            f"dashboard_url is {quoted(pattern)}; it is an https address on {_PAXOS} with {{id}} or {{ref_id}} in it."
        )
    return pattern or None


def _number(given: object) -> float:
    try:
        return float(str(given))
    except ValueError:
        return math.nan


def _signer(key_id: str | None, key: Secret[str]) -> Signer | None:
    if not key_id and not key:
        return None
    if not key_id or not key:
        raise InvalidConnection("signing needs both signing_key_id and signing_key.")
    return PemSigner.from_pem(key_id, key)
