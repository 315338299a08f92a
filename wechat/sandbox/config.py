"""What a sandbox is started with. All of it can also be changed while it runs, on the control page."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Config:
    """Settings of one sandbox.

    `callback_url` is the platform's address. Where it is set, notices keep the path of their
    `notify_url` but go to this address, because WeChat Pay demands a public https address that no
    developer's machine has. Where it is empty, notices wait to be fetched (`POST /control/deliver`).
    `clock_speed` is how many seconds WeChat's own work takes in one real second.
    """

    data_dir: Path
    public_url: str = "http://127.0.0.1:8002"
    callback_url: str = ""
    oa_callback_path: str = "/wechat/callback/official-account/"
    mini_callback_path: str = "/wechat/callback/mini-program/"
    mini_url: str = "http://127.0.0.1:8000/b/"
    clock_speed: float = 1.0
    push_encrypted: bool = True
    mini_push_format: str = "json"
    trade_managed: bool = True
    max_split_permyriad: int = 3000
    fee_permyriad: int = 60
    signtest_every: int = 0
    mini_pages: list[str] = field(default_factory=list)
    daily_limits: dict[str, int] = field(default_factory=dict)
    persistent: bool = True
