#!/usr/bin/env python3
"""Puts what commands really print into the pages of the documentation, or checks that it is there.

    scripts/pages.py [--check] [--binary .build/release/customer-dynamics]

Comments in the pages say what to run; the block behind a `prints` comment is replaced by its standard output, or by standard
error when the command fails. Commands of one page run in order, in a folder of their own; {files} is another one, {root} that of the repository.

    <!-- run: demo --data data -->
    <!-- run: scripts/cdnow.py {files} -->
    <!-- prints: report --data data --from 2025-01-01 --to 2025-12-31 --format table -->
    <!-- prints the first part of: report --data data ... -->      up to the first empty line
"""

import argparse
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARK = re.compile(r"<!-- (run|prints|prints the first part of): (.+?) -->\n(?:(\s*```\n)(.*?)(```\n))?", re.DOTALL)


class Page:
    def __init__(self, path: pathlib.Path, binary: str):
        self.path = path
        self.binary = binary
        self.text = path.read_text("utf-8")

    def renewed(self) -> str:
        """The page with all blocks as the commands print them now."""
        with tempfile.TemporaryDirectory() as folder:
            self.folder = pathlib.Path(folder)
            (self.folder / "here").mkdir()
            return MARK.sub(self.block, self.text)

    def block(self, mark: re.Match) -> str:
        verb, command, opening, _, closing = mark.groups()
        output = self.run(command, may_fail=verb != "run")
        if verb == "run":
            return mark.group(0)
        if opening is None:
            sys.exit(f"pages: {self.path.name}: no block follows: {command}")
        if "first part" in verb:
            output = output.split("\n\n")[0] + "\n"
        return f"<!-- {verb}: {command} -->\n{opening}{output}{closing}"

    def run(self, command: str, may_fail: bool) -> str:
        command = command.replace("{root}", str(ROOT)).replace("{files}", str(self.folder / "files"))
        words = shlex.split(command)
        program = [sys.executable, str(ROOT / words[0])] if words[0].endswith(".py") else [self.binary, words[0]]
        done = subprocess.run([*program, *words[1:]], cwd=self.folder / "here", stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, encoding="utf-8")
        if done.returncode and not may_fail:
            sys.exit(f"pages: {self.path.name}: {command}: {done.stderr}")
        return done.stderr if done.returncode else done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if a page is out of date")
    parser.add_argument("--binary", default=str(ROOT / ".build/release/customer-dynamics"))
    given = parser.parse_args()
    stale = []
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in (Page(path, str(pathlib.Path(given.binary).resolve())) for path in pages):
        if not MARK.search(page.text):
            continue
        renewed = page.renewed()
        if renewed != page.text:
            stale.append(page.path.name)
            if not given.check:
                page.path.write_text(renewed, "utf-8")
    if stale:
        print(f"{'Out of date' if given.check else 'Renewed'}: {', '.join(stale)}")
    sys.exit(1 if stale and given.check else 0)


if __name__ == "__main__":
    main()
