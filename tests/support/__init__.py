"""What tests of several folders need: servers, stacks, pictures, waiting."""
