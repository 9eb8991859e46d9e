"""Makes and checks the saved objects that `image-synset setup` imports into Kibana."""
