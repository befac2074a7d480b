"""Pure policy: time, money, findings, parameters, rules and schemes. No Django, no database, no I/O but YAML."""
