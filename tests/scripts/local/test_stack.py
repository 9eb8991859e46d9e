"""Status and down over a state folder as crashes leave it; no Elasticsearch is started here."""

import json
import os
import pwd
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from scripts.connection import address
from scripts.local.host import processes
from scripts.local.host.ports import any_free
from scripts.local.host.processes import RunningProcess
from scripts.local.host.report import Report
from scripts.local.host.users import ServiceUser
from scripts.local.login import kept_password, password_file, with_login
from scripts.local.sidecar import LocalSidecar
from scripts.local.stack import Stack
from scripts.local.state import Remembered, Service, StackOptions, StackState
from scripts.shared.errors import CliError, PrerequisiteMissing, StateUnusable
from scripts.shared.settings import Settings
from scripts.stack.down import down
from scripts.stack.status import status

CALLER = ServiceUser("caller")


def make_stack(folder: Path) -> Stack:
    return Stack(Settings(state_dir=folder / "state", cache_dir=folder / "cache"), Report.quiet())


def remember(folder: Path, process: RunningProcess) -> Path:
    file = folder / "state/stack.json"
    StackState(elasticsearch=Service(process=process, port=9200, fingerprint="")).save(file)
    return file


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[RunningProcess]:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    process = processes.start(command, cwd=tmp_path, env=os.environ, log=tmp_path / "log", user=CALLER)
    yield process
    processes.stop([process], grace_seconds=0)


def test_down_stops_what_runs_and_forgets_it(sleeper: RunningProcess, tmp_path: Path) -> None:
    file = remember(tmp_path, sleeper)
    stack = make_stack(tmp_path)
    assert stack.elasticsearch_url == "http://127.0.0.1:9200"
    stack.down()
    assert not sleeper.alive
    assert StackState.load(file).running() == {}
    stack.down()


def test_down_with_a_recycled_pid_leaves_the_other_process_alone(sleeper: RunningProcess, tmp_path: Path) -> None:
    file = remember(tmp_path, RunningProcess(pid=sleeper.pid, started=sleeper.started - 100))
    stack = make_stack(tmp_path)
    assert stack.elasticsearch_url is None
    stack.down()
    assert sleeper.alive
    assert StackState.load(file).running() == {}


def test_down_keeps_the_data_unless_asked_to_purge(tmp_path: Path) -> None:
    data, cache = tmp_path / "state/elasticsearch/data/nodes", tmp_path / "state/sidecar-cache/x"
    data.mkdir(parents=True)
    cache.mkdir(parents=True)
    (tmp_path / "state/mine.txt").touch()
    stack = make_stack(tmp_path)
    stack.down()
    assert data.exists() and cache.exists()
    stack.down(purge=True)
    assert not data.exists() and not cache.exists()
    assert (tmp_path / "state/mine.txt").exists()


def test_a_damaged_state_file_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "state/stack.json"
    file.parent.mkdir()
    file.write_text('{"elasticsearch": {"process"')
    with pytest.raises(StateUnusable, match=f"(?s)Expected {file} .*remove the file"):
        make_stack(tmp_path).down()


def test_status_of_a_stack_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_SYNSET_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("IMAGE_SYNSET_URL", raising=False)
    result = CliRunner().invoke(status, ["--json"])
    assert result.exit_code == 1
    assert json.loads(result.output) == {
        "elasticsearch": {"url": None, "version": None, "ready": False},
        "sidecar": {"url": None, "model": None, "runtime": None, "ready": False},
    }


def test_options_left_out_stay_as_they_run() -> None:
    running = StackOptions(heap="2g", model="vgg16")
    assert running.overridden_by(StackOptions(model="auto")) == StackOptions(heap="2g", model="auto")


def test_the_sidecars_fingerprint_changes_with_sources_and_options(tmp_path: Path) -> None:
    source = tmp_path / "sidecar/app.py"
    source.parent.mkdir()
    source.write_text("one")

    def fingerprint(model: str = "auto", **environment: str) -> str:
        sidecar = LocalSidecar(
            tmp_path,
            8500,
            model,
            environment,
            CALLER,
            home=tmp_path,
            cache=tmp_path,
            models=tmp_path,
            log=tmp_path / "log",
        )
        return sidecar.fingerprint

    before = fingerprint()
    (tmp_path / "sidecar/__pycache__").mkdir()
    (tmp_path / "sidecar/__pycache__/app.pyc").touch()
    assert fingerprint() == before
    assert len({before, fingerprint("vgg16"), fingerprint(SIDECAR_THREADS="1")}) == 3
    source.write_text("two")
    assert fingerprint() != before


