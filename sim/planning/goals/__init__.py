"""Goals: key figures with a limit, a scope, an owner and a date, judged from outcomes or from a table of real figures."""
