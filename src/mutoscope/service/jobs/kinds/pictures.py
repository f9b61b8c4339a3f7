"""Jobs that take films apart and put them together, and that draw pictures and sheets."""

from mutoscope.filters.params import FilterParams
from mutoscope.filters.texture_params import TextureParams
from mutoscope.recipes.film_params import FilmParams
from mutoscope.service.jobs.kinds.kind import FILM_SUFFIXES, PICTURE, PICTURE_SUFFIXES, SEEN, Input, JobKind
from mutoscope.service.jobs.kinds.options import (
    FiltersOptions,
    FramesOptions,
    MasksOptions,
    OnlyFramesOptions,
    PaintingOptions,
    SequenceOptions,
)
from mutoscope.stylize.params import OptimiseParams

__all__ = ["PICTURE_KINDS"]

_RUNS = "mutoscope.service.jobs.runs"
_SHEETS = (".png", ".jpg")
_FRAMESET = Input("frameset", "A film that was separated into pictures.", ("frameset",))

PICTURE_KINDS = (
    JobKind(
        name="frames",
        summary="Separate a film into pictures, with their exact times and its sound.",
        run=f"{_RUNS}.frames:run_frames",
        verb="frames",
        function="mutoscope.engine.frames:write_frames",
        inputs=(Input("source", "Film that is separated.", ("video",)),),
        params=(FramesOptions,),
        example={"inputs": {"source": "m_CLIP"}, "parameters": {"every": "1s"}},
    ),
    JobKind(
        name="film",
        summary="Put the pictures of a frameset together into a film, with exact times and sound.",
        run=f"{_RUNS}.frames:run_film",
        verb="film",
        function="mutoscope.engine.frames:join_frames",
        inputs=(_FRAMESET,),
        params=(FilmParams, SequenceOptions),
        apart=tuple(name for name in FilmParams.model_fields if name not in ("codec", "crf", "bit_depth")),
        suffixes=FILM_SUFFIXES,
        example={"inputs": {"frameset": "f_FRAMES"}, "result": {"suffix": ".mp4"}},
    ),
    JobKind(
        name="filter_frames",
        summary="Paint all pictures of a frameset with a filter, or some of them; the result is a new frameset.",
        run=f"{_RUNS}.frames:run_filter_frames",
        verb="filter",
        function="mutoscope.engine.filter:filter_film",
        inputs=(_FRAMESET,),
        params=(FilterParams, FilmParams, OnlyFramesOptions),
        apart=("digest", "codec", "crf", "bit_depth", "effort", "size"),
        effect="filter.play",
        example={"inputs": {"frameset": "f_FRAMES"}, "parameters": {"name": "great-wave", "frames": [1, 2]}},
    ),
    JobKind(
        name="texture",
        summary="Synthesise a texture from the manner of a picture.",
        run=f"{_RUNS}.pictures:run_texture",
        verb="texture",
        function="mutoscope.engine.texture:texture",
        inputs=(Input("painting", "Picture whose manner is taken.", PICTURE, is_required=False),),
        params=(TextureParams, PaintingOptions),
        suffixes=PICTURE_SUFFIXES,
        example={"inputs": {"painting": "m_STYLE"}, "parameters": {"size": 512, "minutes": 0.5}},
    ),
    JobKind(
        name="explore",
        summary="Draw style weights, brush sizes and strengths on one sheet.",
        run=f"{_RUNS}.pictures:run_explore",
        verb="stylize",
        function="mutoscope.engine.explore:explore",
        inputs=(
            Input("source", "Film or picture whose frames are painted.", SEEN),
            Input("guide", "Depth or segments; goes into the advice on the sheet.", SEEN, is_required=False),
        ),
        params=(OptimiseParams, FilmParams, MasksOptions),
        apart=("regions",),
        suffixes=_SHEETS,
        example={"inputs": {"source": "m_CLIP"}, "parameters": {"style": "media:m_STYLE"}},
    ),
    JobKind(
        name="try_filters",
        summary="Paint frames of footage with every filter, and say which pairs suit each other.",
        run=f"{_RUNS}.pictures:run_try_filters",
        verb="filters try",
        function="mutoscope.engine.try_filters:try_filters",
        inputs=(Input("footage", "Films and pictures.", SEEN, is_many=True),),
        params=(FiltersOptions,),
        suffixes=_SHEETS,
        example={"inputs": {"footage": ["m_CLIP"]}, "parameters": {"names": ["great-wave", "newsprint-dots"]}},
    ),
    JobKind(
        name="filter_sheet",
        summary="Draw every filter of the shelf on a picture.",
        run=f"{_RUNS}.pictures:run_filter_sheet",
        verb="filters",
        function="mutoscope.engine.try_filters:draw_shelf",
        inputs=(
            Input("picture", "Film or picture to draw them on; a bundled one without it.", SEEN, is_required=False),
        ),
        suffixes=_SHEETS,
        lane="preview",
        example={"inputs": {"picture": "m_CLIP"}},
    ),
)
