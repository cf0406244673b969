"""S3 and what speaks its protocol, by boto3: multipart uploads whose parts carry their SHA-256."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from ipaddress import ip_address
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from segdet_kit.errors import KitError
from segdet_kit.transfer.errors import Code
from segdet_kit.transfer.parts import MAX_SIDECAR, PART_SIZE, SUFFIX, Part, Parts
from segdet_transports.delivery import PartsTransport, machine, without_user
from segdet_transports.quiet import quiet

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        CredentialRetrievalError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
        SSLError,
    )
except ModuleNotFoundError as error:
    raise KitError("s3:// needs boto3", "pip install 'segdet-transports[s3]'") from error

NO_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    ProfileNotFound,
)
LOGGERS = ("boto3", "botocore", "urllib3")
MEANINGS = {
    "404": Code.MISSING,
    "NoSuchBucket": Code.MISSING,
    "NoSuchKey": Code.MISSING,
    "403": Code.ACCESS,
    "401": Code.ACCESS,
    "AccessDenied": Code.ACCESS,
    "InvalidAccessKeyId": Code.ACCESS,
    "SignatureDoesNotMatch": Code.ACCESS,
    "ExpiredToken": Code.ACCESS,
    "InvalidToken": Code.ACCESS,
    "PreconditionFailed": Code.TAKEN,
    "BadDigest": Code.DAMAGED,
    "XAmzContentSHA256Mismatch": Code.DAMAGED,
    "301": Code.REDIRECT,
    "307": Code.REDIRECT,
    "PermanentRedirect": Code.REDIRECT,
}


class S3(PartsTransport):
    """Carries to ``s3://BUCKET/KEY``, with credentials and the server's address from boto3's own places.

    ``attempts``: how often a request is sent that a busy server did not answer.
    """

    errors: ClassVar[tuple[type[Exception], ...]] = (BotoCoreError, ClientError, OSError)

    def __init__(self, part_size: int = PART_SIZE, attempts: int = 3) -> None:
        super().__init__(part_size)
        self.config = Config(
            connect_timeout=30,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": attempts},
            s3={"addressing_style": "path"},
            # Checksums are ours: of each part, sent with it, and checked on the way back.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )

    @contextmanager
    def connect(self, url: str) -> Iterator[S3Place]:
        """Open the place that an ``s3:`` URL names."""
        parts = urlsplit(without_user(url))
        with quiet(*LOGGERS), closing(boto3.client("s3", config=self.config)) as client:
            _refuse_clear_text(client.meta.endpoint_url)
            yield S3Place(client, url, parts.netloc, unquote(parts.path).removeprefix("/"))

    def explain(self, error: Exception) -> Code:
        """Return what an answer of the server, or an error on the way to it, means."""
        if isinstance(error, ClientError):
            return MEANINGS.get(str(error.response.get("Error", {}).get("Code")), Code.FAILED)
        if isinstance(error, NO_CREDENTIALS):
            return Code.ACCESS
        return Code.SERVER if isinstance(error, SSLError) else Code.UNREACHABLE


class S3Place:
    """An object. It appears when the last part is there and the upload is completed."""

    def __init__(self, client: Any, url: str, bucket: str, key: str) -> None:
        self.client = client
        self.where = machine(url)
        self.object = {"Bucket": bucket, "Key": key}
        self.beside = {"Bucket": bucket, "Key": key + SUFFIX}
        self.upload: dict[str, str] = {}
        self.sent: dict[int, dict[str, Any]] = {}
        """By number, what completing the upload must say of a part."""

    def size(self) -> int | None:
        """Return the object's size, or None."""
        found = self._unless_missing(self.client.head_object, self.object)
        return None if found is None else int(found["ContentLength"])

    def sidecar(self) -> bytes | None:
        """Return the sidecar, or None."""
        found = self._unless_missing(self.client.get_object, self.beside)
        return None if found is None else _content(found["Body"], MAX_SIDECAR + 1)

    def read(self, part: Part) -> bytes:
        """Return the bytes where a part should stand."""
        asked = f"bytes={part.offset}-{part.offset + part.size - 1}"
        return _content(self.client.get_object(**self.object, Range=asked)["Body"], part.size + 1)

    def missing(self, parts: Parts, read: Callable[[Part], bytes]) -> list[Part]:
        """Return the parts that no unfinished upload of this key holds, and choose that upload.

        A part is known by its SHA-256, or by its MD5 where the server does not list the other.
        """
        for upload in self._uploads():
            listed = {each["PartNumber"]: each for each in self._listed(upload)}
            fitting = [p for p in parts if p.number + 1 in listed and _is(listed[p.number + 1], p, read)]
            if len(fitting) > len(self.sent):
                self.upload = {**self.object, "UploadId": upload}
                self.sent = {p.number: _completed(p, listed[p.number + 1]["ETag"]) for p in fitting}
        return [part for part in parts if part.number not in self.sent]

    def write(self, parts: Parts, blocks: Iterable[tuple[Part, bytes]]) -> None:
        """Upload parts; the server refuses one that does not fit its SHA-256."""
        if not self.upload:
            begun = self.client.create_multipart_upload(
                **self.object, ChecksumAlgorithm="SHA256", ChecksumType="COMPOSITE"
            )
            self.upload = {**self.object, "UploadId": begun["UploadId"]}
        for part, content in blocks:
            answer = self.client.upload_part(
                **self.upload,
                PartNumber=part.number + 1,
                Body=content,
                ContentLength=part.size,
                ChecksumSHA256=_base64(part),
            )
            self.sent[part.number] = _completed(part, answer["ETag"])

    def finish(self, parts: Parts) -> None:
        """Complete the upload, unless an object has the key by now; then abort it."""
        every = [self.sent[part.number] for part in parts]
        try:
            self.client.complete_multipart_upload(
                **self.upload, MultipartUpload={"Parts": every}, IfNoneMatch="*"
            )
        except ClientError as error:
            if MEANINGS.get(error.response["Error"]["Code"]) is Code.TAKEN:
                self.client.abort_multipart_upload(**self.upload)
            raise

    def write_sidecar(self, sidecar: bytes) -> None:
        """Put the sidecar beside the object."""
        digest = b64encode(hashlib.sha256(sidecar).digest()).decode()
        self.client.put_object(**self.beside, Body=sidecar, ChecksumSHA256=digest)

    def _uploads(self) -> Iterator[str]:
        pages = self.client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self.object["Bucket"], Prefix=self.object["Key"]):
            yield from (u["UploadId"] for u in page.get("Uploads", ()) if u["Key"] == self.object["Key"])

    def _listed(self, upload: str) -> Iterator[dict[str, Any]]:
        for page in self.client.get_paginator("list_parts").paginate(**self.object, UploadId=upload):
            yield from page.get("Parts", ())

    def _unless_missing(
        self, ask: Callable[..., dict[str, Any]], asked: dict[str, str]
    ) -> dict[str, Any] | None:
        try:
            return ask(**asked)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            return None


def _content(body: Any, limit: int) -> bytes:
    """Read so many bytes at most. Raises what botocore does where an answer ends before its length."""
    content = bytes(body.read(limit))
    if len(content) < limit:
        body.read(1)  # only a read that finds nothing compares what came with the length
    return content


def _is(listed: dict[str, Any], part: Part, read: Callable[[Part], bytes]) -> bool:
    if listed["Size"] != part.size:
        return False
    if "ChecksumSHA256" in listed:
        return bool(listed["ChecksumSHA256"] == _base64(part))
    md5 = hashlib.md5(read(part), usedforsecurity=False).hexdigest()
    return bool(listed["ETag"].strip('"') == md5)


def _completed(part: Part, etag: str) -> dict[str, Any]:
    return {"PartNumber": part.number + 1, "ETag": etag, "ChecksumSHA256": _base64(part)}


def _base64(part: Part) -> str:
    return b64encode(bytes.fromhex(part.sha256)).decode()


def _refuse_clear_text(endpoint: str) -> None:
    parts = urlsplit(endpoint)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise KitError(
            "the S3 server's address is not https://",
            "set AWS_ENDPOINT_URL_S3, or the profile's endpoint_url",
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
