"""The load of bench/load.py, small: viewers, analysts and imports at once, with nothing killed and with the server killed at random moments."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.mark.parametrize("how", [["--seconds", "6"], ["--kills", os.environ.get("KILLS", "4"), "--pause", "2"]])
def test_everything_at_once(how, tmp_path):
    """Its own checks: no error, figures equal to DuckDB's, stored reports unchanged, imports whole or not there, no mail lost."""
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "load.py", "--transactions", "20000", "--viewers", "20", "--analysts", "4", "--rate", "200",
         "--seed", os.environ.get("KILLS_SEED", "1"), "--data", tmp_path, *how], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No error, and all figures are equal to the last digit." in done.stdout
