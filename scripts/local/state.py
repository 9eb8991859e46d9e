"""What is remembered of a running stack: one JSON file in the state folder."""

from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from scripts.local.host.files import write_new
from scripts.local.host.processes import RunningProcess
from scripts.shared.errors import StateUnusable


def state_file(folder: Path) -> Path:
    """Where the stack of one state folder is remembered."""
    return folder / "stack.json"


class StackOptions(BaseModel):
    """How to start the stack; None means: as it runs already, else the default."""

    elasticsearch: str | None = Field(default=None, description="its version; default the project's")
    port: int | None = Field(default=None, description="Elasticsearch's; default the one it had, else 9200 or any free")
    sidecar_port: int | None = Field(default=None, description="the sidecar's; default the one it had, else 8500")
    model: str | None = Field(default=None, description="the sidecar's SIDECAR_MODEL; default auto")
    secure: bool | None = Field(default=None, description="whether to ask for a password; default as it was, else not")
    heap: str | None = Field(default=None, description="Elasticsearch's heap, as the JVM writes sizes; default 1g")
    node_settings: dict[str, str] | None = Field(default=None, description="more lines of elasticsearch.yml")
    sidecar_environment: dict[str, str] | None = Field(default=None, description="more environment of the sidecar")

    def overridden_by(self, given: "StackOptions") -> "StackOptions":
        return self.model_copy(update=given.model_dump(exclude_none=True))


class Service(BaseModel):
    """A service that was started, with a fingerprint of all it was started from."""

    process: RunningProcess
    port: int
    fingerprint: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Remembered(BaseModel):
    """What a stopped stack goes on with when it is started again."""

    ports: dict[str, int] = Field(default={}, description="the port last used, by its purpose")
    elasticsearch: str | None = Field(default=None, description="the version last asked for, if one was")
    secure: bool = Field(default=False, description="whether Elasticsearch asks for the password in the state folder")
    data_version: str | None = Field(default=None, description="the version that wrote the node's data last")


class StackState(BaseModel):
    """What runs and how it was asked to, and what is remembered of a stack that does not run."""

    options: StackOptions = StackOptions()
    remembered: Remembered = Remembered()
    elasticsearch: Service | None = None
    sidecar: Service | None = None

    def running(self) -> dict[str, Service]:
        """Returns the services that were started and not stopped, by name."""
        named = {"elasticsearch": self.elasticsearch, "sidecar": self.sidecar}
        return {name: service for name, service in named.items() if service}

    def url_of(self, name: str) -> str | None:
        """The address of a service while its process runs."""
        service = self.running().get(name)
        return service.url if service and service.process.alive else None

    def listens(self, name: str) -> bool:
        """Whether the service itself answers at its address, where meanwhile somebody else's server might."""
        service = self.running().get(name)
        return service is not None and service.process.listens_on(service.port)

    @classmethod
    def load(cls, file: Path) -> "StackState":
        """Reads the file; a stack without one does not run.

        Raises:
            StateUnusable: the file is not what `save` writes.
        """
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return cls()
        except (OSError, ValidationError) as error:
            raise StateUnusable(
                f"Expected {file} to describe the local stack, found: {error}. "
                "Stop what runs of it by hand, then remove the file."
            ) from error

    def save(self, file: Path) -> None:
        """Writes the file in one step: who reads it meanwhile gets the old or the new one."""
        file.parent.mkdir(parents=True, exist_ok=True)
        # the sidecar's environment may hold its token
        write_new(file.parent.resolve() / file.name, self.model_dump_json(indent=2), mode=0o600)
