"""Servers and stacks that tests start: real ones to be hurt, and small ones in the place of real ones."""
