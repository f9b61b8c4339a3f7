"""Jobs that look: sort, measure, sign, publish; and that fetch from stores and send to them."""

from mutoscope.measure.params import MeasureParams
from mutoscope.service.jobs.kinds.kind import MODEL, PICTURE, SEEN, Input, JobKind
from mutoscope.service.jobs.kinds.options import AssembleOptions, LabelOptions, PlaceOptions, SortOptions
from mutoscope.service.jobs.kinds.trainings import LABELLED
from mutoscope.sort.params import SortParams

__all__ = ["LOOK_KINDS"]

_RUNS = "mutoscope.service.jobs.runs.looks"
_SORTER = Input("sorter", "A learned part of your own, of `train_sorter`.", MODEL, is_required=False)

LOOK_KINDS = (
    JobKind(
        name="sort",
        summary="Measure films and mark their usable seconds, with reasons, for people and editors.",
        run=f"{_RUNS}:run_sort",
        verb="sort",
        function="mutoscope.engine.sort:sort",
        inputs=(Input("footage", "Films.", ("video",), is_many=True), _SORTER),
        params=(SortParams, SortOptions, AssembleOptions),
        example={"inputs": {"footage": ["m_CLIP"]}, "parameters": {"preset": "general", "export": ["otio"]}},
    ),
    JobKind(
        name="measure",
        summary="Say how steady a film is and how near to its source and its style picture.",
        run=f"{_RUNS}:run_measure",
        verb="measure",
        function="mutoscope.engine.measure:measure",
        inputs=(
            Input("film", "What was made.", SEEN),
            Input("source", "What it was made from, with the same frames.", SEEN),
            Input("style", "Style picture, for the distance from it.", PICTURE, is_required=False),
        ),
        params=(MeasureParams,),
        example={"inputs": {"film": "m_RESULT", "source": "m_CLIP"}},
    ),
    JobKind(
        name="measure_sorter",
        summary="Say how well sorting tells blur or exposure on your own labelled pictures.",
        run=f"{_RUNS}:run_measure_sorter",
        verb="measure",
        function="mutoscope.engine.measure_sorter:measure_labelled",
        inputs=(
            *LABELLED,
            _SORTER,
        ),
        params=(LabelOptions,),
        example={"inputs": {"sharp": ["m_SHARP"], "blurred": ["m_BLURRED"]}, "parameters": {"task": "blur"}},
    ),
    JobKind(
        name="sign",
        summary="Sign a file by hand: who made it, of what.",
        run=f"{_RUNS}:run_sign",
        verb="sign",
        function="mutoscope.engine.histories:sign_by_hand",
        inputs=(
            Input("file", "What is signed; the result is a signed copy.", ("video", "picture", "sound")),
            Input(
                "parents",
                "What it was made from, the main one first.",
                ("video", "picture", "sound"),
                is_required=False,
                is_many=True,
            ),
        ),
        lane="preview",
        example={"inputs": {"file": "m_CLIP"}},
    ),
    JobKind(
        name="publish",
        summary="Make a page for people of a result: stills before and after, the film, how it was made.",
        run=f"{_RUNS}:run_publish",
        verb="publish",
        function="mutoscope.engine.publish:publish",
        inputs=(
            Input("result", "Result of a job.", ("video", "picture")),
            Input("manifest", "Its manifest.", ("text",)),
            Input("source", "What it was made from, for stills of before.", SEEN, is_required=False),
        ),
        example={"inputs": {"result": "m_RESULT", "manifest": "m_MANIFEST", "source": "m_CLIP"}},
    ),
    JobKind(
        name="fetch",
        summary="Fetch a file from a store of your own; it becomes media after the same checks as an upload.",
        run=f"{_RUNS}:run_fetch",
        verb="run",
        function="mutoscope.storage.fetched:fetch",
        params=(PlaceOptions,),
        needs_network=True,
        example={"parameters": {"place": "store://rushes/clip.mp4"}},
    ),
    JobKind(
        name="send",
        summary="Send media into a store of your own.",
        run=f"{_RUNS}:run_send",
        verb="run",
        function="mutoscope.storage.sending:begin",
        inputs=(
            Input(
                "file",
                "What is sent.",
                ("video", "picture", "sound", "model", "filter", "numbers", "text", "page", "archive"),
            ),
        ),
        params=(PlaceOptions,),
        needs_network=True,
        example={"inputs": {"file": "m_RESULT"}, "parameters": {"place": "store://results/painted.mp4"}},
    ),
)
