"""A plain buyer's page over the public API, for the demo only: the mini-program replaces and deletes it.

It is this package, templates/buyer_demo/ and static/buyer_demo/, and nothing else.
"""
