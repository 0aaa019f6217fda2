"""Tasks of a rollout out of other tools: Microsoft Project's XML, CSV and workbooks, read into the section `rollout`."""
