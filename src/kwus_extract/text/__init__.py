"""Reading the shape of an article: folding, tokens, sentences, zones."""
