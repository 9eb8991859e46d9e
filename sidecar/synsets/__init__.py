"""The 1000 classes and the WordNet concepts above them: facts, how they are made, how they are read."""
