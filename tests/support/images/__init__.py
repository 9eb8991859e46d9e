"""Pictures, colors and spellings of base64, for tests of images."""
