"""Numbers for Prometheus, at the address where it looks for them."""

from fastapi import APIRouter
from starlette.responses import Response

from mutoscope.service.answers import problems
from mutoscope.service.operations.metrics import CONTENT_TYPE
from mutoscope.service.security.asking import AskingAdmin, Serving

__all__ = ["router"]

router = APIRouter(tags=["metrics"])


@router.get(
    "/metrics",
    summary="Get the numbers",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems("not-allowed")},
)
def get_metrics(_caller: AskingAdmin, service: Serving) -> Response:
    """Get everything that is counted, in the text format of Prometheus.

    It tells how much everybody uses the server, so it wants an owner's token: `authorization: credentials_file` in
    Prometheus's scrape_config.
    """
    return Response(service.metrics.rendered(), media_type=CONTENT_TYPE)
