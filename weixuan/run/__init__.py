"""How Weixuan starts: bootstrap, embedded servers, tests, demo, benches.

Nothing here imports Django at module level: these modules run before the
settings may be read, and `bootstrap` runs before anything is installed.
"""
