"""Names, people, bodies and places: NER backends, titles and posts, who is who."""
