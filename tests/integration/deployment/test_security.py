"""With security turned on: each role can do its job, and is refused what is not its job."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from elasticsearch import AuthenticationException, AuthorizationException, BadRequestError, Elasticsearch

from scripts.cli import main
from scripts.shared.assets import ES_CONFIG, put_roles
from tests.support.pictures import jpeg
from tests.support.servers.secured import SecuredNode

INDEX = "image-synset-secured"
ROLES = {path.stem.removeprefix("image-synset-"): path for path in (ES_CONFIG / "roles").glob("*.json")}


@pytest.fixture(scope="module")
def keys(secured: SecuredNode) -> dict[str, str]:
    """An API key of each role, made as docs/security.md says; the roles are put by the command."""
    made = {}
    for role, path in ROLES.items():
        descriptors = {path.stem: json.loads(path.read_text("utf-8"))}
        made[role] = secured.admin.security.create_api_key(name=role, role_descriptors=descriptors)["encoded"]
    return made


@pytest.fixture(scope="module")
def clients(secured: SecuredNode, keys: dict[str, str]) -> dict[str, Elasticsearch]:
    return {role: secured.client(api_key=key) for role, key in keys.items()}


@pytest.fixture(scope="module")
def photo(shipped: Path) -> Path:
    return shipped / "coffee.png"


def command(secured: SecuredNode, key: str, *arguments: str) -> Result:
    environment = {
        "IMAGE_SYNSET_URL": secured.url,
        "IMAGE_SYNSET_CA_CERTS": str(secured.ca_certs),
        "IMAGE_SYNSET_API_KEY": key,
    }
    return CliRunner().invoke(main, [*arguments, "--json"], env=environment)


@pytest.fixture(scope="module")
def run(secured: SecuredNode, keys: dict[str, str]) -> Callable[..., Result]:
    """A command as one of the roles."""
    return lambda role, *arguments: command(secured, keys[role], *arguments, "--index", INDEX)


@pytest.fixture(scope="module")
def indexed(secured: SecuredNode, run: Callable[..., Result], photo: Path) -> str:
    """The operator sets up, the indexer indexes: in this order the index does not exist yet."""
    result = run("operator", "setup")
    assert result.exit_code == 0, result.output
    result = run("indexer", "index", str(photo))
    assert result.exit_code == 0, result.output
    secured.admin.indices.refresh(index=INDEX)
    return INDEX


def test_the_indexer_indexes_and_runs_again(secured: SecuredNode, run: Callable[..., Result], indexed: str) -> None:
    error = {"type": "sidecar_unavailable", "reason": "away"}
    pending = {"image": jpeg(1), "image_analysis": {"status": "pending", "error": error}}
    secured.admin.index(index=indexed, id="pending", document=pending, pipeline="_none", refresh=True)
    result = run("indexer", "backfill")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["ok"] == 1
    assert run("indexer", "backfill", "--stale").exit_code == 0


def test_the_searcher_searches_by_image_words_and_document(
    run: Callable[..., Result], clients: dict[str, Elasticsearch], indexed: str, photo: Path
) -> None:
    for arguments in (("--image", str(photo)), ("--keyword", "coffee")):
        result = run("searcher", "search", *arguments)
        assert result.exit_code == 0, result.output
        found = json.loads(result.stdout)["hits"][0]
        assert found["filename"] == photo.name
    assert run("searcher", "search", "--like", found["id"]).exit_code == 0
    params = {"synsets": {"espresso": 1}}
    by_synsets = clients["searcher"].search_template(index=indexed, id="search-by-synsets", params=params)
    assert by_synsets["hits"]["hits"][0]["_id"] == found["id"]


def test_the_operator_sets_up_again_and_examines(run: Callable[..., Result], indexed: str) -> None:
    assert run("operator", "setup").exit_code == 0
    result = run("operator", "doctor")
    findings = json.loads(result.stdout)
    assert result.exit_code == 0 and {finding["status"] for finding in findings} == {"ok"}, findings


def test_who_may_not_look_sees_that_check_by_check(run: Callable[..., Result], indexed: str) -> None:
    findings = {finding["check"]: finding for finding in json.loads(run("indexer", "doctor").stdout)}
    assert "cluster:admin/image_synset/test" in findings["sidecar"]["found"]
    assert findings["sidecar"]["status"] == "warning" and "image-synset-operator" in findings["sidecar"]["fix"]
    assert findings["documents"]["status"] == "ok"


REFUSED: dict[str, list[Callable[[Elasticsearch], Any]]] = {
    "searcher": [
        lambda es: es.index(index=INDEX, document={"image": jpeg(1)}),
        lambda es: es.delete(index=INDEX, id="1"),
        lambda es: es.ingest.simulate(pipeline={"processors": []}, docs=[{"_source": {}}]),
        lambda es: es.search(index="other"),
        lambda es: es.get_script(id="search-by-image"),
        lambda es: es.perform_request("POST", "/_image_synset/test"),
        lambda es: es.perform_request("GET", "/_image_synset/stats"),
    ],
    "indexer": [
        lambda es: es.ingest.put_pipeline(id="image-synset", processors=[]),
        lambda es: es.put_script(id="synset-inner-product", script={"lang": "painless", "source": "1"}),
        lambda es: es.cluster.put_component_template(name="image-synset", template={}),
        lambda es: es.index(index="other", document={}),
        lambda es: es.delete(index=INDEX, id="1"),
        lambda es: es.indices.delete(index=INDEX),
        lambda es: es.perform_request("POST", "/_image_synset/test"),
        lambda es: es.perform_request("GET", "/_image_synset/stats"),
    ],
    "operator": [
        lambda es: es.index(index=INDEX, document={"image": jpeg(1)}),
        lambda es: es.indices.delete(index=INDEX),
        lambda es: es.cluster.put_settings(persistent={"ingest.image_synset.in_flight": 1}),
        lambda es: es.security.put_role(name="image-synset-operator", cluster=["all"]),
    ],
    "gallery": [
        lambda es: es.index(index=INDEX, document={"image": jpeg(1)}),
        lambda es: es.delete(index=INDEX, id="1"),
        lambda es: es.search(index="other"),
        lambda es: es.ingest.put_pipeline(id="image-synset", processors=[]),
        lambda es: es.perform_request("POST", "/_image_synset/test"),
    ],
    "evaluator": [
        lambda es: es.index(index=INDEX, document={"image": jpeg(1)}),
        lambda es: es.search(index=INDEX),
        lambda es: es.indices.delete(index=INDEX),
        lambda es: es.ingest.put_pipeline(id="image-synset", processors=[]),
        lambda es: es.perform_request("POST", "/_image_synset/test"),
    ],
}


@pytest.mark.parametrize(("role", "number"), [(role, n) for role, all_ in REFUSED.items() for n in range(len(all_))])
def test_what_is_not_the_roles_job_is_refused(
    clients: dict[str, Elasticsearch], indexed: str, role: str, number: int
) -> None:
    with pytest.raises(AuthorizationException) as caught:
        REFUSED[role][number](clients[role])
    assert "is unauthorized for" in str(caught.value.body)


def test_without_a_login_nothing_is_done(secured: SecuredNode, indexed: str) -> None:
    with pytest.raises(AuthenticationException):
        secured.client().search(index=indexed)
    arguments = ["search", "--keyword", "cat", "--url", secured.url]
    result = CliRunner().invoke(main, [*arguments, "--ca-certs", str(secured.ca_certs)])
    assert result.exit_code == 1 and "Set --api-key, or --username and --password" in result.output
    # and whoever does not trust the certificate gets no further
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1 and "--ca-certs" in result.output


def lacking(role: dict[str, Any], privilege: str) -> dict[str, Any]:
    (rights,) = role["indices"]
    return {
        "cluster": [other for other in role["cluster"] if other != privilege],
        "indices": [{**rights, "privileges": [other for other in rights["privileges"] if other != privilege]}],
    }


@pytest.mark.parametrize("role", ["indexer", "operator"])  # the searcher has but one
def test_each_privilege_is_needed(secured: SecuredNode, indexed: str, photo: Path, role: str) -> None:
    """Without any one of them some part of the job is refused."""
    jobs = {
        "indexer": [("index", str(photo), "--index", "image-synset-least"), ("backfill", "--index", INDEX)],
        "operator": [("setup",), ("doctor", "--index", INDEX)],
    }
    descriptor = json.loads(ROLES[role].read_text("utf-8"))
    for privilege in (*descriptor["cluster"], *descriptor["indices"][0]["privileges"]):
        key = secured.admin.security.create_api_key(
            name="less", role_descriptors={role: lacking(descriptor, privilege)}
        )["encoded"]
        secured.admin.indices.delete(index="image-synset-least", ignore_unavailable=True)
        results = [command(secured, key, *job) for job in jobs[role]]
        refused = any(result.exit_code or "not allowed" in result.stdout for result in results)
        assert refused, privilege


def test_setup_puts_the_roles_as_they_are_in_the_files(secured: SecuredNode, indexed: str) -> None:
    assert list(put_roles(secured.admin)) == [f"roles/{path.stem}" for path in sorted(ROLES.values())]
    for path in ROLES.values():
        role, wanted = secured.admin.security.get_role(name=path.stem)[path.stem], json.loads(path.read_text("utf-8"))
        assert sorted(role["cluster"]) == sorted(wanted["cluster"]) and role["metadata"] == wanted["metadata"]
        assert sorted(role["indices"][0]["privileges"]) == sorted(wanted["indices"][0]["privileges"])
    # as docs/install.md removes them
    text = (ES_CONFIG.parent / "docs" / "install.md").read_text("utf-8")
    named = re.search(r"for role in ([a-z ]+); do\n.*_security/role/image-synset-\$role", text)
    assert named and sorted(named[1].split()) == sorted(ROLES)
    for role in named[1].split():
        assert secured.admin.security.delete_role(name=f"image-synset-{role}")["found"]


def test_the_operators_command_may_not_put_roles(run: Callable[..., Result], indexed: str) -> None:
    result = run("operator", "setup", "--roles")
    assert result.exit_code == 1 and "403" in result.output and "lacks a privilege" in result.output


def test_not_even_an_administrator_can_choose_the_sidecar_from_outside(
    secured: SecuredNode, indexed: str, photo: Path
) -> None:
    """Only the node's own file names it: whoever sends requests could else read from inside the network."""
    es, elsewhere = secured.admin, "http://127.0.0.1:9"
    with pytest.raises(BadRequestError, match="not dynamically updateable|final setting"):
        es.cluster.put_settings(persistent={"ingest.image_synset.sidecar.urls": [elsewhere]})
    with pytest.raises(BadRequestError, match="not dynamically updateable|final setting"):
        es.cluster.put_settings(persistent={"ingest.image_synset.sidecars.shop.urls": [elsewhere]})
    with pytest.raises(BadRequestError, match=r"expected a name of sidecars, of which this node has \[\]"):
        es.ingest.put_pipeline(id="elsewhere", processors=[{"image_synset": {"sidecar": elsewhere}}])
    for option in ("url", "urls", "sidecar.urls"):
        with pytest.raises(BadRequestError, match="doesn't support one or more provided configuration parameters"):
            es.ingest.put_pipeline(id="elsewhere", processors=[{"image_synset": {option: elsewhere}}])
    with pytest.raises(BadRequestError, match="unknown|unexpected|not recognized|unrecognized"):
        es.indices.create(index="elsewhere", settings={"ingest.image_synset.sidecar.urls": [elsewhere]})
    image = base64.b64encode(photo.read_bytes()).decode()
    for query in (
        {"image": image, "url": elsewhere},
        {"image": image, "sidecar": {"urls": [elsewhere]}},
        {"image": image, "sidecar": elsewhere},
    ):
        with pytest.raises(BadRequestError):
            es.search(index=indexed, query={"image_synset": query})
    for method, path in (("POST", "/_image_synset/test"), ("GET", "/_image_synset/stats")):
        with pytest.raises(BadRequestError, match="unrecognized parameter"):
            es.perform_request(method, f"{path}?url={elsewhere}", headers={"Accept": "application/json"})
