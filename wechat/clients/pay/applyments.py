"""Sub-merchant applications of an e-commerce platform (二级商户进件, /v3/ecommerce/applyments) and their pictures."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from .core import PayCore, encode_path

ROOT = "/v3/ecommerce/applyments"
MAX_IMAGE_BYTES = 2 * 1024 * 1024
IMAGE_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "bmp": "image/bmp"}

# 小微, 个人卖家, 个体工商户, 企业 (organization_type).
MICRO, INDIVIDUAL_SELLER, SOLE_TRADER, COMPANY = "2401", "2500", "4", "2"

# Section -> the fields that only WeChat may read.
ENCRYPTED_FIELDS: dict[str, set[str]] = {
    "id_card_info": {"id_card_name", "id_card_number", "id_card_address"},
    "id_doc_info": {"id_doc_name", "id_doc_number", "id_doc_address"},
    "ubo_info_list": {"ubo_id_doc_name", "ubo_id_doc_number", "ubo_id_doc_address"},
    "account_info": {"account_name", "account_number"},
    "contact_info": {"contact_name", "contact_id_card_number", "mobile_phone", "contact_email"},
}


@dataclass(frozen=True)
class Applyment:
    """`state`: CHECKING, ACCOUNT_NEED_VERIFY, AUDITING, NEED_SIGN, FINISH, REJECTED or FROZEN.

    `sign_url` is for the merchant's eyes at NEED_SIGN; `rejections` are (field, reason) pairs.
    """

    applyment_id: str
    out_request_no: str
    state: str
    state_text: str
    sub_mchid: str
    sign_url: str
    legal_validation_url: str
    rejections: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Applyment":
        return cls(
            applyment_id=str(data["applyment_id"]),
            out_request_no=data["out_request_no"],
            state=data["applyment_state"],
            state_text=data.get("applyment_state_desc") or "",
            sub_mchid=data.get("sub_mchid") or "",
            sign_url=data.get("sign_url") or "",
            legal_validation_url=data.get("legal_validation_url") or "",
            rejections=tuple((d["param_name"], d["reject_reason"]) for d in data.get("audit_detail") or ()),
        )


class Applyments(PayCore):
    def submit_applyment(
        self, *, out_request_no: str, organization_type: str, merchant_shortname: str, sections: Mapping[str, Any]
    ) -> str:
        """Apply for a sub-merchant (POST /v3/ecommerce/applyments/) and return the applyment_id.

        Args:
            out_request_no: ours; the same again is the same application.
            organization_type: MICRO, INDIVIDUAL_SELLER, SOLE_TRADER or COMPANY.
            sections: account_info, contact_info, sales_scene_info, id_card_info, business_license_info… by
                WeChat's names and in clear; what ENCRYPTED_FIELDS names is encrypted in a copy. Pictures are
                media_ids of `upload_image`.

        Raises:
            WeChatError: PARAM_ERROR names the field.
        """
        body = {
            "out_request_no": out_request_no,
            "organization_type": organization_type,
            "merchant_shortname": merchant_shortname,
            **encrypt_sections(sections, self.encrypt),
        }
        return str(self.call("POST", f"{ROOT}/", body=body)["applyment_id"])

    def query_applyment(self, *, applyment_id: str) -> Applyment:
        """Read an application by WeChat's number."""
        return Applyment.parse(self.call("GET", encode_path(f"{ROOT}/{{}}", applyment_id)))

    def query_applyment_by_request(self, *, out_request_no: str) -> Applyment:
        """Read an application by ours. Raises WeChatError `is_not_found` where it never arrived."""
        return Applyment.parse(self.call("GET", encode_path(f"{ROOT}/out-request-no/{{}}", out_request_no)))

    def upload_image(self, *, content: bytes, filename: str) -> str:
        """Upload a licence or identity card (POST /v3/merchant/media/upload): JPEG, PNG or BMP, at most 2 MB.

        Returns:
            media_id
        """
        mime_type = IMAGE_TYPES.get(filename.rpartition(".")[2].lower())
        if not mime_type or len(content) > MAX_IMAGE_BYTES:
            raise ValueError("WeChat Pay takes JPEG, PNG and BMP up to 2 MB")
        meta = json.dumps({"filename": filename, "sha256": hashlib.sha256(content).hexdigest()})
        description = RequestField("meta", meta)
        description.make_multipart(content_type="application/json")
        form, content_type = encode_multipart_formdata([description, ("file", (filename, content, mime_type))])
        # The signature covers `meta`, which covers the file by its hash.
        result = self._exchange(
            "POST", "/v3/merchant/media/upload", signed=meta, content=form, content_type=content_type
        )
        return result["media_id"]


def encrypt_sections(sections: Mapping[str, Any], encrypt: Callable[[str], str]) -> dict[str, Any]:
    """A copy with what only WeChat may read encrypted; the caller's own stays as it was, so a retry sends the same."""
    out: dict[str, Any] = {}
    for name, section in sections.items():
        secret = ENCRYPTED_FIELDS.get(name, set())
        if isinstance(section, Mapping):
            out[name] = _encrypt_fields(section, secret, encrypt)
        elif isinstance(section, list):
            out[name] = [_encrypt_fields(s, secret, encrypt) if isinstance(s, Mapping) else s for s in section]
        else:
            out[name] = section
    return out


def _encrypt_fields(section: Mapping[str, Any], secret: set[str], encrypt: Callable[[str], str]) -> dict[str, Any]:
    return {key: encrypt(value) if key in secret and value else value for key, value in section.items()}
