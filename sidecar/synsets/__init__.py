"""What a model's classes are called, and the concepts above them; ImageNet's are facts of WordNet."""
