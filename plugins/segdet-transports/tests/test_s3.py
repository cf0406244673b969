"""S3: checksums, uploads of others, and what is refused."""

from __future__ import annotations

import importlib
import io
import sys
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from loopback.s3 import Bucket
from loopback.served import PART, Served
from segdet_transports import s3
from segdet_transports.s3 import S3, _is

from segdet_kit.errors import KitError
from segdet_kit.transfer.errors import Code, TransferError
from segdet_kit.transfer.parts import parts_of

Answer = Callable[[str, int, str], list[Any]]


class Body(io.BytesIO):
    """What urllib3 would give."""

    def stream(self, **_: Any) -> list[bytes]:
        return [self.read()]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Let the server answer one kind of request with an error; the requests of that kind."""

    def prepare(operation: str, status: int, code: str) -> list[Any]:
        asked: list[Any] = []

        def refuse(request: Any, **_: Any) -> AWSResponse:
            asked.append(request)
            body = f"<Error><Code>{code}</Code><Message>canary words</Message></Error>".encode()
            return AWSResponse(request.url, status, {}, Body(body))

        def client(*args: Any, **kwargs: Any) -> Any:
            made = stock(*args, **kwargs)
            made.meta.events.register(f"before-send.s3.{operation}", refuse)
            return made

        stock = boto3.client
        monkeypatch.setattr(boto3, "client", client)
        return asked

    return prepare


def code(served: Served, file: Path) -> Code:
    with pytest.raises(TransferError) as error:
        served.push(file)
    return error.value.code


def test_the_object_carries_the_checksums_of_its_parts(
    served_s3: Served, bucket: Bucket, sealed: Path
) -> None:
    served_s3.push(sealed)
    head = bucket.client.head_object(Bucket=bucket.name, Key="model.sdk", ChecksumMode="ENABLED")
    assert head["ChecksumType"] == "COMPOSITE"
    every = b"".join(bytes.fromhex(part.sha256) for part in parts_of(sealed, PART))
    of_them = b64encode(sha256(every).digest()).decode()
    assert head["ChecksumSHA256"].removesuffix("-6") == of_them
    assert not bucket.uploads()


def test_an_object_that_came_meanwhile_stays_and_the_upload_is_aborted(
    served_s3: Served, bucket: Bucket, sealed: Path, answer: Answer
) -> None:
    asked = answer("CompleteMultipartUpload", 412, "PreconditionFailed")
    assert code(served_s3, sealed) is Code.TAKEN
    assert [request.headers["If-None-Match"] for request in asked] == [b"*"]
    assert not bucket.uploads()


def test_parts_are_sent_with_their_sha256(served_s3: Served, sealed: Path, answer: Answer) -> None:
    asked = answer("UploadPart", 400, "BadDigest")
    assert code(served_s3, sealed) is Code.DAMAGED
    assert len(asked[0].headers["x-amz-checksum-sha256"]) == 44


def test_an_upload_of_another_file_is_neither_used_nor_ended(
    served_s3: Served, bucket: Bucket, sealed: Path
) -> None:
    other = bucket.client.create_multipart_upload(Bucket=bucket.name, Key="model.sdk")["UploadId"]
    for number in (1, 2, 3):
        bucket.client.upload_part(
            Bucket=bucket.name, Key="model.sdk", UploadId=other, PartNumber=number, Body=bytes(PART)
        )
    bucket.client.create_multipart_upload(Bucket=bucket.name, Key="model.sdk.longer")
    served_s3.push(sealed)
    assert bucket.stored()["model.sdk"] == sealed.read_bytes()
    assert {each["Key"] for each in bucket.uploads()} == {"model.sdk", "model.sdk.longer"}


def test_a_part_is_known_by_the_listed_sha256_or_else_by_its_md5(sealed: Path) -> None:
    part = next(iter(parts_of(sealed, PART)))
    content = sealed.read_bytes()[:PART]
    right = {"Size": PART, "ETag": '"other"', "ChecksumSHA256": s3._base64(part)}
    assert _is(right, part, lambda part: b"")
    assert not _is(right | {"Size": 5}, part, lambda part: content)
    assert not _is(right | {"ChecksumSHA256": "A" * 44}, part, lambda part: content)
    assert not _is({"Size": PART, "ETag": '"other"'}, part, lambda part: content)


@pytest.mark.parametrize(
    ("status", "said", "meaning"),
    [
        (403, "AccessDenied", "ACCESS"),
        (403, "SignatureDoesNotMatch", "ACCESS"),
        (400, "ExpiredToken", "ACCESS"),
        (301, "PermanentRedirect", "REDIRECT"),
        (500, "InternalError", "FAILED"),
    ],
)
def test_what_a_server_answers_is_told(
    served_s3: Served, sealed: Path, answer: Answer, status: int, said: str, meaning: str
) -> None:
    answer("CreateMultipartUpload", status, said)
    assert code(served_s3, sealed) is Code[meaning]


def test_without_credentials_nobody_is_let_in(
    served_s3: Served, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert code(served_s3, sealed) is Code.ACCESS


def test_a_bucket_that_is_not_there_is_missed(served_s3: Served, sealed: Path) -> None:
    with pytest.raises(TransferError) as error:
        served_s3.transport.push(sealed, "s3://no-such-bucket/model.sdk", lambda done, total: None)
    assert error.value.code is Code.MISSING


@pytest.mark.parametrize("host", ["192.0.2.1:9000", "s3.example.org", "127.0.0.1.example.org"])
def test_another_machine_is_not_spoken_to_in_clear_text(
    bucket: Bucket, sealed: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}")
    with pytest.raises(KitError, match="the S3 server's address is not https://"):
        S3().push(sealed, f"s3://{bucket.name}/model.sdk", lambda done, total: None)


def test_a_busy_server_is_asked_again(served_s3: Served, sealed: Path) -> None:
    assert served_s3.wire
    served_s3.wire.cut(up=3 * PART)
    S3(PART).push(sealed, served_s3.base + "model.sdk", lambda done, total: None)
    assert served_s3.wire.was_cut
    assert served_s3.stored()["model.sdk"] == sealed.read_bytes()


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, s3.__name__)
    with pytest.raises(KitError, match="s3:// needs boto3") as error:
        importlib.import_module(s3.__name__)
    assert error.value.hint == "pip install 'segdet-transports[s3]'"
