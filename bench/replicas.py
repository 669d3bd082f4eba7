#!/usr/bin/env python3
"""A ledger on 2 shards of 2 replicas each, with ZooKeeper, all on this machine: reports while replicas are killed, compared with the embedded ledger.

Needs the Debian packages clickhouse-server and zookeeper (with a Java runtime); takes half a minute. Exits with 1 when a figure differs.
"""

import glob
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from cluster import EXECUTABLE, free_port

REPORT = ["report", "--from", "2024-01-01", "--to", "2025-12-31", "--group-by", "month,package", "--format", "json"]
USERS = """<yandex><profiles><default></default></profiles><users><default><password></password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></default></users><quotas><default></default></quotas></yandex>"""


def wait_for(port, question):
    """Until a server answers at the port; `question`: whether it is one for HTTP."""
    for _ in range(300):
        try:
            wire = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            wire.connect()
            if not question:
                return
            wire.request("GET", "/")
            if wire.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at port {port}")


class Replicas:
    """Servers 0 and 1 are the replicas of the first shard, 2 and 3 those of the second."""

    def __init__(self, folder):
        self.folder, self.keeper_port = folder, free_port()
        self.ports = [{name: free_port() for name in ("http", "tcp", "interserver")} for _ in range(4)]
        (folder / "zoo.cfg").write_text(
            f"tickTime=2000\ndataDir={folder}/zookeeper\nclientPort={self.keeper_port}\nclientPortAddress=127.0.0.1\n")
        self.keeper = subprocess.Popen(
            ["java", "-cp", ":".join(glob.glob("/usr/share/java/*.jar")), "-Dzookeeper.admin.enableServer=false",
             "org.apache.zookeeper.server.quorum.QuorumPeerMain", str(folder / "zoo.cfg")],
            stdout=open(folder / "zookeeper.log", "w"), stderr=subprocess.STDOUT)
        self.processes = {}
        wait_for(self.keeper_port, question=False)
        for number in range(4):
            self.start(number)

    def start(self, number):
        home = self.folder / str(number)
        home.mkdir(exist_ok=True)
        replica = lambda n: f"<replica><host>127.0.0.1</host><port>{self.ports[n]['tcp']}</port></replica>"
        shards = "".join(
            f"<shard><internal_replication>true</internal_replication>{replica(n)}{replica(n + 1)}</shard>" for n in (0, 2))
        ports = self.ports[number]
        (home / "users.xml").write_text(USERS)
        (home / "config.xml").write_text(f"""<yandex><logger><level>warning</level><log>{home}/log</log><errorlog>{home}/errors</errorlog></logger>
<http_port>{ports['http']}</http_port><tcp_port>{ports['tcp']}</tcp_port><interserver_http_port>{ports['interserver']}</interserver_http_port>
<interserver_http_host>127.0.0.1</interserver_http_host><listen_host>127.0.0.1</listen_host><path>{home}/data/</path><tmp_path>{home}/tmp/</tmp_path>
<users_config>users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>67108864</mark_cache_size><zookeeper><node><host>127.0.0.1</host><port>{self.keeper_port}</port></node></zookeeper>
<macros><shard>{number // 2}</shard><replica>{number % 2}</replica></macros><remote_servers><bench>{shards}</bench></remote_servers></yandex>""")
        self.processes[number] = subprocess.Popen(
            ["clickhouse-server", f"--config-file={home}/config.xml"], cwd=home, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(ports["http"], question=True)

    def kill(self, number):
        self.processes[number].kill()
        self.processes.pop(number).wait()

    def run(self, *arguments, through=0):
        """A command of the product that asks the server of that number."""
        environment = os.environ | {
            "CUSTOMER_DYNAMICS_CLICKHOUSE_URL": f"http://127.0.0.1:{self.ports[through]['http']}",
            "CUSTOMER_DYNAMICS_CLICKHOUSE_CLUSTER": "bench"}
        return subprocess.run(
            [EXECUTABLE, *arguments, "--data", self.folder / "none"], capture_output=True, text=True, env=environment, timeout=120)

    def stop(self):
        for process in [*self.processes.values(), self.keeper]:
            process.kill()
            process.wait()


def main():
    def embedded(*arguments):
        return subprocess.run([EXECUTABLE, *arguments], capture_output=True, text=True, check=True).stdout

    failed = []

    def say(what, is_right):
        print(f"{'as it should be' if is_right else 'WRONG'}: {what}", flush=True)
        if not is_right:
            failed.append(what)

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = str(folder / "files")
        embedded("demo", "--clients", "200", "--years", "2", "--through", "2025-12-31", "--output", files)
        embedded("import", "--base-currency", "EUR", files, "--data", str(folder / "embedded"))
        wanted = json.loads(embedded(*REPORT, "--data", str(folder / "embedded")))
        replicas = Replicas(folder)

        def is_right(through=0):
            outcome = replicas.run(*REPORT, through=through)
            if outcome.returncode:
                print(outcome.stderr, file=sys.stderr)
                return False
            found = json.loads(outcome.stdout)
            return (found["rows"], found["total"]) == (wanted["rows"], wanted["total"])

        try:
            nodes = [word for ports in replicas.ports for word in ("--node", f"http://127.0.0.1:{ports['http']}")]
            say("tables are made", replicas.run("cluster", "create", "--replicated", *nodes).returncode == 0)
            say("an import", replicas.run("import", "--base-currency", "EUR", files).returncode == 0)
            say("a report", is_right())
            time.sleep(3)
            say("a report through each of the other servers", all(is_right(through) for through in (1, 2, 3)))
            replicas.kill(3)
            say("a report without one replica", is_right())
            say("the same import again without it", replicas.run("import", files).returncode == 0 and is_right())
            replicas.start(3)
            time.sleep(3)
            replicas.kill(2)
            say("a report with that one back, and without the other one of its shard", is_right())
            replicas.kill(3)
            outcome = replicas.run(*REPORT)
            say("no figure, and why, without both", outcome.returncode == 69 and "cannot reach a shard" in outcome.stderr)
        finally:
            replicas.stop()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
