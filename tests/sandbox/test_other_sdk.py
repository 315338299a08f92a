"""An SDK that others wrote, in another language, works with the sandbox by a change of address alone."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from weixuan.run.frontend import find_npm

HERE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The SDK in a folder of this run's own, and the environment that finds its Node."""
    npm = find_npm()
    if npm is None:
        pytest.skip("no Node 20 or newer, or no npm")
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "client.js"):
        shutil.copy(HERE / name, folder)
    environment = os.environ | {"PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        pytest.skip("npm got no answer from its registry within three minutes")
    if done.returncode:
        pytest.skip(f"npm could not install the SDK: {done.stderr.strip()[-300:]}")
    return folder, environment


def test_axios_plugin_prepays_queries_closes_uploads_and_reads_notices(installed, sandbox, merchant, shop, buyer):
    folder, environment = installed
    merchant.paid(shop, buyer, "ORDER0002")
    [waiting] = sandbox.post("/control/deliver")["requests"]
    text = base64.b64decode(waiting["body"]).decode()
    headers = waiting["headers"]
    known = merchant.known
    given = {
        "baseURL": sandbox.url,
        "mchid": known.sp_mchid,
        "serial": known.cert_serial,
        "privateKey": known.merchant_private_key,
        "publicKeyId": known.public_key_id,
        "publicKey": known.platform_public_key,
        "apiv3Key": known.apiv3_key,
        "body": merchant.prepay_body(shop, buyer),
        "notice": json.loads(text),
        "signed": {
            "timestamp": headers["Wechatpay-Timestamp"],
            "nonce": headers["Wechatpay-Nonce"],
            "signature": headers["Wechatpay-Signature"],
            "text": text,
        },
    }
    done = subprocess.run(
        ["node", "client.js"],
        cwd=folder, env=environment, input=json.dumps(given), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["prepay_id"].startswith("wx")
    assert (seen["state"], seen["closed"], seen["again"]) == ("NOTPAY", 204, "ORDER_CLOSED")
    assert seen["unknown"] == "ORDER_NOT_EXIST"
    assert len(seen["media_id"]) == 96
    assert (seen["notice"]["out_trade_no"], seen["verified"]) == ("ORDER0002", True)
