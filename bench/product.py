"""The product under measurement: the real executable, run as a user runs it."""

import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

TIMED = pathlib.Path(__file__).parent / "timed.py"


@dataclasses.dataclass
class Process:
    """What one process took: wall and processor seconds, peak memory in bytes (the kernel's ru_maxrss), its output."""
    seconds: float
    cpu_seconds: float
    memory: int
    output: bytes


class Product:
    def __init__(self, binary: str):
        self.binary = binary

    def run(self, *arguments: str) -> Process:
        with tempfile.NamedTemporaryFile("r") as figures:
            command = [self.binary, *arguments]
            timed = [sys.executable, str(TIMED), figures.name, *command]
            output = subprocess.run(timed, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
            figure = json.load(figures)
        status = figure.pop("status")
        if status != 0:
            sys.exit(f"bench: {' '.join(command)} ended with status {status}")
        return Process(**figure, output=output)

    def write_demo(self, folder: pathlib.Path, clients: int, through: str, years: int = 3):
        """The import files of a demo ledger; a finished folder is used again."""
        done = folder / "done"
        if done.exists():
            return
        folder.mkdir(parents=True, exist_ok=True)
        self.run("demo", "--clients", str(clients), "--years", str(years), "--through", through, "--output", str(folder))
        done.touch()

    def first_import(self, files: pathlib.Path, data: pathlib.Path, base_currency: str) -> Process:
        """Imports `files` into an empty data folder."""
        shutil.rmtree(data, ignore_errors=True)
        return self.run("import", "--data", str(data), "--base-currency", base_currency, str(files))

    def report(self, data: pathlib.Path, query: list[str]) -> Process:
        """A whole process, start and loading included, that prints the JSON report."""
        return self.run("report", "--data", str(data), "--format", "json", *query)

    def engine(self, data: pathlib.Path, query: list[str], runs: int) -> tuple[list[float], int]:
        """Seconds from the query to the settled result in a process that has the ledger open, for each of `runs` runs; and the bytes that
        the process had in memory at most during one more, files that are mapped not counted.

        The one place that knows where these figures come from: the hidden command `bench`.
        """
        figures = json.loads(self.run("bench", "--data", str(data), "--runs", str(runs), *query).output)
        return [milliseconds / 1000 for milliseconds in figures["report_ms"]], figures["anonymous_bytes"]
