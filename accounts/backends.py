"""Sign-in with a user name, and the way sessions find their person."""

from django.contrib.auth.backends import ModelBackend


class UsernameBackend(ModelBackend):
    """Django's own: constant time for unknown names, nobody inactive. Web sign-in by WeChat uses it for its sessions."""
