"""What goes in and what comes out: reading articles, writing records."""
