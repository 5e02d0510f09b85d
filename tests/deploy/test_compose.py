"""docker-compose.yml keeps its promises: closed, without default secrets, scalable, healthy before it is used."""

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest

from tests.deploy.compose import FILE, ROOT, compose, example, services, stages, variables

OF_DVC = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}  # annotate.datasets.remotes passes AWS_* on
OF_FETCHING = {
    "PIP_INDEX_URL",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
}  # annotate.ai reads them; may hold passwords
OURS = ("migrate", "web", "worker", "weights", "webhooks")  # they run the image "hitl"
ALL = sorted(services())
STATE = {"postgres": "postgres", "mlflow": "mlflow", "web": "data", "worker": "data", "weights": "data"} | {
    "webhooks": "data"
}
FIXED_IN_CONTAINERS = {
    "HITL_BIND",  # Dockerfile
    "HITL_MLFLOW_BIND",  # of the MLflow that make run starts
    "HITL_DATA_DIR",  # Dockerfile
    "HITL_DEBUG",  # never in a deployment
    "HITL_GIT_COMMIT",  # Dockerfile
    "HITL_DATABASE_URL",  # made of HITL_DB_PASSWORD
    "HITL_REDIS_URL",  # made of HITL_REDIS_PASSWORD
    "HITL_PROXY_HEADERS",
    "HITL_PULSE_DIR",
}


def has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0


def test_s4_one_door_for_the_site_and_mlflow_for_this_machine_alone() -> None:
    ports = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert ports == {
        "proxy": ["${HITL_PUBLISH:-127.0.0.1:5000}:8080"],
        "mlflow": ["127.0.0.1:5001:5000"],
    }
    assert example()["HITL_PUBLISH"] == "127.0.0.1:5000"


def test_s4_databases_are_reachable_only_inside() -> None:
    networks = compose()["networks"]
    for name in ("postgres", "redis", "worker", "migrate"):
        assert [networks[each]["internal"] for each in services()[name]["networks"]] == [True], name
    assert services()["proxy"]["networks"] == ["front"], "the proxy has no way to the databases"


