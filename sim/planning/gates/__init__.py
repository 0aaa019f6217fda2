"""Gates: the conditions under which a wave of stores may go live, judged from the records under a folder."""
