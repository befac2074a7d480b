"""Settings, addresses and processes of the portal: what decides how it runs, never what it does."""
