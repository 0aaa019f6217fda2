"""Quarterly health: response, errors, satisfaction and stock discrepancy, quarter by quarter, from runs, load tests and tables."""
