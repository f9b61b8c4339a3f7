"""Jobs with networks that have seen one film: walks, dreams, crossings, latents."""

from mutoscope.autoencode.dream_params import DreamParams
from mutoscope.autoencode.latents_params import LatentsParams
from mutoscope.autoencode.walk_params import WalkParams
from mutoscope.recipes.film_params import FilmParams
from mutoscope.service.jobs.kinds.kind import FILM_SUFFIXES, MODEL, Input, JobKind
from mutoscope.service.jobs.kinds.options import CrossOptions

__all__ = ["MEMORY_KINDS"]

_RUNS = "mutoscope.service.jobs.runs.memories"
_MODEL = Input("model", "Model of a film.", MODEL)
_LATENTS = Input(
    "latents", "Numbers that `latents` wrote; those in the model without it.", ("numbers",), is_required=False
)

MEMORY_KINDS = (
    JobKind(
        name="walk",
        summary="Walk from moment to moment of a film through frames that never were.",
        run=f"{_RUNS}:run_walk",
        verb="walk",
        function="mutoscope.engine.walk:walk",
        inputs=(_MODEL, _LATENTS),
        params=(WalkParams, FilmParams),
        apart=("piece_frames",),
        suffixes=FILM_SUFFIXES,
        example={"inputs": {"model": "m_MODEL"}, "parameters": {"start": "00:00", "end": "00:02", "seconds": 4}},
    ),
    JobKind(
        name="dream",
        summary="Go on from a moment of a film as the film might have.",
        run=f"{_RUNS}:run_dream",
        verb="dream",
        function="mutoscope.engine.dream:dream",
        inputs=(_MODEL, _LATENTS),
        params=(DreamParams, FilmParams),
        apart=("piece_frames",),
        suffixes=FILM_SUFFIXES,
        example={"inputs": {"model": "m_MODEL"}, "parameters": {"seconds": 10, "temperature": 0.8}},
    ),
    JobKind(
        name="cross",
        summary="See films through models that have seen others: a sheet of pictures, and numbers.",
        run=f"{_RUNS}:run_cross",
        verb="cross",
        function="mutoscope.engine.cross:cross",
        inputs=(
            Input("films", "Rows of the sheet.", ("video",), is_many=True),
            Input("models", "Its columns.", MODEL, is_many=True),
        ),
        params=(CrossOptions,),
        example={"inputs": {"films": ["m_CLIP"], "models": ["m_MODEL"]}},
    ),
    JobKind(
        name="latents",
        summary="Take a film apart into numbers, cut numbers as an edit cuts the film, make a film of them.",
        run=f"{_RUNS}:run_latents",
        verb="latents",
        function="mutoscope.engine.latents:latents",
        inputs=(
            Input("source", "Film, or numbers.", ("video", "numbers")),
            Input("model", "Model of a film; not needed from numbers to numbers.", MODEL, is_required=False),
            Input("edit", "Edit list, .edl or .otio, by which the numbers are cut.", ("text",), is_required=False),
            Input("sound", "Film whose sound the result gets.", ("video", "sound"), is_required=False),
        ),
        params=(LatentsParams, FilmParams),
        apart=("piece_frames",),
        suffixes=(".npz", *FILM_SUFFIXES),
        example={"inputs": {"source": "m_CLIP", "model": "m_MODEL"}, "result": {"suffix": ".npz"}},
    ),
)
