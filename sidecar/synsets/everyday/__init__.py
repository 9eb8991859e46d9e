"""Makes the table of everyday words: what each noun of WordNet leads to among the concepts that a model knows."""
