"""The release's software bill of materials (CycloneDX): what the wheel needs to serve, and the plugin's zips."""

import datetime
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.release.python_packages import RELEASE_TIME

PROJECT = "image-synset"
EXTRA = "sidecar"


def write_sbom(artifacts: Iterable[Path], target: Path) -> None:
    """Writes it for the artifacts of one release; the versions are those installed here, which the lock file pins."""
    root = distribution(PROJECT)
    bom = Bom(
        serial_number=uuid.UUID(int=0),
        metadata=BomMetaData(
            component=_component(root, ComponentType.APPLICATION),
            timestamp=datetime.datetime.fromtimestamp(RELEASE_TIME, datetime.UTC),
        ),
    )
    subject = bom.metadata.component
    assert subject is not None
    for artifact in artifacts:
        sha256 = HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(artifact.read_bytes()).hexdigest())
        file = Component(name=artifact.name, type=ComponentType.FILE, bom_ref=artifact.name, hashes=[sha256])
        bom.components.add(file)
    needed = dict(_needed(root))
    components = {name: _component(found, ComponentType.LIBRARY) for name, (found, _) in needed.items()}
    for component in components.values():
        bom.components.add(component)
    bom.register_dependency(subject, [components[name] for name in _requirements(root, {EXTRA}) if name in components])
    for name, (found, extras) in needed.items():
        bom.register_dependency(
            components[name], [components[other] for other in _requirements(found, extras) if other in components]
        )
    content = JsonV1Dot6(bom).output_as_string(indent=2)
    # of what is in it, so that the same release has the same
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(content.encode()).hexdigest())
    target.write_text(JsonV1Dot6(bom).output_as_string(indent=2) + "\n", "utf-8")


def _needed(root: Distribution) -> Iterator[tuple[str, tuple[Distribution, frozenset[str]]]]:
    """All that the root needs with its extra, each package once, with the extras it is needed with."""
    waiting = [*_requirements(root, {EXTRA}).items()]
    seen: dict[str, frozenset[str]] = {}
    while waiting:
        name, extras = waiting.pop()
        if name == PROJECT or (name in seen and extras <= seen[name]):
            continue
        seen[name] = seen.get(name, frozenset()) | extras
        try:
            waiting += _requirements(distribution(name), seen[name]).items()
        except PackageNotFoundError:  # of another platform, whatever its marker says
            del seen[name]
    for name in sorted(seen):
        yield name, (distribution(name), seen[name])


def _requirements(package: Distribution, extras: Iterable[str]) -> dict[str, frozenset[str]]:
    """The packages that one needs here, with the extras that it wants of them."""
    found: dict[str, frozenset[str]] = {}
    for text in package.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            name = canonicalize_name(requirement.name)
            found[name] = found.get(name, frozenset()) | frozenset(requirement.extras)
    return found


def _component(package: Distribution, kind: ComponentType) -> Component:
    name = canonicalize_name(package.metadata["Name"])
    return Component(
        name=name,
        version=package.version,
        type=kind,
        bom_ref=f"{name}=={package.version}",
        purl=PackageURL("pypi", name=name, version=package.version),
        licenses=list(_licenses(package)),
    )


def _licenses(package: Distribution) -> Iterator[LicenseExpression | DisjunctiveLicense]:
    metadata = package.metadata.json
    if expression := metadata.get("license_expression"):
        yield LicenseExpression(str(expression))
        return
    classifiers = [text for text in metadata.get("classifier", []) if text.startswith("License :: ")]
    stated = str(metadata.get("license") or "").strip()
    # some packages have the license's whole text there
    if stated and "\n" not in stated:
        yield DisjunctiveLicense(name=stated)
    elif classifiers:
        yield DisjunctiveLicense(name=classifiers[0].rpartition(" :: ")[2])
