"""Settings of the commands: environment variables `IMAGE_SYNSET_*`, one typed class."""

from pathlib import Path

from platformdirs import PlatformDirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

# Root's own folders are closed to the unprivileged user Elasticsearch then runs as, so root uses the site's.
_DIRS = PlatformDirs("image-synset", appauthor=False, use_site_for_root=True)

SUPPORTED_VERSION = r"^(8\.19|9\.\d+)\.\d+$"
"""The versions of Elasticsearch that the plugin has a build for."""


class Settings(BaseSettings):
    """Where Elasticsearch is, how to log in, and where the local stack keeps its files."""

    model_config = SettingsConfigDict(env_prefix="IMAGE_SYNSET_", frozen=True)

    url: str | None = Field(default=None, description="Elasticsearch's address; unset: the running local stack's")
    index: str = Field(default="image-synset", description="index to write to and search in")
    api_key: SecretStr | None = Field(default=None, description="API key; wins over username and password")
    username: str | None = None
    password: SecretStr | None = None
    elasticsearch: str | None = Field(
        default=None,
        pattern=SUPPORTED_VERSION,
        description="the version that `up` starts; unset: the last, else ELASTICSEARCH_HOME's or the project's",
    )
    bulks: int | None = Field(
        default=None, ge=1, le=64, description="bulk requests that `index` sends at the same time; unset: as tuned"
    )
    bulk_photos: int | None = Field(
        default=None, ge=1, le=500, description="most photos in one of them; unset: as tuned"
    )
    ca_certs: Path | None = Field(
        default=None, description="PEM file of the authority that signed the server's certificate"
    )
    cache_dir: Path = Field(
        default_factory=lambda: _DIRS.user_cache_path,
        description="what is downloaded or built, shared by all clones and stacks",
    )
    state_dir: Path = Field(
        default_factory=lambda: _DIRS.user_state_path,
        description="one local stack: its node, data and logs; another folder is another stack",
    )
