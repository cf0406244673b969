"""What this plugin offers. Imports no library of any transport."""

from __future__ import annotations

from segdet_kit import Transport, hookimpl

conformance_cases = "segdet_transports.cases:cases"


@hookimpl
def register_transports() -> list[Transport]:
    """Offer files of this machine, SFTP, S3 and HTTPS."""
    return [
        Transport(
            name="file",
            target="segdet_transports.file:File",
            summary="Folders of this machine, disks and network shares among them: file:///folder/NAME",
            schemes=("file",),
        ),
        Transport(
            name="https",
            target="segdet_transports.https:Https",
            summary="HTTPS by TLS 1.3, to segdet-receive or a WebDAV server: https://host/NAME",
            schemes=("https",),
        ),
        Transport(
            name="sftp",
            target="segdet_transports.sftp:Sftp",
            summary="SSH's file transfer: sftp://user@host/folder/NAME; needs segdet-transports[sftp]",
            schemes=("sftp",),
        ),
        Transport(
            name="s3",
            target="segdet_transports.s3:S3",
            summary="S3 and what speaks its protocol: s3://bucket/folder/NAME; needs segdet-transports[s3]",
            schemes=("s3",),
        ),
    ]
