"""What `image-synset doctor` looks at: each module checks one thing and yields findings."""