def test_the_sidecar_takes_tuned_settings_where_nobody_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIDECAR_CPUS", "3")
    tuned = {"SIDECAR_STREAMS": "1", "SIDECAR_CPUS": "1", "SIDECAR_MAX_BATCH": "1"}
    started = []
    monkeypatch.setattr(processes, "start", lambda *_, **options: started.append(options["env"]))
    folders = {name: tmp_path / name for name in ("home", "cache", "models", "log")}
    own = {"SIDECAR_MAX_BATCH": "2"}
    sidecar = LocalSidecar(tmp_path, 8500, "auto", own, ServiceUser("caller"), **folders, tuned=tuned)
    sidecar.start(Report.quiet())
    (env,) = started
    assert [env[name] for name in tuned] == ["1", "3", "2"]
    assert replace(sidecar, tuned={}).fingerprint != sidecar.fingerprint


def test_a_stack_goes_on_with_its_ports_and_version_after_down(sleeper: RunningProcess, tmp_path: Path) -> None:
    file = tmp_path / "state/stack.json"
    remembered = Remembered(ports={"elasticsearch": 41693, "transport": 41793}, elasticsearch="8.19.13")
    service = Service(process=sleeper, port=41693, fingerprint="")
    StackState(options=StackOptions(heap="2g"), remembered=remembered, elasticsearch=service).save(file)
    make_stack(tmp_path).down()
    assert StackState.load(file).remembered == remembered
    make_stack(tmp_path).down(purge=True)
    assert not file.exists()


@pytest.mark.parametrize(("written", "wanted"), [("9.4.3", "8.19.13"), ("9.10.0", "9.9.1")])
def test_data_of_a_newer_elasticsearch_are_not_given_to_an_older_one(
    written: str, wanted: str, sleeper: RunningProcess, tmp_path: Path
) -> None:
    """Said before anything is stopped or downloaded."""
    file = tmp_path / "state/stack.json"
    service = Service(process=sleeper, port=any_free(), fingerprint="")
    StackState(remembered=Remembered(data_version=written), elasticsearch=service).save(file)
    with pytest.raises(StateUnusable, match=f"{wanted} or older in .* those of {written}.*--elasticsearch {written}"):
        make_stack(tmp_path).up(StackOptions(elasticsearch=wanted, heap="1m"))
    assert sleeper.alive
    state = StackState.load(file)
    assert state.remembered == Remembered(data_version=written)


def test_without_the_plugins_sources_up_says_where_it_runs(tmp_path: Path) -> None:
    stack = Stack(Settings(state_dir=tmp_path / "state", cache_dir=tmp_path / "cache"), Report.quiet(), root=tmp_path)
    with pytest.raises(PrerequisiteMissing, match="in a clone of the project.*image-synset serve.*IMAGE_SYNSET_URL"):
        stack.up()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("login", [{}, {"username": "elastic"}, {"username": "me", "password": "secret"}])
def test_security_needs_a_password_for_the_administrator(login: dict[str, str], tmp_path: Path) -> None:
    stack = Stack(Settings(state_dir=tmp_path / "state", cache_dir=tmp_path / "cache", **login), Report.quiet())  # type: ignore[arg-type]
    with pytest.raises(CliError, match="IMAGE_SYNSET_USERNAME=elastic and in IMAGE_SYNSET_PASSWORD"):
        stack.up(StackOptions(node_settings={"xpack.security.enabled": "true"}))
    assert not (tmp_path / "cache").exists()


