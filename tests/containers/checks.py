"""What holds of both projects: one node and three."""

from collections.abc import Callable
from typing import Any

import requests

from tests.containers.project import Project
from tests.support.compose_files import FILES, Service, filled_in, services

ONCE = {"setup", "kibana-password", "certificates"}
Check = Callable[[Project], None]
_UNITS = {"m": 2**20, "g": 2**30}


def of_file(project: Project) -> dict[str, Service]:
    """The services as the project's file has them."""
    return services(FILES[1] if project.secure else FILES[0])


def everything_is_healthy(project: Project) -> None:
    """Those that run once have ended well, the others are healthy and were never started again."""
    for name, found in project.containers().items():
        state = found["State"]
        assert found["RestartCount"] == 0 and not state["OOMKilled"], name
        if name in ONCE:
            assert (state["Status"], state["ExitCode"]) == ("exited", 0), name
        else:
            assert state["Health"]["Status"] == "healthy", name


def rights_are_what_the_files_say(project: Project) -> None:
    """None is root but the one that makes certificates; the kernel's own view of those that run."""
    for name, found in project.containers().items():
        host, said = found["HostConfig"], of_file(project)[name]
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["ReadonlyRootfs"] is said.get("read_only", False), name
        assert host["CapDrop"] == said.get("cap_drop", None), name
        if name in ONCE:
            continue
        status = dict(line.split(":\t") for line in project("exec", name, "cat", "/proc/1/status").splitlines())
        assert status["Uid"].split()[0] == ("10001" if name.startswith(("sidecar", "gallery")) else "1000"), name
        assert (int(status["CapEff"], 16), status["NoNewPrivs"], status["Seccomp"]) == (0, "1", "2"), name
        if "cap_drop" in said:
            assert int(status["CapBnd"], 16) == 0, name
        if said.get("read_only"):
            written = project.call("exec", name, "touch", "/app/written", "/tmp/written")
            assert written.stderr.count("Read-only file system") == 2, name


def limits_are_what_the_files_say(project: Project) -> None:
    """Memory, as the engine has it; Elasticsearch gives half of its own to the heap."""
    for name, found in project.containers().items():
        limit = of_file(project)[name]["mem_limit"]
        assert found["HostConfig"]["Memory"] == int(limit[:-1]) * _UNITS[limit[-1]], name
    nodes = elasticsearch(project, "/_nodes/jvm")["nodes"]
    assert {node["jvm"]["mem"]["heap_max_in_bytes"] for node in nodes.values()} == {2**30}


def ports_are_this_machines(project: Project) -> None:
    """Those of the file and no other, on loopback alone."""
    for name, found in project.containers().items():
        bound = [port for ports in found["HostConfig"]["PortBindings"].values() for port in ports]
        assert len(bound) == len(of_file(project)[name].get("ports", [])), name
        assert all(port["HostIp"] == "127.0.0.1" for port in bound), name


def no_secret_is_reported(project: Project, *former: str) -> None:
    """In no log, health check, command line or image; in the environment of those alone that need it."""
    names = [name for name in project.variables if name.endswith(("PASSWORD", "TOKEN", "KEY"))]
    assert len(names) == 7
    secrets = {project.variables[name] for name in names} | set(former)
    shown = project("logs", "--no-color")
    for name, found in project.containers().items():
        shown += str(found["State"].get("Health")) + project.engine.run("top", found["Id"], check=False)
        shown += project.engine.run("history", "--no-trunc", found["Image"])
        own = str(found["Config"]["Env"])
        said = of_file(project)[name].get("environment", {})
        for secret in names:
            assert (project.variables[secret] in own) is (filled_in()[secret] in map(str, said.values())), (
                name,
                secret,
            )
    assert [secret for secret in secrets if secret in shown] == []


OF_BOTH: tuple[Check, ...] = (
    rights_are_what_the_files_say,
    limits_are_what_the_files_say,
    ports_are_this_machines,
    no_secret_is_reported,
)


def elasticsearch(project: Project, path: str, method: str = "GET", body: Any = None) -> Any:
    """What Elasticsearch answers the user elastic, in JSON; fails unless it is 200."""
    login = ("elastic", project.variables["ELASTIC_PASSWORD"])
    authority = str(project.authority) if project.authority else True
    answer = requests.request(method, f"{project.url}{path}", json=body, auth=login, verify=authority, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.json()


def a_backup_brings_back(project: Project, index: str) -> None:
    """As docs/containers.md has it: a snapshot, and the index from it after it was deleted."""
    before = count(project, index)
    location = {"type": "fs", "settings": {"location": "backups"}}
    elasticsearch(project, "/_snapshot/backups", "PUT", location)
    taken = elasticsearch(project, "/_snapshot/backups/first?wait_for_completion=true", "PUT")
    assert taken["snapshot"]["state"] == "SUCCESS" and before > 0
    elasticsearch(project, f"/{index}", "DELETE")
    elasticsearch(project, "/_snapshot/backups/first/_restore?wait_for_completion=true", "POST", {"indices": index})
    assert count(project, index) == before


def count(project: Project, index: str) -> int:
    """Its documents whose photo was analyzed."""
    elasticsearch(project, f"/{index}/_refresh")
    found = elasticsearch(project, f"/{index}/_count?q=image_analysis.status:ok")
    return int(found["count"])


def doctor_finds_nothing(project: Project) -> None:
    """No error, and what it asked was there."""
    findings = project.command("doctor")
    assert [finding for finding in findings if finding["status"] == "error"] == []
    assert len(findings) > 5
