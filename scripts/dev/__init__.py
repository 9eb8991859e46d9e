"""Tools for those who work on the project. Commands for users never need them."""
