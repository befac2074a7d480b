"""Audit verbs of the commands."""

from audit.verbs import register

register("demo.loaded", "载入演示数据")
