"""Signatures against vectors that others published, and against openssl and coreutils at a shell."""

from __future__ import annotations

from loadtests.adapters.errand import Call
from loadtests.adapters.signing import Hmac, SortedParameters


def test_an_rfc_9421_message_signature():
    """RFC 9421, B.2.5: HMAC-SHA256 over selected components, with the key of B.1.5."""
    key = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    parts = '("date" "@authority" "content-type");created={timestamp};keyid="{key}"'
    form = Hmac(
        "S",
        "K",
        encoding="base64",
        text='"date": Tue, 20 Apr 2021 02:07:55 GMT\n"@authority": example.com\n"content-type": application/json\n'
        f'"@signature-params": {parts}',
        send={"Signature-Input": f"sig-b25={parts}", "Signature": "sig-b25=:{signature}:"},
        secret_is_base64=True,
        now=lambda: 1618884473,
    )
    form.read({"S": key, "K": "test-shared-secret"})
    call = Call("POST", "/foo", [], {}, b'{"hello": "world"}')
    form.dress(call, None)
    assert call.headers["Signature"] == "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:"
    created = 'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"'
    assert call.headers["Signature-Input"] == created


def test_an_hmac_over_method_path_time_and_nonce_as_openssl_makes_it():
    """printf 'POST\\n%%2Fapi%%2Fsave\\n\\nx-api-nonce:n1\\nx-api-timestamp:1700000000\\n' | openssl dgst -sha256 -hmac s3cret -r, in base64"""
    form = Hmac(
        "S",
        encoding="base64(hex)",
        text="{method}\n{quoted_path}\n{query}\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n",
        send={"X-Api-Nonce": "{nonce}", "X-Api-Timestamp": "{timestamp}", "X-Api-Signature": "{signature}"},
        now=lambda: 1700000000.9,
        nonce=lambda: "n1",
    )
    form.read({"S": "s3cret"})
    call = Call("POST", "/api/save", [], {}, b"{}")
    form.dress(call, None)
    assert (call.headers["X-Api-Nonce"], call.headers["X-Api-Timestamp"]) == ("n1", "1700000000")
    assert call.headers["X-Api-Signature"] == API_SIGNATURE


def test_sorted_parameters_between_two_secrets_as_md5():
    """The example that an open platform's documentation works through: upper-case MD5 of secret, sorted parameters, secret."""
    form = SortedParameters(
        "S",
        "K",
        digest="md5",
        encoding="HEX",
        add={
            "app_key": "{key}",
            "timestamp": "{time}",
            "format": "json",
            "v": "2.0",
            "sign_method": "md5",
            "session": "test",
        },
        now=lambda: 1451620800,  # 2016-01-01 12:00:00 in China
    )
    form.read({"S": "helloworld", "K": "12345678"})
    fields = {"method": "taobao.item.seller.get", "fields": "num_iid,title,nick,price,num", "num_iid": "11223344"}
    call = Call("GET", "/router/rest", list(fields.items()), {}, None)
    form.dress(call, None)
    assert call.params[-1] == ("sign", "66987CB115214E59E6EC978214934FB8")


def test_a_keyed_digest_of_sorted_parameters_counts_a_forms_fields_too():
    """printf 'appKeylabpage1timestamp1700000000123' | openssl dgst -sha256 -hmac s3cret -binary | base64"""
    form = SortedParameters(
        "S", "K", keyed=True, encoding="base64", parameter="signature", milliseconds=True,
        add={"appKey": "{key}", "timestamp": "{timestamp}"}, now=lambda: 1700000000.123,
    )  # fmt: skip
    form.read({"S": "s3cret", "K": "lab"})
    call = Call("POST", "/q", [], {"Content-Type": "application/x-www-form-urlencoded"}, b"page=1")
    form.dress(call, None)
    assert call.params[-1] == ("signature", KEYED_SIGNATURE)


def test_a_forged_secret_signs_something_else():
    form = SortedParameters("S", digest="md5")
    form.read({"S": "helloworld"})
    signed, forged = Call("GET", "/", [("a", "1")], {}, None), Call("GET", "/", [("a", "1")], {}, None)
    form.dress(signed, None)
    form.forge()
    form.dress(forged, None)
    assert signed.params[-1] != forged.params[-1]


API_SIGNATURE = "M2M2N2JkNWE0NDI5NmRmZDhiY2U2ZjQyNDRhOWZiMjIxMGFiMTFiNDMxZTVjNjI1MGMzYjYwNTdlOWExNTQ4Nw=="
KEYED_SIGNATURE = "v+/n8zKNBPsMrizaClM/iIa2KbE3J4ncEQQA0hGzXlM="
