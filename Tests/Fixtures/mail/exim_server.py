"""Exim as a mail server for tests: `exim_server.py FOLDER USER PASSWORD`; takes mail after STARTTLS and AUTH alone, and keeps it in its queue.

Runs with a configuration of its own in the folder, as an ordinary user or, started by root, as Debian's user for it. Makes a certificate for localhost, writes
its port to `port`, each message of its queue to `N.eml`, and ends when there is a file `stop`.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

folder, user, password = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
exim = shutil.which("exim4", path=f"{os.environ['PATH']}:/usr/sbin") or sys.exit("exim4 is not installed: run scripts/install")
# What it runs as when it is not root's.
owner = "" if os.geteuid() == 0 else f"exim_user = {os.geteuid()}\nexim_group = {os.getegid()}\n"

subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
     "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
    check=True, capture_output=True)
(folder / "spool").mkdir()
(folder / "exim.conf").write_text(f"""
{owner}primary_hostname = localhost
spool_directory = {folder}/spool
log_file_path = {folder}/spool/%slog
pid_file_path = {folder}/spool/pid
keep_environment =
queue_only = true
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/key.pem
acl_smtp_rcpt = recipient
begin acl
recipient:
  deny message = encryption is required
       !encrypted = *
  deny message = authentication is required
       !authenticated = *
  defer message = mailbox is being moved
       local_parts = moved
  deny message = no such mailbox
       local_parts = nobody
  accept
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = ${{if def:tls_in_cipher}}
""")
if os.geteuid() == 0:
    folder.chmod(0o755)
    for path in [folder / "spool", folder / "key.pem"]:
        shutil.chown(path, "Debian-exim", "Debian-exim")


def command(*arguments):
    return subprocess.run([exim, "-C", folder / "exim.conf", *arguments], check=True, capture_output=True).stdout


with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
server = subprocess.Popen([exim, "-C", folder / "exim.conf", "-bdf", "-oX", f"127.0.0.1:{port}"])
try:
    while server.poll() is None and not (folder / "stop").exists():
        if not (folder / "port").exists():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    (folder / "port.tmp").write_text(str(port))
                    (folder / "port.tmp").rename(folder / "port")
        for number, line in enumerate((line for line in command("-bpru").decode().splitlines() if " <" in line), 1):
            mail = folder / f"{number}.eml"
            if not mail.exists():
                mail.with_suffix(".tmp").write_bytes(command("-Mvc", line.split()[2]))
                mail.with_suffix(".tmp").rename(mail)
        time.sleep(0.05)
    if server.poll() is not None:
        sys.exit(f"Exim ended with {server.returncode}")
finally:
    server.terminate()
    server.wait()
