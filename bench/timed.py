"""Runs a program and writes its wall and processor seconds, peak memory and exit status into a file:
`timed.py FILE PROGRAM [ARGUMENT...]`.

A process of its own, since Linux counts what the forking process had in memory as the child's peak.
"""

import json
import os
import subprocess
import sys
import time

begin = time.perf_counter()
process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - begin
process.returncode = os.waitstatus_to_exitcode(status)
with open(sys.argv[1], "w") as file:
    json.dump({"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss * 1024,
               "status": process.returncode}, file)
