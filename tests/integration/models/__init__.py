"""Models, vocabularies and layouts of indices beside ImageNet's."""
