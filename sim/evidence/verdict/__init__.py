"""A load test judged: validity, findings against targets, and the decision that follows."""