@pytest.mark.parametrize("name", ALL)
def test_s5_nobody_has_more_power_than_needed(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "pid", "network_mode", "devices", "ipc"}
    assert "docker.sock" not in json.dumps(service)
    if name == "postgres":  # its own start gives the volume to the user postgres, then becomes that user
        assert set(service["cap_add"]) == {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
        return
    assert "cap_add" not in service
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]  # noqa: S108
    user = service.get("user") or stages()["mlflow" if name == "mlflow" else "web"].last("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user or ""), f"{name} runs as {user}"


@pytest.mark.parametrize("name", ALL)
def test_x8_logs_do_not_fill_the_disk(name: str) -> None:
    assert services()[name]["logging"]["options"].keys() == {"max-size", "max-file"}


def test_s1_s3_secrets_come_from_the_environment_and_none_has_a_default() -> None:
    secret = {name for name in variables() if re.search("PASSWORD|SECRET|KEY|TOKEN", name)}
    assert len(secret) == 5
    for name in secret:
        assert variables()[name] == {":?run make env"}, f"{name} must be required"
        assert example()[name] == "", f"{name} must have no value in .env.example"
    for service in services().values():
        for name, value in service.get("environment", {}).items():
            if value is not None and re.search("PASSWORD|SECRET", name):
                assert re.fullmatch(r"\$\{\w+:\?run make env\}", value), f"{name} is written into the file"
    assert not re.search(r"://\w*:(?!\$\{)[^@\s]+@", FILE.read_text()), "an address contains a password"


def test_every_variable_of_env_example_is_used() -> None:
    passed_on = set(services()["web"]["environment"])
    assert example().keys() <= variables().keys() | passed_on


def test_every_setting_reaches_the_containers() -> None:
    sources = [*(ROOT / "hitlsite").glob("*.py"), ROOT / "annotate" / "startup.py"]
    read = {name for path in sources for name in re.findall(r'"(HITL_\w+)"', path.read_text())}
    for name in OURS:
        environment = services()[name]["environment"]
        assert read - FIXED_IN_CONTAINERS <= environment.keys(), name
        optional = {key for key, value in environment.items() if value is None}
        allowed = read | OF_DVC | (OF_FETCHING if name == "weights" else set())
        assert optional <= allowed, f"passed on to {name}, but read by nobody there"


def test_migrations_run_once_and_before_everything_else() -> None:
    migrate = services()["migrate"]
    assert migrate["command"] == ["python", "manage.py", "migrate", "--no-input"]
    assert migrate["restart"] == "no"
    for name in ("web", "worker"):
        needs = services()[name]["depends_on"]
        assert needs["migrate"] == {"condition": "service_completed_successfully"}
        assert "command" in services()[name] or name == "web", "web runs the command of its image"
    assert stages()["web"].last("CMD") == '["python", "manage.py", "serve"]'


def has_health_check(name: str) -> bool:
    check = services()[name].get("healthcheck")
    if check is not None:
        return bool(check.get("test"))
    target = {"web": "web", "mlflow": "mlflow"}.get(name)
    return target is not None and stages()[target].last("HEALTHCHECK") is not None


def test_whoever_stays_says_whether_it_is_healthy() -> None:
    assert {name for name in ALL if not has_health_check(name)} == {"migrate", "weights"}  # they end
    for name, service in services().items():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_started", f"{name} does not wait until {needed} is ready"
            assert how["condition"] != "service_healthy" or has_health_check(needed)


def test_what_must_survive_is_in_named_volumes() -> None:
    declared = compose()["volumes"]
    for name, service in services().items():
        mounts = [volume.split(":") for volume in service.get("volumes", [])]
        named = {source for source, *_ in mounts if not source.startswith(".")}
        assert named <= declared.keys()
        assert named == ({STATE[name]} if name in STATE else named & {"data"}), name
        for source, _, *mode in (mount for mount in mounts if mount[0].startswith(".")):
            assert mode == ["ro"], f"{name} may change {source}"
            assert (ROOT / source).is_file(), f"Docker would make a folder of {source}"


def test_web_can_be_scaled() -> None:
    web: dict[str, Any] = services()["web"]
    assert not web.keys() & {"ports", "container_name", "hostname", "deploy", "scale", "mac_address"}
    assert all(isinstance(network, str) for network in web["networks"]), "no addresses of its own"
    proxy = (ROOT / "deploy" / "nginx.conf").read_text()
    assert "set $web web:8000;" in proxy
    assert set(re.findall(r"proxy_pass (\S+);", proxy)) == {"http://$web"}, "a variable is looked up anew"
    assert "upstream" not in proxy.replace("$upstream_addr", ""), (
        "an upstream is looked up once, at the start"
    )
    assert stages()["web"].last("EXPOSE") == "8000"


def test_our_images_are_built_here_and_never_taken_from_a_registry() -> None:
    built = {service["image"] for service in services().values() if "build" in service}
    for service in services().values():
        assert (service["image"] in built) == (service.get("pull_policy") == "never")
    assert {services()[name]["image"] for name in OURS} <= built
    assert {service["build"]["target"] for service in services().values() if "build" in service} <= set(
        stages()
    )


def test_the_image_is_told_its_commit_by_whoever_builds_it() -> None:
    built = {service["image"]: service["build"] for service in services().values() if "build" in service}
    [ours] = [build for image, build in built.items() if image.startswith("hitl:")]
    assert ours["args"] == {"GIT_COMMIT": "${GIT_COMMIT:-}"}


def test_mlflow_has_the_driver_that_its_address_names() -> None:
    address = services()["mlflow"]["environment"]["MLFLOW_DB_URL"]
    assert address.startswith("postgresql+psycopg2://"), "SQLAlchemy's default driver is another one"
    assert re.search("^psycopg2-binary==", (ROOT / "deploy" / "mlflow.lock").read_text(), re.MULTILINE)


def test_l6_mlflow_answers_only_under_its_own_names() -> None:
    names = services()["mlflow"]["environment"]["MLFLOW_ALLOWED_HOSTS"].split(",")
    assert names
    assert all(name.partition(":")[0] in {"mlflow", "localhost", "127.0.0.1"} for name in names)


@pytest.mark.skipif(not has_compose(), reason="docker compose is not installed")
def test_docker_compose_reads_it_and_refuses_to_start_without_secrets() -> None:
    def config(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [
            "docker",
            "compose",
            "--env-file",
            os.devnull,
            "-f",
            str(FILE),
            "config",
            "--format",
            "json",
        ]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_CONFIG") if name in os.environ}
        return subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True)

    secrets = {name: f"value-of-{name}" for name, value in example().items() if value == ""}
    read = config({**example(), **secrets})
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout)["services"].keys() == set(ALL)
    for name in secrets:
        refused = config({**example(), **secrets, name: ""})
        assert refused.returncode != 0
        assert name in refused.stderr
