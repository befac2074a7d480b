"""The outside: channels and signatures, idempotency, outbox, authority questions and answers, spreadsheets."""
