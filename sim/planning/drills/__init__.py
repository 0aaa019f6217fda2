"""Drills: what a peak, a cut or a failure costs a chain, and what each way to soften it is worth."""
