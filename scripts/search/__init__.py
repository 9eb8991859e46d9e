"""`image-synset search`: finds photos by words or by a photo."""

from scripts.search.command import print_results
from scripts.search.page import write_page
from scripts.search.searcher import Results, Searcher, shared_synsets, told_words

__all__ = ["Results", "Searcher", "print_results", "shared_synsets", "told_words", "write_page"]
