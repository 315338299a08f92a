// Plays a merchant with wechatpay-axios-plugin, unchanged but for the address it talks to.
// Reads {baseURL, keys, body, ...} on standard input and prints what it saw as JSON.
const { Wechatpay, Rsa, Aes, Multipart, Hash } = require('wechatpay-axios-plugin');

async function refusal(call) {
  try {
    await call();
    return 'accepted';
  } catch (error) {
    return error.response?.data?.code || error.code;
  }
}

async function main() {
  const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const wxpay = new Wechatpay({
    mchid: given.mchid,
    serial: given.serial,
    privateKey: given.privateKey,
    certs: { [given.publicKeyId]: given.publicKey },
    baseURL: given.baseURL,
  });
  const transactions = wxpay.v3.pay.partner.transactions;
  const order = { out_trade_no: given.body.out_trade_no };
  const params = { sp_mchid: given.mchid, sub_mchid: given.body.sub_mchid };
  const seen = {};

  seen.prepay_id = (await transactions.jsapi.post(given.body)).data.prepay_id;
  seen.state = (await transactions.outTradeNo.$out_trade_no$.get({ params, ...order })).data.trade_state;
  seen.closed = (await transactions.outTradeNo.$out_trade_no$.close.post(params, order)).status;
  seen.again = await refusal(() => transactions.jsapi.post(given.body));
  seen.unknown = await refusal(() => transactions.outTradeNo.$out_trade_no$.get({ params, out_trade_no: 'NOTHING01' }));

  const picture = Buffer.from('89504e470d0a1a0a', 'hex');
  const form = new Multipart();
  const meta = { filename: 'licence.png', sha256: Hash.sha256(picture) };
  form.append('meta', JSON.stringify(meta));
  form.append('file', picture, 'licence.png');
  seen.media_id = (await wxpay.v3.merchant.media.upload.post(form.getBuffer(), { meta, headers: form.getHeaders() })).data.media_id;

  const { nonce, associated_data: aad, ciphertext } = given.notice.resource;
  seen.notice = JSON.parse(Aes.AesGcm.decrypt(ciphertext, given.apiv3Key, nonce, aad));
  const { timestamp, nonce: word, signature, text } = given.signed;
  seen.verified = Rsa.verify(`${timestamp}\n${word}\n${text}\n`, signature, Rsa.from(given.publicKey, Rsa.KEY_TYPE_PUBLIC));
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error.message, error.response?.data ?? '');
  process.exit(1);
});
