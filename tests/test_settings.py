"""Starting with a wrong environment is refused, in a process of its own; every variable is documented."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def start(**environment):
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "import slaportal.settings as s; print(s.EMBEDDED, s.DEBUG)"]
    return subprocess.run(command, env=clean | environment, cwd=ROOT, capture_output=True, text=True)


def test_no_environment_is_embedded():
    assert start().stdout.split() == ["True", "True"]


def test_redis_means_server_mode():
    assert start(REDIS_URL="redis://127.0.0.1:6379/5").stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    "environment, words",
    [
        ({"DEBUG": "False"}, "SECRET_KEY must be set"),
        ({"DEBUG": "false"}, "use 'True' or 'False'"),
        ({"DATABASE_URL": "mysql://a@b/c"}, "use sqlite:/// or postgres://"),
        ({"TSA_URL": "https://tsa.example.org"}, "TSA_CA: name the file"),
        ({"TSA_CA": "/nowhere.pem"}, "there is no such file"),
        ({"CLOCK_OFFSET": "60", "REDIS_URL": "redis://127.0.0.1/5"}, "CLOCK_OFFSET is for the embedded demo"),
    ],
)
def test_a_wrong_environment_refuses_to_start(environment, words):
    answer = start(**environment)
    assert (answer.returncode, words in answer.stderr) == (1, True)


def test_every_variable_is_documented():
    used = set(re.findall(r'env(?:_bool|\.\w+)\(\s*"([A-Z_]+)"', (ROOT / "slaportal/settings.py").read_text()))
    used.add("WEB_WORKERS")
    described = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.M))
    assert used == described