def test_somebody_elses_server_on_the_port_of_ours_is_not_taken_for_it(sleeper: RunningProcess, tmp_path: Path) -> None:
    """Ours was starting when another one took the port."""
    with socket.create_server(("127.0.0.1", 0)) as others:
        port = others.getsockname()[1]
        file = tmp_path / "state/stack.json"
        StackState(elasticsearch=Service(process=sleeper, port=port, fingerprint="")).save(file)
        with pytest.raises(CliError, match=f"does not listen at http://127.0.0.1:{port} yet"):
            address(Settings(state_dir=tmp_path / "state"))


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder with data, that of the commands."""
    (tmp_path / "state/elasticsearch/data").mkdir(parents=True)
    StackState().save(tmp_path / "state/stack.json")
    monkeypatch.setenv("IMAGE_SYNSET_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.mark.parametrize(("answer", "gone"), [("y\n", True), ("n\n", False), ("", False)])
def test_purging_says_what_it_deletes_and_asks(there: Path, answer: str, gone: bool) -> None:
    result = CliRunner().invoke(down, ["--purge"], input=answer)
    assert f"  {there / 'elasticsearch'}\n" in result.stderr and "Delete all of it?" in result.stderr
    assert str(there / "sidecar-cache") not in result.stderr  # is not there
    assert (there / "elasticsearch").exists() is not gone
    assert (result.exit_code == 0) is gone


def test_purging_does_not_ask_where_that_is_said_already(there: Path) -> None:
    (there / "sidecar-cache").mkdir()
    refused = CliRunner().invoke(down, ["--purge", "--json"])
    assert refused.exit_code == 2 and "--yes" in refused.stderr and (there / "elasticsearch").exists()
    result = CliRunner().invoke(down, ["--purge", "--yes", "--json"])
    assert json.loads(result.stdout) == {"stopped": []}
    assert not any((there / name).exists() for name in ("elasticsearch", "sidecar-cache", "stack.json"))


def test_purging_asks_before_anything_is_stopped(there: Path, sleeper: RunningProcess) -> None:
    StackState(elasticsearch=Service(process=sleeper, port=9200, fingerprint="")).save(there / "stack.json")
    CliRunner().invoke(down, ["--purge"], input="n\n")
    assert sleeper.alive


def test_the_commands_know_the_password_of_a_secure_stack(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    assert with_login(settings) == settings
    made = kept_password(tmp_path, None).get_secret_value()
    assert len(made) >= 32 and password_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert kept_password(tmp_path, None).get_secret_value() == made
    assert with_login(settings) == settings  # it is not asked for yet
    StackState(remembered=Remembered(secure=True)).save(tmp_path / "stack.json")
    login = with_login(settings)
    assert login.username == "elastic" and login.password is not None and login.password.get_secret_value() == made
    for other in ({"url": "http://127.0.0.1:9200"}, {"api_key": "key"}, {"username": "me", "password": "mine"}):
        given = Settings(state_dir=tmp_path, **other)  # type: ignore[arg-type]
        assert with_login(given) == given


def test_the_state_folder_may_be_a_link_of_its_owner(tmp_path: Path) -> None:
    """To another disk, say."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "disk")
    StackState(remembered=Remembered(secure=True)).save(tmp_path / "state/stack.json")
    made = kept_password(tmp_path / "state", None).get_secret_value()
    assert {path.name for path in (tmp_path / "disk").iterdir()} == {"stack.json", "password"}
    login = with_login(Settings(state_dir=tmp_path / "state"))
    assert login.password is not None and login.password.get_secret_value() == made


def test_a_password_of_ones_own_is_kept_too(tmp_path: Path) -> None:
    assert kept_password(tmp_path, SecretStr("of my own")).get_secret_value() == "of my own"
    assert kept_password(tmp_path, None).get_secret_value() == "of my own"


def test_a_password_that_is_not_there_is_reported(tmp_path: Path) -> None:
    StackState(remembered=Remembered(secure=True)).save(tmp_path / "stack.json")
    with pytest.raises(StateUnusable, match=f"{tmp_path}/password.*No such file.*IMAGE_SYNSET_PASSWORD"):
        with_login(Settings(state_dir=tmp_path))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's sidecar could have run as another user before")
def test_roots_sidecar_does_not_read_what_another_user_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the clone is below a folder that is closed to nobody."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    tmp_path.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    user = ServiceUser("nobody", nobody.pw_uid, nobody.pw_gid)
    cache, models, closed = tmp_path / "cache", tmp_path / "models", tmp_path / "closed"
    user.owns(cache, models)
    (cache / "cache.db").touch()
    closed.mkdir(mode=0o700)
    started = []
    monkeypatch.setattr(processes, "start", lambda *_, **options: started.append(options))
    log = tmp_path / "log"
    LocalSidecar(closed, 8500, "auto", {}, user, tmp_path / "home", cache, models, log).start(Report.quiet())
    (options,) = started
    assert options["user"].uid == 0 and "AWS_SECRET_ACCESS_KEY" not in options["env"]
    assert (cache.stat().st_uid, models.stat().st_uid) == (0, 0)
    assert list(cache.iterdir()) == []
