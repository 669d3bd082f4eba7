"""A real mail server beside the stories: what it takes lies in a folder, one file a message."""

import email
import email.policy
import pathlib
import subprocess
import sys
import time

from conftest import ROOT


class MailServer:
    """`Tests/Fixtures/mail/smtp_server.py` as a process of its own."""

    def __init__(self, folder, *arguments):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "Tests" / "Fixtures" / "mail" / "smtp_server.py", self.folder, *arguments])
        wait_for(lambda: (self.folder / "port").exists(), "the mail server starts")
        self.port = (self.folder / "port").read_text().strip()

    @property
    def settings(self):
        """Environment variables that make the application use it."""
        return {
            "CUSTOMER_DYNAMICS_MAIL_HOST": "localhost", "CUSTOMER_DYNAMICS_MAIL_PORT": self.port,
            "CUSTOMER_DYNAMICS_MAIL_SECURITY": "none", "CUSTOMER_DYNAMICS_MAIL_SENDER": "reports@operator.example",
        }

    def messages(self):
        """What was taken, in order, as Python reads it."""
        files = sorted(self.folder.glob("*.eml"), key=lambda file: int(file.stem))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    def to(self, address):
        return [message for message in self.messages() if message["To"].strip("<>") == address]

    def stop(self):
        (self.folder / "stop").touch()
        self.process.wait(timeout=30)


def attachment(message):
    """Name and bytes of the one file that goes along."""
    part, = message.iter_attachments()
    return part.get_filename(), part.get_content()


def wait_for(condition, what, seconds=60):
    """What the condition says once it says anything."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"in vain: {what}")
