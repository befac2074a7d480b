"""The signed REST interface for machine channels. Thin: it reads, authenticates and answers; rules live below."""
