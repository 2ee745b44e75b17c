"""Creates the tables of Django's own applications in a database: a schema designed by others.

python -m tests.services.database.django_tables postgresql|mysql|sqlite3 HOST PORT USER NAME
"""

import sys

import django
import pymysql
from django.conf import settings
from django.core.management import call_command

APPLICATIONS = ("admin", "auth", "contenttypes", "flatpages", "redirects", "sessions", "sites")


def main(engine: str, host: str, port: str, user: str, name: str) -> None:
    """Configure Django for a database, and migrate it."""
    if engine == "mysql":
        pymysql.install_as_MySQLdb()
    database = {"ENGINE": f"django.db.backends.{engine}", "NAME": name, "HOST": host, "PORT": port, "USER": user}
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=[f"django.contrib.{application}" for application in (*APPLICATIONS, "messages")],
        SITE_ID=1,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
