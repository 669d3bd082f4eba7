"""A mail server for tests (aiosmtpd): `smtp_server.py FOLDER [--starttls|--tls] [--auth USER PASSWORD] [--rcpt REPLY] [--data REPLY] [--drop] [--slow SECONDS]`.

Makes a certificate for localhost in the folder, writes its port to `port`, each message it takes to `N.eml`, and ends when there is a file `stop`.
"""

import argparse
import asyncio
import pathlib
import ssl
import subprocess

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--starttls", action="store_true")
parser.add_argument("--tls", action="store_true")
parser.add_argument("--auth", nargs=2)
parser.add_argument("--rcpt")
parser.add_argument("--data")
parser.add_argument("--drop", action="store_true")
parser.add_argument("--slow", type=float, default=0)
given = parser.parse_args()


class Handler:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        await asyncio.sleep(given.slow)
        if given.rcpt:
            return given.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if given.drop:
            server.transport.abort()
            return "451 gone"
        if given.data:
            return given.data
        self.count += 1
        head = f"X-Envelope: {envelope.mail_from} {' '.join(envelope.rcpt_tos)} {bool(session.ssl)} {session.authenticated}\r\n"
        (given.folder / f"{self.count}.tmp").write_bytes(head.encode() + envelope.original_content)
        (given.folder / f"{self.count}.tmp").rename(given.folder / f"{self.count}.eml")
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    wanted = [part.encode() for part in given.auth]
    # Not `handled`: the refusal is left to the server.
    return AuthResult(success=[data.login, data.password] == wanted, handled=False)


def certificate():
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", given.folder / "key.pem", "-out", given.folder / "cert.pem"],
        check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(given.folder / "cert.pem", given.folder / "key.pem")
    return context


async def main():
    context = certificate() if given.starttls or given.tls else None
    handler = Handler()

    def session():
        return SMTP(
            handler, hostname="localhost", tls_context=context if given.starttls else None, require_starttls=given.starttls,
            auth_required=bool(given.auth), auth_require_tls=given.starttls, authenticator=authenticate if given.auth else None)

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=context if given.tls else None)
    (given.folder / "port.tmp").write_text(str(server.sockets[0].getsockname()[1]))
    (given.folder / "port.tmp").rename(given.folder / "port")
    while not (given.folder / "stop").exists():
        await asyncio.sleep(0.02)


asyncio.run(main())
