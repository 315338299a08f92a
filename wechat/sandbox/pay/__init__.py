"""api.mch.weixin.qq.com: WeChat Pay APIv3 for an e-commerce platform (收付通)."""
