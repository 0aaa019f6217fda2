"""Records of commands whose result is what they made: an installation looked at, a demo, an import, a trace, a draft, pages."""
