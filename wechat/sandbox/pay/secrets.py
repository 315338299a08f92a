"""Personal data that the merchant encrypted with WeChat Pay's public key."""

from ..world import World
from .errors import PayError


def reveal(world: World, ciphertext: str, path: str) -> str:
    """Decrypt one field. Raises PARAM_ERROR where it was sent in clear or for another key."""
    try:
        return world.keys.decrypt(ciphertext)
    except ValueError:
        message = f"输入源“/body{path}”映射到字段“{path.rsplit('/', 1)[-1]}”解密失败，请使用微信支付公钥加密"
        raise PayError("PARAM_ERROR", message, detail={"location": "body", "field": path}) from None
