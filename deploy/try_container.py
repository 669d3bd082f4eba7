#!/usr/bin/env python3
"""Carries out the steps of deploy/Containerfile in Debian roots made by debootstrap, where there is no container engine; needs root.

    deploy/try_container.py FOLDER [--swift /opt/swift] [--bind PATH]...

Makes FOLDER/build and FOLDER/image, runs what stands behind RUN, COPY and WORKDIR of each stage, and last the image's own command for a moment, as its own user.
The swift image is a Debian root with a Swift installation bound into it; `--bind` adds what else building needs there, such as a store of packages.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


def stages():
    """The stages as lists of (instruction, rest of the line), without the line breaks in them."""
    text = (ROOT / "deploy" / "Containerfile").read_text()
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    steps = [line.split(None, 1) for line in text.splitlines() if line.strip()]
    starts = [index for index, step in enumerate(steps) if step[0] == "FROM"] + [len(steps)]
    return [steps[a + 1:b] for a, b in zip(starts, starts[1:])]


class Stage:
    def __init__(self, root, binds, path):
        self.root, self.path, self.folder, self.user = root, path, "/", None
        if not (root / "etc").exists():
            subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], check=True, stdout=subprocess.DEVNULL)
        self.mounts = [*binds, "/proc", "/dev", "/etc/resolv.conf"]

    def command(self, words):
        """Runs in the root, with the mounts for as long as that lasts."""
        mounts = "".join(
            f'mkdir -p "$(dirname "{self.root}{m}")"; [ -d "{m}" ] && mkdir -p "{self.root}{m}" || touch "{self.root}{m}"; '
            f'mount --bind "{m}" "{self.root}{m}"; ' for m in self.mounts)
        user = ["--userspec", self.user] if self.user else []
        inner = ["chroot", *user, self.root, "env", "-i", f"PATH={self.path}", "HOME=/root", "sh", "-euc",
                 f'cd {self.folder}; exec "$@"', "sh", *words]
        return ["unshare", "--mount", "sh", "-euc", mounts + 'exec "$@"', "sh", *map(str, inner)]

    def carry_out(self, instruction, rest, others):
        print(f"{instruction} {rest}", flush=True)
        if instruction == "RUN":
            subprocess.run(self.command(["sh", "-euc", rest]), check=True)
        elif instruction == "WORKDIR":
            self.folder = rest
            (self.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif instruction == "COPY":
            origin, rest = (others, rest.split(None, 1)[1]) if rest.startswith("--from") else (ROOT, rest)
            source, target = rest.split()
            source, target = origin / source.lstrip("/"), self.root / target.lstrip("/")
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                shutil.copy(source, target)
        elif instruction == "USER":
            self.user = rest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--swift", default="/opt/swift", help="where Swift is installed")
    parser.add_argument("--bind", action="append", default=[], help="a path that building needs")
    arguments = parser.parse_args()
    usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    arguments.folder.mkdir(parents=True, exist_ok=True)
    build = Stage(arguments.folder / "build", [arguments.swift, *arguments.bind], f"{arguments.swift}/usr/bin:{usual}")
    image = Stage(arguments.folder / "image", [], usual)
    # What the swift image has beside Swift.
    build.carry_out("RUN", "apt-get update && apt-get install --yes --no-install-recommends binutils ca-certificates g++ git libc6-dev libedit2 libncurses6 libsqlite3-0 libxml2 pkg-config tzdata", None)
    first, second = stages()
    for step in first:
        build.carry_out(*step, None)
    for step in second:
        image.carry_out(*step, build.root)
    words = dict(second)
    command = json.loads(words["ENTRYPOINT"]) + json.loads(words["CMD"])
    print(f"starts {' '.join(command)}", flush=True)
    server = subprocess.Popen(image.command(command))
    try:
        for _ in range(100):
            time.sleep(0.1)
            try:
                with urllib.request.urlopen("http://127.0.0.1:8080/readyz") as answer:
                    print("/readyz says", answer.status, answer.read().decode().strip())
                    return
            except OSError:
                pass
        raise SystemExit("the server does not become ready")
    finally:
        server.terminate()
        print("it stops with", server.wait(timeout=30))


if __name__ == "__main__":
    main()
