"""The phone: what a person sees and does in WeChat, as a page and as an API."""
