"""An OpenLDAP server for tests, run with the programs installed on this machine."""

import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import trustme

from tests.servers.ports import free_port
from tests.servers.process import ServerProcess, server_of

ROOT = "dc=example,dc=org"
LOGGED = "dc=logged,dc=org"
"""The root of a second directory: its server remembers the last changes, and tells what was deleted."""
ADMINISTRATOR, READER, LIMITED = f"cn=admin,{ROOT}", f"cn=reader,{ROOT}", f"cn=limited,{ROOT}"
WRITER = f"cn=writer,{ROOT}"
"""May write a few attributes, and read everything."""
PASSWORD = "no-secret-of-anybody"
NOT_THERE = 32
SCHEMA = Path("/etc/ldap/schema")
_CONFIGURATION = """
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/nis.schema
include {schema}/inetorgperson.schema
include {schema}/msuser.schema
objectclass ( 1.2.840.113556.1.5.6 NAME 'securityPrincipal' AUXILIARY
  MAY ( sAMAccountName $ employeeID $ manager $ objectGUID ) )
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
pidfile {directory}/pid
TLSCertificateFile {directory}/server.pem
TLSCertificateKeyFile {directory}/server.pem
"""
_DATABASE = """
database mdb
suffix "{root}"
rootdn "{administrator}"
rootpw {password}
directory {directory}/{folder}
dbnosync
maxsize 4294967296
limits dn.exact="{reader}" size=unlimited
limits dn.exact="{writer}" size=unlimited
limits dn.exact="{limited}" size.soft=4 size.hard=4 size.prtotal=4
access to attrs=userPassword by anonymous auth by * none
access to attrs=employeeType,carLicense,initials by dn.exact="{writer}" write by users read by * none
access to dn.subtree="ou=hidden,{root}" by * none
access to * by users read by * none
overlay syncprov
{overlay}
"""


class SlapdServer(ServerProcess):
    """A server with a reader, and a user whom it gives a few entries only."""

    name, package = "OpenLDAP", "slapd ldap-utils"
    users = ("openldap", "nobody")

    _organizations = 0

    def make(self) -> None:
        self.tls_port = free_port()
        folders = {ROOT: "data", LOGGED: "logged"}
        for folder in folders.values():
            (self.directory / folder).mkdir()
        authority = trustme.CA()
        self.ca_file = self.directory / "ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(self.directory / "server.pem")
        configuration = _CONFIGURATION.format(schema=SCHEMA, directory=self.directory)
        for root, folder in folders.items():
            configuration += _DATABASE.format(
                directory=self.directory,
                folder=folder,
                root=root,
                administrator=ADMINISTRATOR.replace(ROOT, root),
                password=PASSWORD,
                reader=READER,
                limited=LIMITED,
                writer=WRITER,
                overlay="syncprov-sessionlog 100" if root == LOGGED else "",
            )
        (self.directory / "slapd.conf").write_text(configuration)
        if self.user is not None:
            for each in (*folders.values(), "server.pem"):
                shutil.chown(self.directory / each, self.user)

    def command(self) -> Sequence[str]:
        listeners = f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls_port}"
        return [self.program("slapd"), "-f", str(self.directory / "slapd.conf"), "-h", listeners, "-d", "0"]

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def start(self) -> None:
        super().start()
        kinds = "objectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
        users = "".join(f"dn: {dn}\n{kinds}userPassword: {PASSWORD}\n\n" for dn in (READER, LIMITED, WRITER))
        for root in (ROOT, LOGGED):
            self.load(f"dn: {root}\nobjectClass: dcObject\nobjectClass: organization\no: Example\n", root)
        self.load(users)

    def load(self, ldif: str, root: str = ROOT) -> None:
        """Add entries, or make the changes of an LDIF text."""
        self._administer("ldapmodify", "-a", given=ldif, root=root)

    def load_offline(self, ldif: Iterable[str]) -> None:
        """Add very many entries: the server is stopped meanwhile."""
        path = self.directory / "entries.ldif"
        with path.open("w") as file:
            file.writelines(ldif)
        self.stop()
        configuration = str(self.directory / "slapd.conf")
        self.run("slapadd", "-q", "-w", "-f", configuration, "-b", ROOT, "-l", str(path))
        path.unlink()
        super().start()

    def delete(self, names: Sequence[str]) -> None:
        """Delete entries, those that are not there are passed over."""
        self._administer("ldapdelete", "-c", given="\n".join(names) + "\n", allowed=(0, NOT_THERE))

    def _administer(
        self, program: str, option: str, *, given: str, root: str = ROOT, allowed: Sequence[int] = (0,)
    ) -> None:
        administrator = ADMINISTRATOR.replace(ROOT, root)
        command = [self.program(program), option, "-x", "-D", administrator, "-w", PASSWORD, "-H", self.url]
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode not in allowed:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def values(self, dn: str, attribute: str) -> list[str]:
        """The values of an attribute of an entry, as its administrator sees them."""
        command = [self.program("ldapsearch"), "-LLL", "-x", "-D", ADMINISTRATOR, "-w", PASSWORD, "-H", self.url]
        command += ["-b", dn, "-s", "base", "(objectClass=*)", attribute]
        found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
        return [line.partition(": ")[2] for line in found.splitlines() if line.startswith(f"{attribute}:")]

    @property
    def url(self) -> str:
        """The address, without TLS."""
        return f"ldap://127.0.0.1:{self.port}"

    def new_organization(self, root: str = ROOT) -> str:
        """Create an entry below which a test has its own directory, and return its name."""
        self._organizations += 1
        name = f"ou=organization{self._organizations},{root}"
        self.load(f"dn: {name}\nobjectClass: organizationalUnit\n", root)
        return name


@contextmanager
def slapd_server() -> Iterator[SlapdServer]:
    """A running server, until the block ends."""
    with server_of(SlapdServer) as server:
        yield server
