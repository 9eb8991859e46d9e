"""Two models on one node: ImageNet in front, somebody's own at the back, each processor with sidecars of its own."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from elasticsearch import ApiError, BadRequestError, Elasticsearch

from scripts.connection import connect
from scripts.local.stack import Stack
from scripts.local.state import StackOptions
from scripts.shared.settings import Settings
from scripts.shared.vocabularies import PREFIX, stored
from tests.integration.models.test_own_models import COLORS, as_base64
from tests.integration.models.test_targets import encoded, hits
from tests.support.networks import colored, write_deep_model
from tests.support.node_stats import node_stats
from tests.support.servers.sidecar_server import Server, running
from tests.support.waiting import wait_for_analysis

INDEX = "image-synset-two-models"
PIPELINE = "two-models"
SETTING = "ingest.image_synset.sidecars.parts.urls"


@dataclass
class TwoModels:
    """The node, and the sidecar that it calls `parts`."""

    es: Elasticsearch
    parts: Server
    pictures: dict[str, str]
    cat: str
    folder: Path

    def index(self, id_: str, color: str) -> dict[str, Any]:
        """A cat in front of a color; returns the document."""
        document = {"front_image": self.cat, "back_image": self.pictures[color]}
        self.es.index(index=INDEX, id=id_, document=document, refresh=True)
        source: dict[str, Any] = self.es.get(index=INDEX, id=id_)["_source"]
        return source

    def best(self, template: str, field: str, **params: Any) -> str:
        return hits(self.es, INDEX, template, field=field, **params)[0][0]


@pytest.fixture(scope="module")
def two_models(
    stack: Stack, node_settings: dict[str, str], es: Elasticsearch, cli: Callable[..., Result], shipped: Path
) -> Iterator[TwoModels]:
    with tempfile.TemporaryDirectory(prefix="image-synset-tests-", dir="/var/tmp") as name, ExitStack() as until:
        folder = Path(name)
        model = folder / "model"
        model.mkdir()
        parts = until.enter_context(running(folder, MODEL=str(write_deep_model(model, classes=20, name="parts"))))
        until.callback(wait_for_analysis, es)
        until.callback(stack.up, StackOptions(node_settings=node_settings))
        named = {SETTING: f'["{parts.url("")}"]', "ingest.image_synset.retries": "0"}
        stack.up(StackOptions(node_settings=node_settings | named))
        again = connect(Settings(url=stack.elasticsearch_url))
        wait_for_analysis(again)
        result = cli("setup", "--target", "front", "--target", "back=parts")
        assert result.exit_code == 0, result.output
        until.callback(_clean, again, cli)
        processors = [
            {"image_synset": {"field": f"{side}_image", "target_field": side, "on_unavailable": "pending", **more}}
            for side, more in (("front", {}), ("back", {"sidecar": "parts"}))
        ]
        again.ingest.put_pipeline(id=PIPELINE, processors=processors)
        again.indices.create(index=INDEX, settings={"index.default_pipeline": PIPELINE})
        pictures = {color: as_base64(colored(folder / f"{color}.png", rgb)) for color, rgb in COLORS.items()}
        yield TwoModels(again, parts, pictures, encoded(shipped / "chelsea.png"), folder)


def _clean(es: Elasticsearch, cli: Callable[..., Result]) -> None:
    es.indices.delete(index=INDEX, ignore_unavailable=True)
    es.ingest.delete_pipeline(id=PIPELINE)
    for template in ["image-synset", *(f"image-synset-{name}" for name in stored(es))]:
        es.indices.delete_index_template(name=template)
    for component in ["image-synset", *(f"{PREFIX}{name}" for name in stored(es))]:
        es.cluster.delete_component_template(name=component)
    assert cli("setup").exit_code == 0


def test_each_processor_finds_and_shows_its_own(two_models: TwoModels) -> None:
    for color in COLORS:
        source = two_models.index(color, color)
        assert [source[side]["image_analysis"]["status"] for side in ("front", "back")] == ["ok", "ok"], source
        assert source["back"]["top_synset"] == color and "cat" in source["front"]["concepts"]
        assert source["back"]["image_analysis"]["model"]["vocabulary"] == "parts"
    for color, picture in two_models.pictures.items():
        # nobody says which sidecar: the field's vocabulary does
        assert two_models.best("search-by-image", "back", image=picture) == color
        assert two_models.best("search-by-image", "back", image=picture, sidecar="parts") == color
        assert two_models.best("search-by-keyword", "back", words=color) == color
        assert two_models.best("search-by-synsets", "back", synsets={color: 1}) == color
        like = {"index": INDEX, "id": color, "include_self": True}
        assert two_models.best("search-like-document", "back", **like) == color
    assert len(hits(two_models.es, INDEX, "search-by-keyword", field="front", words="cat")) == 3
    assert len(hits(two_models.es, INDEX, "search-by-image", field="front", image=two_models.cat)) == 3
    with pytest.raises(BadRequestError, match=r"vocabulary \[parts\].* found \[imagenet\]"):
        two_models.best("search-by-image", "front", image=two_models.cat, sidecar="parts")


def test_a_name_that_the_node_does_not_have_is_refused(two_models: TwoModels) -> None:
    with pytest.raises(BadRequestError, match=r"this node has \[parts\], found \[shop\]; set \[ingest.image_synset"):
        two_models.es.ingest.put_pipeline(id="unknown", processors=[{"image_synset": {"sidecar": "shop"}}])
    with pytest.raises(BadRequestError, match=r"\[sidecar\] to be one of \[parts\].* found \[shop\]"):
        hits(two_models.es, INDEX, "search-by-image", image=two_models.cat, sidecar="shop")


def examined(cli: Callable[..., Result], check: str) -> list[tuple[str, str]]:
    """What doctor finds below `back`."""
    findings = json.loads(cli("doctor", "--json", "--index", INDEX, "--field", "back").stdout)
    return [(finding["status"], finding["found"]) for finding in findings if finding["check"] == check]


def test_photos_are_indexed_by_the_sidecar_that_a_pipeline_names(
    two_models: TwoModels, cli: Callable[..., Result]
) -> None:
    es, index = two_models.es, "image-synset-parts"
    es.ingest.put_pipeline(id="parts", processors=[{"image_synset": {"sidecar": "parts", "packed_scores": True}}])
    try:
        for expected in ({"indexed": len(COLORS)}, {"skipped": len(COLORS)}):
            files = [str(two_models.folder / f"{color}.png") for color in COLORS]
            result = cli("index", *files, "--index", index, "--pipeline", "parts", "--json")
            assert result.exit_code == 0, result.output
            assert expected.items() <= json.loads(result.stdout).items()
        # by the other model they would wait forever: no advice to wait for the sidecar
        result = cli("index", *files, "--index", index)
        assert result.exit_code == 1 and "other_vocabulary" not in result.output
        assert "vocabulary" in result.stderr and "Start the sidecar" not in result.stderr
    finally:
        es.indices.delete(index=index, ignore_unavailable=True)
        es.ingest.delete_pipeline(id="parts")


def test_doctor_and_backfill_ask_the_sidecars_of_the_field(two_models: TwoModels, cli: Callable[..., Result]) -> None:
    es = two_models.es
    for color in COLORS:
        two_models.index(color, color)
    assert examined(cli, "vocabularies")[0][0] == "ok" and "20 classes" in examined(cli, "vocabularies")[0][1]
    assert [status for status, _ in examined(cli, "documents")] == ["ok"]
    older = {"back": {"image_analysis": {"model": {"version": "0-older"}}}}
    es.update(index=INDEX, id="red", doc=older, refresh=True)
    assert [status for status, _ in examined(cli, "documents")] == ["warning"]
    again = cli("backfill", "--index", INDEX, "--field", "back", "--stale", "--from", str(two_models.folder), "--json")
    assert again.exit_code == 0, again.output
    account = json.loads(again.stdout)
    assert (account["selected"], account["ok"]) == (1, 1)
    assert [status for status, _ in examined(cli, "documents")] == ["ok"]


def test_a_vocabulary_that_the_cluster_has_otherwise_is_reported(
    two_models: TwoModels, cli: Callable[..., Result]
) -> None:
    es, name = two_models.es, f"{PREFIX}parts"
    [found] = es.cluster.get_component_template(name=name)["component_templates"]
    template = found["component_template"]
    vocabulary = template["_meta"]["image_synset"]["vocabulary"]

    def put(**changes: Any) -> None:
        meta = {"image_synset": {"vocabulary": {**vocabulary, "hash": "0" * 64, **changes}}}
        es.cluster.put_component_template(name=name, template=template["template"], meta=meta)

    put(classes=vocabulary["classes"][:-1])
    assert ("warning", "adds part_19") in [(status, found[-12:]) for status, found in examined(cli, "vocabularies")]
    put(classes=[*vocabulary["classes"], {**vocabulary["classes"][0], "name": "gone"}])
    assert ("error", "lacks gone") in [(status, found[-10:]) for status, found in examined(cli, "vocabularies")]
    put()
    assert "other words" in examined(cli, "vocabularies")[0][1]
    assert cli("setup").exit_code == 0
    assert [status for status, _ in examined(cli, "vocabularies")] == ["ok"]


def test_one_that_is_broken_leaves_the_other(two_models: TwoModels, cli: Callable[..., Result], shipped: Path) -> None:
    es = two_models.es
    two_models.index("red", "red")
    findings = json.loads(cli("doctor", "--json", "--index", INDEX).stdout)
    texts = [finding["found"] for finding in findings if finding["check"] in ("sidecar", "breaker", "models")]
    assert sum("(parts)" in found for found in texts) == 2 and sum("name parts" in found for found in texts) == 1, texts
    assert not [finding for finding in findings if finding["status"] == "error"], findings

    before = node_stats(es)["documents"]["pending"]
    two_models.parts.process.terminate()
    two_models.parts.process.wait(60)
    source = two_models.index("later", "blue")
    assert source["front"]["image_analysis"]["status"] == "ok"
    back = source["back"]["image_analysis"]
    assert (back["status"], back["error"]["type"]) == ("pending", "sidecar_unavailable")
    assert SETTING in back["error"]["reason"] and source["back_image"] == two_models.pictures["blue"]
    assert two_models.best("search-by-image", "front", image=two_models.cat)
    assert two_models.best("search-by-keyword", "back", words="red") == "red"
    # the answer is remembered for a minute, so a photo that was not searched for before
    with pytest.raises(ApiError) as refused:
        two_models.best("search-by-image", "back", image=encoded(shipped / "coffee.png"))
    assert refused.value.status_code == 503 and SETTING in str(refused.value.body)

    node = node_stats(es)
    assert [sidecar.get("name") for sidecar in node["sidecars"]] == [None, "parts"]
    assert node["sidecars"][0]["consecutive_failures"] == 0 < node["sidecars"][1]["consecutive_failures"]
    assert node["named"]["parts"]["documents"]["pending"] == node["documents"]["pending"] - before == 1
    findings = json.loads(cli("doctor", "--json", "--index", INDEX).stdout)
    [error] = [finding for finding in findings if finding["status"] == "error"]
    assert error["check"] == "sidecar" and "(parts)" in error["found"] and SETTING in error["fix"]
