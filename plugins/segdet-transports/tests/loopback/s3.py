"""An S3 server: moto's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer
from segdet_transports.quiet import quiet
from segdet_transports.s3 import LOGGERS

SECRET = "canary-secret-key-77ab01"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "canary-access-key",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": "canary-session-token",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def moto_server() -> Iterator[int]:
    """Serve S3; the port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield server.get_host_and_port()[1]
    finally:
        server.stop()


class Bucket:
    """A bucket, by a way of its own to the server. Needs the variables."""

    def __init__(self, port: int, name: str) -> None:
        self.name = name
        self.client: Any = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}")
        self.client.create_bucket(Bucket=name)

    def stored(self) -> dict[str, bytes]:
        names = [each["Key"] for each in self.client.list_objects_v2(Bucket=self.name).get("Contents", ())]
        return {name: self.client.get_object(Bucket=self.name, Key=name)["Body"].read() for name in names}

    def store(self, name: str, content: bytes) -> None:
        with quiet(*LOGGERS):  # which tests listen to, and this is not the transport
            self.client.put_object(Bucket=self.name, Key=name, Body=content)

    def uploads(self) -> list[dict[str, Any]]:
        return list(self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", ()))
