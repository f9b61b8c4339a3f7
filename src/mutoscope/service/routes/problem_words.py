"""What each kind of problem means, and what to do about it: the text of /problems/NAME."""

from mutoscope.service.problems import CATALOGUE, Kind

__all__ = ["about"]

_WORDS: dict[str, tuple[str, str]] = {
    "bad-request": (
        "The request could not be read: a body that is no JSON, a cursor that is none of ours, a header that says "
        "nothing.",
        "Read `detail`, mend that place and send it again. The explorer shows requests that work.",
    ),
    "token-wanted": (
        "No token came with the request, or one that is not known here or was revoked.",
        "Send `Authorization: Bearer TOKEN` with the token that `mutoscope serve` prints, or open the address that it "
        "prints in the browser. Whoever runs the server can make you a token of your own.",
    ),
    "cost-limit": (
        "The job would cost more than may be spent, or what this token may spend is used up.",
        "Ask for an estimate first (`POST /api/cost/estimate`), make the film smaller or shorter, or ask whoever runs "
        "the server for a higher limit. What was computed is kept.",
    ),
    "not-allowed": (
        "The token is known, but may not do this: tokens and stores are made by the owner of the server.",
        "Ask the owner of the server.",
    ),
    "foreign-origin": (
        "A page of another site sent the request through your browser. That is how such servers were attacked, so only "
        "the service's own page may.",
        "Programs send the token as a bearer token and no cookie. Behind a proxy, pass Host and Origin on unchanged "
        "and name the host with --host-name.",
    ),
    "not-found": (
        "There is nothing of that name or id that you may see. What belongs to others is answered in the same way.",
        "Look at the list of the noun, such as `GET /api/media`; ids are written exactly.",
    ),
    "method-not-allowed": (
        "The address exists, but not with this method.",
        "`/openapi.json` and the explorer list the methods of each address.",
    ),
    "not-acceptable": (
        "It cannot be given in the form that `Accept` or `format` asks for.",
        "Ask for a form that `detail` names.",
    ),
    "conflict": (
        "The request is right, but does not fit what is there now: the name is taken, the job has not ended, the rules "
        "of use have changed.",
        "Look at the thing again, then decide.",
    ),
    "in-flight": (
        "A request with the same Idempotency-Key is being worked on at this moment.",
        "Wait a second and send it again: you will get the same job.",
    ),
    "gone": (
        "It was there and was removed: an upload that stood still for too long, a result whose time was over.",
        "Make it again. For uploads, begin a new one.",
    ),
    "changed": (
        "Somebody changed it after you had read it; your change would have undone theirs.",
        "Get it again, bring your change in, and send its new ETag as If-Match.",
    ),
    "too-large": (
        "The body or the file is larger than this server takes.",
        "`detail` tells the limit. Films go by `POST /api/media` or `/api/uploads`, never within JSON.",
    ),
    "wrong-type": (
        "The Content-Type is not one that this address takes.",
        "Use a type that the explorer lists for this operation.",
    ),
    "range": (
        "The Range, offset or frame lies outside of what there is.",
        "Ask for its length first; `HEAD` of an upload tells its offset.",
    ),
    "misdirected": (
        "The Host header names a machine that this server does not answer for. That guards against pages that point "
        "a name of their own at your machine (DNS rebinding).",
        "Use the address that `mutoscope serve` prints, or start it with --host-name for another name.",
    ),
    "invalid": (
        "The request was read, but a value is not allowed.",
        "`errors` names each field with a JSON pointer and what was expected; mend these.",
    ),
    "media-refused": (
        "The file was looked at in a closed process and is not taken: no film, picture or sound that is decoded here, "
        "broken, too long or too large, or a playlist in disguise.",
        "`detail` tells why. Convert it to MP4 with H.264, or to PNG or JPEG, and send it again.",
    ),
    "key-reused": (
        "This Idempotency-Key came before with another request.",
        "Draw a new key for each new request; send the same key only with the very same body.",
    ),
    "if-match-wanted": (
        "What you change may be changed by others too, so you must say which version you have seen.",
        "Get it, and send the ETag that came with it as If-Match.",
    ),
    "too-many": (
        "Too many jobs wait, or too many requests came at once.",
        "Wait as long as Retry-After says, or until some of your jobs have ended.",
    ),
    "checksum": (
        "The bytes that arrived do not have the checksum that came with them; they were thrown away.",
        "Send the same part again.",
    ),
    "internal": (
        "The server made a mistake that nobody had foreseen. Nothing is told about it here; its log has all of it.",
        "Try again once. If it stays, send the lines of the log to those who make Mutoscope.",
    ),
    "not-ready": (
        "The server is starting, is being stopped, or cannot reach its database.",
        "Try again in a few seconds. Jobs that were taken are not lost.",
    ),
    "disk-full": (
        "The disk of the server is nearly full. Nothing new is taken; what is running goes on.",
        "Delete media and results that are no longer needed, or ask whoever runs the server for room.",
    ),
    "quota": (
        "This token keeps as many bytes here as it may.",
        "Delete media that you no longer need, or ask whoever runs the server for more.",
    ),
}


def about(kind: Kind) -> tuple[str, str]:
    """Say what a kind of problem means, and what to do."""
    return _WORDS[kind.name]


assert set(_WORDS) == set(CATALOGUE), "each kind of problem has its words"
