"""The review page: drawing, keeping, blinding, figures, the command, and the page in a browser."""
