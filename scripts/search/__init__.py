"""`image-synset search`: finds photos by words or by a photo."""

from scripts.search.command import print_results
from scripts.search.page import write_page
from scripts.search.searcher import Results, Searcher, read_words, shared_synsets

__all__ = ["Results", "Searcher", "print_results", "read_words", "shared_synsets", "write_page"]
