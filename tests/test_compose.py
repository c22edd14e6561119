"""No container engine is at hand: what can be checked of compose file and image without one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
NEEDED = {
    "SECRET_KEY": "x",
    "POSTGRES_PASSWORD": "x",
    "SITE_URL": "https://sla.example.org",
    "ALLOWED_HOSTS": "sla.example.org",
    "EMAIL_URL": "smtp://mail:25",
    "DEFAULT_FROM_EMAIL": "sla@example.org",
}


def test_the_services():
    assert sorted(COMPOSE["services"]) == ["beat", "database", "redis", "web", "worker"]


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_each_service_has_a_health_check(name):
    assert COMPOSE["services"][name]["healthcheck"]["test"]


def test_our_parts_share_one_image_and_start_by_the_script():
    ours = {name: COMPOSE["services"][name] for name in ("web", "worker", "beat")}
    assert {part["image"] for part in ours.values()} == {"sla-portal"}
    assert {name: part["command"] for name, part in ours.items()} == {
        name: ["scripts/start", name] for name in ours
    }


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    asked = re.findall(r"\$\{(\w+)(:?[-?])?", text)
    assert {name for name, _ in asked} == set(NEEDED)
    assert {sign for _, sign in asked} == {":?"}


@pytest.fixture
def config(tmp_path):
    """podman-compose reads the file by itself, but asks an engine for its version first; there is none here."""
    engine = tmp_path / "podman"
    engine.write_text("#!/bin/sh\necho 4.3.1\n")
    engine.chmod(0o755)
    command = [Path(sys.executable).parent / "podman-compose", "-f", ROOT / "docker-compose.yml", "config"]

    def run(environment):
        clean = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
        return subprocess.run(command, env=clean | environment, cwd=tmp_path, capture_output=True, text=True)

    return run


def test_compose_accepts_the_file(config):
    answer = config(NEEDED)
    assert answer.returncode == 0, answer.stderr
    assert yaml.safe_load(answer.stdout)["services"]["web"]["environment"]["SECRET_KEY"] == "x"


@pytest.mark.parametrize("name", NEEDED)
def test_compose_refuses_a_missing_variable(config, name):
    answer = config({key: value for key, value in NEEDED.items() if key != name})
    assert answer.returncode != 0
    assert name in answer.stderr


def test_the_image_only_calls_our_scripts_and_runs_as_nobody_special():
    lines = (ROOT / "Dockerfile").read_text()
    runs = re.findall(r"^RUN (.*(?:\\\n.*)*)", lines, re.M)
    called = [part.strip() for run in runs for part in re.split(r"&&|\\\n", run) if part.strip()]
    allowed = re.compile(r"^(SETUP_FOR=run )?scripts/\w+|^useradd |^install -d ")
    assert [part for part in called if not allowed.match(part)] == []
    assert re.search(r"^USER portal$", lines, re.M)
    for script in set(re.findall(r"scripts/(\w+)", lines)):
        assert os.access(ROOT / "scripts" / script, os.X_OK)
