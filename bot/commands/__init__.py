"""One comment: the slash-command language, one file per verb."""
