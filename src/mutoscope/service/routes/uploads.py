"""Routes of uploads: tus 1.0.0 with creation, checksum, expiration and termination."""

from contextlib import aclosing
from functools import partial

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from mutoscope.service.answers import Id, problems
from mutoscope.service.database.tables import Media, Upload
from mutoscope.service.media import tus
from mutoscope.service.media.library import refusal_of
from mutoscope.service.media.senders import Senders
from mutoscope.service.operations.quota import check_bytes, check_disk
from mutoscope.service.problems import Problem
from mutoscope.service.routes.streaming import Body, StreamedRoute, in_disk_thread, in_look_thread
from mutoscope.service.routes.upload_headers import BYTES, Length, Metadata, Offset, Sum, Version, told
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["router"]

_ROOT = "/api/uploads"


class _TusRoute(StreamedRoute):
    headers = {"Tus-Resumable": tus.VERSION, "Cache-Control": "no-store"}  # noqa: RUF012 # never changed


router = APIRouter(prefix=_ROOT, tags=["uploads"], route_class=_TusRoute)
_senders = Senders()


@router.options(
    "",
    summary="What this server speaks of tus",
    status_code=204,
    response_class=Response,
    responses={
        204: {"headers": told("Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm")},
    },
)
def upload_options(service: Serving) -> Response:
    """Tell version, extensions, checksums and the largest file."""
    return Response(
        status_code=204,
        headers={
            "Tus-Version": tus.VERSION,
            "Tus-Extension": tus.EXTENSIONS,
            "Tus-Max-Size": str(service.settings.upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(tus.CHECKSUMS),
        },
    )


@router.post(
    "",
    summary="Begin an upload",
    status_code=201,
    response_class=Response,
    responses={
        201: {"headers": told("Location", "Upload-Offset", "Upload-Expires", "Mutoscope-Media")},
        **problems("changed", "wrong-type", "media-refused", "checksum", "disk-full", "quota"),
    },
    openapi_extra=BYTES,
)
async def upload_create(
    request: Request,
    caller: AskingCaller,
    service: Serving,
    tus_resumable: Version = None,
    upload_length: Length = None,
    upload_metadata: Metadata = None,
    upload_checksum: Sum = None,
) -> Response:
    """Begin an upload; the first bytes, or all, may come along as application/offset+octet-stream."""
    headers = request.headers
    tus.check_version(tus_resumable)
    if "upload-defer-length" in headers:
        raise Problem("bad-request", "Upload-Defer-Length is not spoken here; send Upload-Length.")
    length, known = tus.read_number(upload_length, "Upload-Length"), tus.read_metadata(upload_metadata)
    body = Body.of(request)
    if not body.has_ended:
        _check_type(headers.get("content-type"))
    checksum = tus.read_checksum(upload_checksum)
    upload = await in_disk_thread(partial(_create, service, caller, length, known))
    media = None if body.has_ended else await _receive(service, upload, 0, checksum, body)
    answer = await in_disk_thread(partial(_answer, service, upload, media, 201))
    answer.headers["Location"] = f"{_ROOT}/{upload.id}"
    return answer


@router.head(
    "/{upload_id}",
    summary="How much of an upload has come",
    response_class=Response,
    responses={
        200: {
            "headers": told("Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires", "Mutoscope-Media")
        },
        **problems("not-found", "changed"),
    },
)
def upload_offset(upload_id: Id, caller: AskingCaller, service: Serving, tus_resumable: Version = None) -> Response:
    """Tell how many bytes are there, also after the server was killed; and the media, when it was made."""
    tus.check_version(tus_resumable)
    uploads = service.library.uploads
    upload = uploads.find(caller.owner, upload_id)
    media = None
    try:
        media = uploads.finish(upload)  # all bytes may have come just before a kill
    except Problem as problem:
        if problem.kind.name not in ("in-flight", "not-found"):
            raise
    answer = _answer(service, uploads.find(caller.owner, upload_id), media, 200)
    answer.headers["Upload-Length"] = str(upload.length)
    if upload.told:
        answer.headers["Upload-Metadata"] = tus.write_metadata(upload.told)
    return answer


@router.patch(
    "/{upload_id}",
    summary="Send bytes of an upload",
    status_code=204,
    response_class=Response,
    responses={
        204: {"headers": told("Upload-Offset", "Upload-Expires", "Mutoscope-Media")},
        **problems(
            "not-found", "conflict", "in-flight", "changed", "wrong-type", "media-refused", "checksum", "disk-full"
        ),
    },
    openapi_extra=BYTES,
)
async def upload_send(
    request: Request,
    upload_id: Id,
    caller: AskingCaller,
    service: Serving,
    tus_resumable: Version = None,
    upload_offset: Offset = None,
    upload_checksum: Sum = None,
) -> Response:
    """Go on from the offset that HEAD tells. The answer to the last bytes names the media that they have become."""
    tus.check_version(tus_resumable)
    _check_type(request.headers.get("content-type"))
    offset = tus.read_number(upload_offset, "Upload-Offset")
    checksum = tus.read_checksum(upload_checksum)
    upload = await in_disk_thread(partial(service.library.uploads.find, caller.owner, upload_id))
    await in_disk_thread(partial(check_disk, service.settings))
    media = await _receive(service, upload, offset, checksum, Body.of(request))
    return await in_disk_thread(partial(_answer, service, upload, media, 204))


@router.delete(
    "/{upload_id}",
    summary="Give an upload up",
    status_code=204,
    response_class=Response,
    responses=problems("not-found", "in-flight", "changed"),
)
async def upload_delete(
    upload_id: Id, caller: AskingCaller, service: Serving, tus_resumable: Version = None
) -> Response:
    """Remove its bytes; who is sending just now is cut off. Media that was made of it stays."""
    tus.check_version(tus_resumable)
    uploads = service.library.uploads
    upload = await in_disk_thread(partial(uploads.find, caller.owner, upload_id))
    await _senders.push_aside(upload.id, alive_too=True)
    await in_disk_thread(partial(uploads.remove, upload))
    return Response(status_code=204)


@router.post("/{upload_id}", include_in_schema=False)
async def upload_overridden(request: Request, upload_id: Id, caller: AskingCaller, service: Serving) -> Response:
    """Take PATCH and DELETE from who can only POST: X-HTTP-Method-Override, as tus wants it."""
    given = request.headers
    wanted, version = given.get("x-http-method-override", "").upper(), given.get("tus-resumable")
    if wanted == "PATCH":
        offset, checksum = given.get("upload-offset"), given.get("upload-checksum")
        return await upload_send(request, upload_id, caller, service, version, offset, checksum)
    if wanted == "DELETE":
        return await upload_delete(upload_id, caller, service, version)
    detail = "POST goes to /api/uploads; bytes are sent by PATCH."
    raise Problem("method-not-allowed", detail, headers={"Allow": "HEAD, PATCH, DELETE"})


def _check_type(given: str | None) -> None:
    if (given or "").partition(";")[0].strip().lower() != tus.TYPE:
        raise Problem("wrong-type", f"bytes of an upload are sent as Content-Type: {tus.TYPE}.", pointer="Content-Type")


def _create(service: Service, caller: Caller, length: int, known: dict[str, str]) -> Upload:
    check_disk(service.settings, min(length, service.settings.upload_bytes))
    return service.library.uploads.create(
        caller, length, known, lambda session: check_bytes(session, caller, service.settings, length)
    )


async def _receive(
    service: Service, upload: Upload, offset: int, checksum: tus.Checksum | None, body: Body
) -> Media | None:
    """Take bytes; give the media, where they were the last ones."""
    uploads, metrics = service.library.uploads, service.metrics
    async with _senders.sending(upload.id) as sender:
        incoming = await in_disk_thread(partial(uploads.receive, upload, offset, checksum))
        try:
            async with aclosing(body.blocks()) as blocks:
                async for block in blocks:
                    sender.hear()
                    await in_disk_thread(partial(incoming.write, block))
            await in_disk_thread(incoming.settle)
        except ClientDisconnect:
            pass  # nobody reads the answer; what has come is kept
        except Problem as problem:
            if problem.kind.name == "wrong-type":
                metrics.refused(problem.kind.name)
                incoming.close()
                await in_disk_thread(partial(uploads.remove, upload))
            raise
        finally:
            await in_disk_thread(partial(uploads.close, upload, incoming))
            metrics.took_in(incoming.offset - offset)
    media = await in_look_thread(partial(uploads.finish, upload))
    if media is not None and media.state == "refused":
        refused = refusal_of(media)
        refused.headers["Mutoscope-Media"] = media.id
        raise refused
    return media


def _answer(service: Service, upload: Upload, media: Media | None, status: int) -> Response:
    headers = {
        "Upload-Offset": str(upload.length if media is not None else service.library.uploads.offset(upload)),
        "Upload-Expires": tus.http_date(upload.expires_at),
    }
    if media is not None:
        headers |= {"Mutoscope-Media": media.id, "Link": f'</api/media/{media.id}>; rel="describedby"'}
    return Response(status_code=status, headers=headers)
