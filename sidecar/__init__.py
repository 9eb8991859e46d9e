"""The inference sidecar: an HTTP service that says which ImageNet synsets are in an image."""
