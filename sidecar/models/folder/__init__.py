"""A model in a folder: a network's file and model.yaml, the manifest that says what the network takes and gives."""
