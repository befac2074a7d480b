"""Audit verbs of scheduled jobs."""

from audit.verbs import register

register("job.done", "作业完成")
