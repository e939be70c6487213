"""The warehouse and the shelf: how finished figures and files are kept. Nothing is computed here."""
