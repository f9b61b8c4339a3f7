"""Jobs that make a film of a film, by a recipe."""

from mutoscope.autoencode.params import AutoencodeParams
from mutoscope.corrupt.datamosh_params import DatamoshParams
from mutoscope.corrupt.params import AgentsParams
from mutoscope.filters.params import FilterParams
from mutoscope.keyframes.params import KeyframeParams, LearnParams
from mutoscope.recipes.film_params import FilmParams
from mutoscope.service.jobs.kinds.kind import FILM_SUFFIXES, MODEL, PICTURE_SUFFIXES, SEEN, Input, JobKind
from mutoscope.service.jobs.kinds.options import (
    CompareOptions,
    CorruptOptions,
    EstimateOptions,
    KeyframeOptions,
    MaskOptions,
    MasksOptions,
    RecipeOptions,
    ReplayOptions,
)
from mutoscope.stylize.params import OptimiseParams

__all__ = ["FILM_KINDS"]

_RUNS = "mutoscope.service.jobs.runs"
_SOURCE = Input("source", "Film or picture that is worked on.", SEEN)
_GUIDE = Input("guide", "Depth or segments, for masks and to tell what is before what.", SEEN, is_required=False)
_ANY = (*FILM_SUFFIXES, *PICTURE_SUFFIXES)
_WAVE = {"source": "m_CLIP"}

FILM_KINDS = (
    JobKind(
        name="recipe",
        summary="Run a recipe over films.",
        run=f"{_RUNS}.films:run_recipe_job",
        verb="run",
        function="mutoscope.engine.run_recipe:run_recipe",
        inputs=(
            Input("source", "Films or pictures that are worked on.", SEEN, is_many=True),
            Input(
                "recipe_from",
                "Take the recipe out of this film's signed history.",
                ("video", "picture"),
                is_required=False,
            ),
            Input(
                "given",
                "With `recipe_from`: files that the recipe wants.",
                ("picture", "video", "model", "filter"),
                is_required=False,
                is_many=True,
            ),
        ),
        params=(RecipeOptions,),
        suffixes=_ANY,
        can_preview=True,
        takes_recipe=True,
        example={
            "inputs": {"source": ["m_CLIP"]},
            "recipe": {"step": [{"effect": "filter.play", "params": {"name": "great-wave"}}]},
        },
    ),
    JobKind(
        name="stylize",
        summary="Repaint a film or picture in the manner of a style picture, steadily.",
        run=f"{_RUNS}.films:run_stylize",
        verb="stylize",
        function="mutoscope.engine.stylize:stylize",
        inputs=(_SOURCE, _GUIDE),
        params=(OptimiseParams, FilmParams, MasksOptions),
        apart=("regions",),
        optional=("style",),
        suffixes=_ANY,
        effect="stylize.optimise",
        can_preview=True,
        example={"inputs": _WAVE, "parameters": {"style": "media:m_STYLE", "size": 640, "strength": 0.8}},
    ),
    JobKind(
        name="keyframes",
        summary="Carry painted frames through a film.",
        run=f"{_RUNS}.films:run_keyframes",
        verb="stylize",
        function="mutoscope.engine.stylize:stylize",
        inputs=(_SOURCE,),
        params=(KeyframeParams, LearnParams, FilmParams, MaskOptions, KeyframeOptions, OptimiseParams),
        apart=("network", "guides", "regions"),
        required=("keyframes",),
        optional=("style",),
        suffixes=FILM_SUFFIXES,
        effect="keyframes.play",
        example={"inputs": _WAVE, "parameters": {"keyframes": ["media:m_STYLE@0s"]}},
    ),
    JobKind(
        name="filter",
        summary="Paint a film or picture with a trained filter, many frames a second, steadily.",
        run=f"{_RUNS}.films:run_filter",
        verb="filter",
        function="mutoscope.engine.filter:filter_film",
        inputs=(_SOURCE,),
        params=(FilterParams, FilmParams, MaskOptions),
        apart=("digest",),
        suffixes=_ANY,
        effect="filter.play",
        can_preview=True,
        example={"inputs": _WAVE, "parameters": {"name": "great-wave", "strength": "0s:0, 4s:1"}},
    ),
    JobKind(
        name="corrupt",
        summary="Glitch a film or picture by agents that have learned where a network looks.",
        run=f"{_RUNS}.films:run_corrupt",
        verb="corrupt",
        function="mutoscope.engine.corrupt:corrupt",
        inputs=(_SOURCE,),
        params=(AgentsParams, FilmParams, MaskOptions, CorruptOptions),
        suffixes=_ANY,
        effect="corrupt.agents",
        can_preview=True,
        example={"inputs": _WAVE, "parameters": {"preset": "srinivas-1", "seed": 7}},
    ),
    JobKind(
        name="datamosh",
        summary="Datamosh a film: lost keyframes, repeated and transplanted motion, damaged bytes.",
        run=f"{_RUNS}.films:run_datamosh",
        verb="datamosh",
        function="mutoscope.engine.datamosh:datamosh",
        inputs=(
            Input("source", "Film that is worked on.", ("video",)),
            Input("motion", "Another film, whose motion moves this one.", ("video",), is_required=False),
        ),
        params=(DatamoshParams, FilmParams, MaskOptions),
        suffixes=FILM_SUFFIXES,
        effect="corrupt.datamosh",
        can_preview=True,
        example={"inputs": _WAVE, "parameters": {"mode": "bloom", "times": "1s"}},
    ),
    JobKind(
        name="autoencode",
        summary="See a film through a network that has seen only one film: this one, or another.",
        run=f"{_RUNS}.films:run_autoencode",
        verb="autoencode",
        function="mutoscope.engine.autoencode:autoencode",
        inputs=(_SOURCE, Input("model", "Model of a film.", MODEL)),
        params=(AutoencodeParams, FilmParams, MaskOptions, CompareOptions),
        apart=("model",),
        suffixes=_ANY,
        effect="autoencode.play",
        can_preview=True,
        example={"inputs": {**_WAVE, "model": "m_MODEL"}, "parameters": {"noise": 0.2, "compare": True}},
    ),
    JobKind(
        name="replay",
        summary="Make a result of a job again, and compare: the same bytes, or what has changed.",
        run=f"{_RUNS}.films:run_replay",
        verb="replay",
        function="mutoscope.engine.replay:replay",
        inputs=(Input("manifest", "Manifest of a result that was made here.", ("text",)),),
        params=(ReplayOptions,),
        example={"inputs": {"manifest": "m_MANIFEST"}},
    ),
    JobKind(
        name="estimate",
        summary="Say what a recipe will take on a film, in time and money: eight frames are computed.",
        run=f"{_RUNS}.films:run_estimate",
        verb="estimate",
        function="mutoscope.engine.estimate:estimate",
        inputs=(_SOURCE,),
        params=(EstimateOptions,),
        takes_recipe=True,
        lane="preview",
        example={
            "inputs": _WAVE,
            "recipe": {"step": [{"effect": "filter.play", "params": {"name": "great-wave"}}]},
        },
    ),
)
