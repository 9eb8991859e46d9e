"""`python -m scripts.release`: for those who publish, or need the plugin for their own Elasticsearch."""

from scripts.release.command import release

release()
