"""Access to an LDAP directory with the library ldap3.

Certificates and host names are verified by `ssl`, because ldap3 has a comparison of names of its own. Referrals are not
followed: they would lead to servers that the platform has not allowed.
"""

import socket
import ssl
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from math import ceil
from typing import Any

from services.organization import ldap_sync
from services.organization.ldap_directory import (
    ChangeRefusedError,
    Changes,
    ConnectionSettings,
    DirectoryError,
    Entry,
    EntryNotFoundError,
    Page,
    RefusedError,
    Search,
    State,
    WritableDirectory,
)
from services.organization.ldap_names import is_below

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # names of pyasn1 that ldap3 still uses
    import ldap3

PAGED_RESULTS = "1.2.840.113556.1.4.319"
_SUCCESS, _NO_SUCH_OBJECT, _STRONGER_AUTHENTICATION, _INVALID_CREDENTIALS, _INSUFFICIENT_ACCESS = 0, 32, 8, 49, 50
_NO_CHANGES_AVAILABLE = (2, 3, 4, 11, 12, 53, 4096)
"""Result codes of a server that cannot or will not list changes, or has too many of them."""
_REFUSES_CHANGE = (16, 17, 19, 20, 21, 32, 34, 64, 65, 67, 122)
"""Result codes of a change that fails because of the entry: it is deleted, or cannot have the attribute or value."""
_ASSERTION, _EQUALITY, _OCTETS = "1.3.6.1.1.12", 0xA3, 0x04
_REFUSALS = (_STRONGER_AUTHENTICATION, _INVALID_CREDENTIALS, _INSUFFICIENT_ACCESS)
MOST_IN_AN_ANSWER = 128 * 1024 * 1024
"""Maximum size in bytes of the answer to one request, such as a page."""
MOST_RANGES = 10_000
"""Maximum number of ranges in which the values of one attribute are read."""


@contextmanager
def _as_directory_error() -> Iterator[None]:
    """Convert exceptions that the library or the code raises for malformed answers to `DirectoryError`."""
    try:
        yield
    except DirectoryError:
        raise
    except Exception as error:
        raise DirectoryError(str(error) or type(error).__name__) from error


