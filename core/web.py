"""Every page says who may open it; a test walks the URL resolver and fails on one that doesn't."""


def public(view):
    """Declare a page that anybody may open."""
    view.declared = "public"
    return view
