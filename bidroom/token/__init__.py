"""`bidroom token`: keys on devices, for pages: a program beside the browser (docs/ukey.md)."""
