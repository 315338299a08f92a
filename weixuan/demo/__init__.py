"""The demo's data and its doors. Everything here is made up by us; nothing of it runs in production."""
