"""Files in an S3 bucket, and in whatever speaks S3, through s3fs: ranges, multipart uploads, conditional writes."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSLError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)
from botocore.parsers import ResponseParserError
from fsspec.asyn import sync
from fsspec.exceptions import FSTimeoutError
from s3fs import S3FileSystem

from mutoscope.storage.protocol import (
    ChangedError,
    DeniedError,
    Entry,
    Files,
    MissingError,
    RefusedError,
    Sending,
    Stat,
    StoreError,
    TransientError,
)
from mutoscope.storage.retries import CONNECT_S, READ_S, Patience
from mutoscope.storage.s3_upload import S3Upload

__all__ = ["SHA256_FIELD", "S3Files"]

SHA256_FIELD = "mutoscope-sha256"
"""Under this name what we write carries its own digest: an ETag is none where a file came in parts."""

_Given = TypeVar("_Given")
_MD5 = re.compile(r"[0-9a-f]{32}")
_DENIED = frozenset(
    {
        "AccessDenied",
        "AccountProblem",
        "AllAccessDisabled",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    }
)


class S3Files(Files):
    """The files of a bucket, below a prefix. Credentials come from where AWS's tools take them.

    Args:
        bucket: its name.
        prefix: "" or "folder/"; nothing outside of it can be named.
        endpoint: address of the server; None: what AWS_ENDPOINT_URL says, else AWS.
        profile: section of the person's AWS configuration.

    """

    def __init__(
        self, bucket: str, prefix: str = "", *, endpoint: str | None = None, profile: str | None = None
    ) -> None:
        self._bucket, self._prefix = bucket, prefix
        self.patience = Patience()
        session = {"profile": profile} if profile else {}
        self._fs = S3FileSystem(
            endpoint_url=endpoint,
            config_kwargs={
                "connect_timeout": CONNECT_S,
                "read_timeout": READ_S,
                "retries": {"total_max_attempts": 1},  # ours know when a server is gone and when it says no
                "max_pool_connections": 16,
                "signature_version": "s3v4",
            },
            use_listings_cache=False,
            skip_instance_cache=True,
            **session,
        )
        self._fs.retries = 1

    def __repr__(self) -> str:
        return f"S3Files({self._bucket!r}, {self._prefix!r})"

    def stat(self, path: str) -> Stat:
        """Look at an object."""
        return self.patience(lambda: _stat(self.call("head_object", Key=self.key(path))))

    def read(self, path: str, start: int, end: int, stat: Stat) -> bytes:
        """Give a range of the very version that was looked at."""
        if end <= start:
            return b""
        wanted = {"Range": f"bytes={start}-{end - 1}", "IfMatch": stat.version}
        data = self.patience(lambda: self._body(Key=self.key(path), **wanted))
        if len(data) != end - start:
            raise ChangedError(f"{len(data)} bytes came instead of {end - start}")
        return data

    def walk(self, folder: str, *, is_deep: bool = True) -> Iterator[Entry]:
        """Give every object in a folder."""
        more = {} if is_deep else {"Delimiter": "/"}
        while True:
            page = self.patience(partial(self.call, "list_objects_v2", Prefix=self.key(folder), **more))
            for found in page.get("Contents", ()):
                name = str(found["Key"])
                if not name.endswith("/"):  # some tools leave an empty object to stand for a folder
                    yield Entry(name[len(self._prefix) :], Stat(int(found["Size"]), str(found.get("ETag", ""))))
            if not page.get("IsTruncated"):
                return
            more["ContinuationToken"] = page["NextContinuationToken"]

    def upload(self, path: str, sending: Sending) -> S3Upload:
        """Begin to write an object."""
        metadata = {SHA256_FIELD: sending.sha256} if sending.sha256 else {}
        return S3Upload(self, path, sending, metadata)

    def remove(self, path: str) -> None:
        """Remove an object."""
        self.patience(lambda: self.call("delete_object", Key=self.key(path)))

    def key(self, path: str) -> str:
        """Give the object's key."""
        return self._prefix + path

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call the API once.

        Raises:
            StoreError: what the server answered.

        """
        return self._told(lambda: dict(self._fs.call_s3(method, Bucket=self._bucket, **arguments)))

    def _body(self, **arguments: Any) -> bytes:
        async def get() -> bytes:
            answer = await self._fs._call_s3("get_object", Bucket=self._bucket, **arguments)
            async with answer["Body"] as body:
                data: bytes = await body.read()
                return data

        return self._told(lambda: bytes(sync(self._fs.loop, get)))

    def _told(self, ask: Callable[[], _Given]) -> _Given:
        try:
            return ask()
        except (BotoCoreError, OSError, FSTimeoutError, ValueError) as error:
            # "from None": what botocore says may hold a signed address.
            raise _translated(error) from None
        except Exception as error:
            if type(error).__module__.startswith("aiohttp"):  # a body that breaks off
                raise TransientError("the connection was lost") from None
            raise


def _stat(answer: Mapping[str, Any]) -> Stat:
    etag = str(answer["ETag"])
    bare = etag.strip('"')
    # With a key of AWS's key service the ETag looks like an MD5 and is none.
    is_md5 = bool(_MD5.fullmatch(bare)) and not str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
    sha256 = (answer.get("Metadata") or {}).get(SHA256_FIELD)
    digest = ("sha256", str(sha256)) if sha256 else ("md5", bare) if is_md5 else None
    return Stat(int(answer["ContentLength"]), etag, digest)


def _translated(error: Exception) -> StoreError:
    answered = error if isinstance(error, ClientError) else error.__cause__
    if isinstance(answered, ClientError):
        return _answer(answered)
    for kinds, told in _FAILURES:
        if isinstance(error, kinds):
            return told()
    return RefusedError(f"the server's answer cannot be used ({type(error).__name__})")


_FAILURES: tuple[tuple[tuple[type[Exception], ...], Callable[[], StoreError]], ...] = (
    (
        (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, TokenRetrievalError),
        lambda: DeniedError("no credentials were found"),
    ),
    (
        (ProfileNotFound,),
        lambda: RefusedError("the profile is not in your AWS configuration; name one that is"),
    ),
    (
        (SSLError,),
        lambda: RefusedError("its certificate is not trusted; set AWS_CA_BUNDLE to your own authority's file"),
    ),
    (
        (ConnectTimeoutError, ReadTimeoutError, FSTimeoutError, TimeoutError),
        lambda: TransientError("the server does not answer", is_timeout=True),
    ),
    ((EndpointConnectionError,), lambda: TransientError("the server cannot be reached")),
    (
        (HTTPClientError, BotoConnectionError, ConnectionError, ResponseParserError),
        lambda: TransientError("the connection was lost"),
    ),
)
"""What each failure means, the narrower kinds first."""

_STATUS: dict[int, Callable[[], StoreError]] = {
    404: lambda: MissingError(""),
    401: lambda: DeniedError(""),
    403: lambda: DeniedError(""),
    409: lambda: ChangedError(""),
    412: lambda: ChangedError(""),
    416: lambda: ChangedError("it is shorter now"),
    501: lambda: RefusedError("NotImplemented"),
}

_CODES: dict[str, Callable[[], StoreError]] = {
    "NoSuchUpload": lambda: MissingError("upload"),
    "NoSuchBucket": lambda: MissingError("bucket"),
    "NotImplemented": lambda: RefusedError("NotImplemented"),
}


def _answer(error: ClientError) -> StoreError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    about = error.response.get("ResponseMetadata", {})
    status = int(about.get("HTTPStatusCode", 0))
    if code in _DENIED:
        return DeniedError(code)
    if status in (429, 500, 502, 503, 504) or code in ("SlowDown", "RequestTimeout", "InternalError"):
        after = str(about.get("HTTPHeaders", {}).get("retry-after", ""))
        return TransientError(f"the server is busy ({status})", float(after) if after.isdigit() else None)
    told = _CODES.get(code) or _STATUS.get(status)
    return told() if told else RefusedError(f"the server answered {status} {code}".strip())
