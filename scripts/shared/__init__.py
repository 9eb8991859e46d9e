"""What several commands need. It knows none of them."""