class _BoundedSocket:
    """A socket that refuses a too long answer, which ldap3 would keep in memory and decode as a whole."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def sendall(self, content: bytes) -> None:
        self._received = 0
        self._connection.sendall(content)

    def recv(self, size: int) -> bytes:
        received = self._connection.recv(size)
        self._received += len(received)
        if self._received > MOST_IN_AN_ANSWER:
            raise OSError(f"an answer has more than {MOST_IN_AN_ANSWER:,} bytes; a smaller pageSize may help")
        return received


class Ldap3Directory(WritableDirectory):
    """A connection to a directory, which can be opened once."""

    def __init__(self, settings: ConnectionSettings, *, writes: bool = False) -> None:
        self._settings = settings
        self._writes = writes
        self._connection: Any = None
        self._is_closed = False

    def open(self, password: str | None) -> None:
        """Connect and bind; raises `DirectoryError`."""
        try:
            self._open(password)
        finally:
            if self._is_closed:  # by another thread during the opening
                self.close()

    @_as_directory_error()
    def _open(self, password: str | None) -> None:
        settings = self._settings
        tls = None if settings.tls == "none" else _VerifiedTls(ssl.create_default_context(cafile=settings.ca_file))
        server = ldap3.Server(
            settings.host,
            port=settings.port,
            use_ssl=settings.tls == "all",
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=settings.timeout,
        )
        self._connection = ldap3.Connection(
            server,
            user=settings.user or None,
            password=password,
            authentication=ldap3.SIMPLE if settings.user else ldap3.ANONYMOUS,
            read_only=not self._writes,
            auto_referrals=False,
            auto_range=False,
            return_empty_attributes=False,
            check_names=False,
            receive_timeout=ceil(settings.timeout),
        )
        self._connection.open(read_server_info=False)
        if settings.tls == "start" and not self._connection.start_tls(read_server_info=False):
            raise DirectoryError("it does not offer TLS")
        self._connection.socket = _BoundedSocket(self._connection.socket)
        if not self._connection.bind(read_server_info=False):
            self._require_success("bind", "bindResponse")

    @_as_directory_error()
    def page(self, search: Search, size: int, cookie: bytes) -> Page:
        found = self._search(search, ldap3.SUBTREE, paged_size=size, paged_cookie=cookie or None)
        control = (self._connection.result.get("controls") or {}).get(PAGED_RESULTS)
        if cookie and control is None:
            raise DirectoryError("a page does not tell whether it is the last one")
        next_cookie = bytes(((control or {}).get("value") or {}).get("cookie") or b"")
        entries = [
            self._entry(each["dn"], each["raw_attributes"]) for each in found if each["type"] == "searchResEntry"
        ]
        return Page(entries, next_cookie, sum(each["type"] == "searchResRef" for each in found))

    @_as_directory_error()
    def replace(self, dn: str, entry_id: bytes, values: Mapping[str, str]) -> None:
        changes = {name: [(ldap3.MODIFY_REPLACE, [value])] for name, value in values.items()}
        controls = [(_ASSERTION, False, _is_entry(entry_id))] if entry_id else None  # RFC 4528
        self._connection.modify(dn, changes, controls=controls)
        if self._connection.result.get("result") in _REFUSES_CHANGE:
            raise ChangeRefusedError(_result_text(self._connection.result))
        self._require_success(f"change of {dn!r}", "modifyResponse")

    def close(self) -> None:
        self._is_closed = True
        connection = getattr(self._connection, "socket", None)
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for the server
            with suppress(OSError):
                connection.close()

    @_as_directory_error()
    def state(self, base: str) -> State | None:
        anything = "(objectClass=*)"
        (response,) = self._search(
            Search(base="", filter=anything, attributes=["namingContexts", "supportedControl"]), ldap3.BASE
        ) or ({},)
        root = self._entry("", response.get("raw_attributes", {})).attributes
        if ldap_sync.REQUEST.encode() not in root.get("supportedcontrol", ()):
            return None
        roots = sorted(_text(each) for each in root.get("namingcontexts", ()))
        holding = [each for each in roots if is_below(base, each)]
        if not holding:
            return None
        wanted = Search(base=max(holding, key=len), filter=anything, attributes=["contextCSN", "entryUUID"])
        try:
            (response,) = self._search(wanted, ldap3.BASE) or ({},)
        except (EntryNotFoundError, RefusedError):
            return None
        entry = self._entry(wanted.base, response.get("raw_attributes", {}))
        changes = {_server_of(each): each for each in map(_text, entry.attributes.get("contextcsn", ()))}
        if not entry.id or not changes or "" in changes:
            return None
        return State(identity=(*roots, entry.id.hex()), changes=changes)

    @_as_directory_error()
    def changes(self, search: Search, cookie: bytes, most: int) -> Changes | None:
        controls = [(ldap_sync.REQUEST, True, ldap_sync.request(cookie))]
        answer = self._ask(search, ldap3.SUBTREE, controls=controls, size_limit=most)
        if self._connection.result.get("result") in _NO_CHANGES_AVAILABLE:
            return None
        self._require_success(f"changes below {search.base!r}")
        try:
            end = ldap_sync.done(_control(self._connection.result, ldap_sync.DONE))
            changed, sets = [], []
            for response in answer:
                if response["type"] == "searchResEntry":
                    entry = self._entry(response["dn"], response["raw_attributes"])
                    changed.append(
                        Entry(entry.dn, entry.attributes, ldap_sync.id_of_state(_control(response, ldap_sync.STATE)))
                    )
                elif response.get("responseName") == ldap_sync.INFO:
                    sets.append(ldap_sync.id_set(response.get("responseValue") or b""))
        except ldap_sync.NotUnderstoodError as error:
            raise DirectoryError(f"its answer about changes is not understood: {error}") from error
        return Changes(
            changed=changed,
            deleted=[key for each in sets if each.refresh_deletes for key in each.ids],
            present=None
            if end.refresh_deletes
            else [key for each in sets if not each.refresh_deletes for key in each.ids],
            cookie=end.cookie or cookie,
        )

    def _search(self, search: Search, scope: str, **options: Any) -> Sequence[Mapping[str, Any]]:
        found = self._ask(search, scope, **options)
        self._require_success(f"search below {search.base!r}")
        return found

    def _ask(self, search: Search, scope: str, **options: Any) -> Sequence[Mapping[str, Any]]:
        self._connection.search(
            search.base,
            search.filter,
            search_scope=scope,
            dereference_aliases=ldap3.DEREF_NEVER,
            attributes=list(search.attributes),
            **options,
        )
        found: Sequence[Mapping[str, Any]] = self._connection.response or []
        return found

    def _entry(self, dn: str, raw: Mapping[str, Sequence[bytes] | None]) -> Entry:
        attributes: dict[str, list[bytes]] = {}
        for name, values in raw.items():
            plain, _, option = name.lower().partition(";")
            if option.startswith("range="):
                attributes[plain] = self._all_ranges(dn, plain, option, values or ())
            elif not option:
                attributes.setdefault(plain, list(values or ()))
        return Entry(dn, attributes, _id_from(attributes.get("entryuuid", ())))

    def _all_ranges(self, dn: str, name: str, option: str, values: Sequence[bytes]) -> list[bytes]:
        """All values of an attribute that the server returns in ranges, as Active Directory does."""
        found: list[bytes] = []
        for _ in range(MOST_RANGES):
            if not values or not option.startswith(f"range={len(found)}-"):
                break
            found += values
            if option.endswith("-*"):
                return found
            wanted = Search(base=dn, filter="(objectClass=*)", attributes=[f"{name};range={len(found)}-*"])
            option, values = self._next_range(name, self._search(wanted, ldap3.BASE))
        raise DirectoryError(f"the values of {name} of {dn} did not come completely")

    def _next_range(self, name: str, answer: Sequence[Mapping[str, Any]]) -> tuple[str, Sequence[bytes]]:
        for response in answer:
            for described, values in response.get("raw_attributes", {}).items():
                plain, _, option = described.lower().partition(";")
                if plain == name and option.startswith("range="):
                    return option, values or ()
        return "", ()

    def _require_success(self, operation: str, wanted: str = "searchResDone") -> None:
        result = self._connection.result
        if result.get("type") != wanted:
            raise DirectoryError(f"{operation}: its answer is of another kind, {result.get('type')}")
        code = result.get("result", -1)
        if code == _SUCCESS:
            return
        kind = RefusedError if code in _REFUSALS else EntryNotFoundError if code == _NO_SUCH_OBJECT else DirectoryError
        raise kind(f"{operation}: {_result_text(result)}")


class _VerifiedTls(ldap3.Tls):  # type: ignore[misc]
    """TLS with the verification of `ssl` instead of ldap3's own."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Called by ldap3 for each connection."""
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname=connection.server.host, do_handshake_on_connect=do_handshake
        )


def _is_entry(entry_id: bytes) -> bytes:
    """The filter that matches an entry's identifier, in BER."""
    value = str(uuid.UUID(bytes=entry_id)).encode()
    return ldap_sync.written(_EQUALITY, ldap_sync.written(_OCTETS, b"entryUUID") + ldap_sync.written(_OCTETS, value))


def _result_text(result: Mapping[str, Any]) -> str:
    message = result.get("message") or ""
    return f"{result.get('description')} ({result.get('result')})" + (f", {message}" if message else "")


def _server_of(change: str) -> str:
    """The identifier of the server in a CSN such as `20261126102331.405467Z#000000#000#000000`; empty if invalid."""
    parts = change.split("#")
    return parts[2] if len(parts) == 4 else ""


def _id_from(values: Sequence[bytes]) -> bytes:
    try:
        return uuid.UUID(_text(values[0])).bytes if values else b""
    except ValueError:
        return b""


def _control(response: Mapping[str, Any], wanted: str) -> bytes:
    value = (response.get("controls") or {}).get(wanted, {}).get("value")
    if not isinstance(value, bytes):
        raise ldap_sync.NotUnderstoodError("a control is missing")
    return value


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
