"""api.weixin.qq.com and mp.weixin.qq.com: official account and mini-program."""
