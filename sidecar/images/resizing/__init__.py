"""A part of a resized picture, without what is beside it: by Pillow, or with the same bits by compiled functions."""
