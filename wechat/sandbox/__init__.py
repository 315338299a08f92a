"""A local stand-in for WeChat and WeChat Pay. It imports nothing of the rest of the project."""
