"""Private database servers, each in a folder of its own, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

from sandbox.qbittorrent import free_port

ROOT = Path(__file__).parent.parent
_TOOLS = ROOT / ".tools"


class NoServerError(RuntimeError):
    """The server's programs are not on this machine."""


@contextmanager
def _private_folder() -> Iterator[tuple[Path, str | None]]:
    """A folder of an unprivileged user, for servers refuse to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="music-agregator-"))
    user = None
    if os.getuid() == 0:
        user = "nobody"
        folder.chmod(0o755)
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    try:
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the database server ended at once")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the database server does not answer")


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL of our own; yields its SQLAlchemy URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    programs += sorted((_TOOLS / "postgresql").glob("usr/lib/postgresql/*/bin/initdb"))
    if not programs:
        raise NoServerError("no PostgreSQL: run scripts/setup")
    bin_folder = programs[-1].parent
    port = free_port()
    with _private_folder() as (folder, user):
        data = folder / "data"
        subprocess.run(
            [
                bin_folder / "initdb",
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "tester",
                "-E",
                "UTF8",
            ],
            user=user,
            cwd=folder,
            check=True,
            capture_output=True,
        )
        process = subprocess.Popen(
            [
                bin_folder / "postgres",
                *("-D", str(data)),
                *("-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1"),
                *("-c", f"unix_socket_directories={folder}"),
            ],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(process, port)
            yield f"postgresql+psycopg2://tester@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def mariadb() -> Iterator[str]:
    """A MariaDB of our own; yields its SQLAlchemy URL."""
    root = _TOOLS / "mariadb"
    program = root / "usr/sbin/mariadbd"
    if not program.exists():
        system = shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
        if system is None:
            raise NoServerError("no MariaDB: run scripts/setup")
        root, program = Path("/"), Path(system)
    share = root / "usr/share/mysql"
    port = free_port()
    with _private_folder() as (folder, user):
        common = [
            str(program),
            "--no-defaults",
            f"--basedir={root}/usr",
            f"--datadir={folder}/data",
            f"--lc-messages-dir={share}",
            f"--character-sets-dir={share}/charsets",
            f"--plugin-dir={root}/usr/lib/mysql/plugin",
            f"--tmpdir={folder}",
            "--skip-grant-tables",
            "--innodb-buffer-pool-size=16M",
        ]
        if user and not os.access(program, os.X_OK):
            raise NoServerError("MariaDB cannot be run here")
        (folder / "data/mysql").mkdir(parents=True)
        if user:
            shutil.chown(folder / "data", user)
            shutil.chown(folder / "data/mysql", user)
        script = b"use mysql;\n" + b"".join(
            (share / name).read_bytes()
            for name in ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
        )
        subprocess.run(
            [*common, "--bootstrap"],
            input=script + b"\ncreate database test character set utf8mb4;\n",
            user=user,
            cwd=folder,
            check=True,
            capture_output=True,
        )
        process = subprocess.Popen(
            [
                *common,
                f"--port={port}",
                "--bind-address=127.0.0.1",
                f"--socket={folder}/socket",
                f"--pid-file={folder}/pid",
            ],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(process, port)
            yield f"mysql+pymysql://root@127.0.0.1:{port}/test?charset=utf8mb4"
        finally:
            process.terminate()
            process.wait(30)
