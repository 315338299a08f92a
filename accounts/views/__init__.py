from .account import account, log_out, log_out_everywhere, rename
from .login import log_in, poll, qr
from .second_factor import enrol, second_factor

__all__ = ["account", "enrol", "log_in", "log_out", "log_out_everywhere", "poll", "qr", "rename", "second_factor"]
