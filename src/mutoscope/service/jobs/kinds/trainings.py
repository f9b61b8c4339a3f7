"""Jobs that make weights: filters, sorters, networks that have seen one film; and that exchange them."""

from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.filters.train_params import TrainFilterParams
from mutoscope.service.jobs.kinds.kind import MODEL, PICTURE, SEEN, Input, JobKind
from mutoscope.service.jobs.kinds.options import ImportFilterOptions, NameOptions, PaintingOptions, SortOptions
from mutoscope.sort.params import SortParams
from mutoscope.sort.train_params import TrainSorterParams

__all__ = ["LABELLED", "LABELS", "TRAINING_KINDS"]

_RUNS = "mutoscope.service.jobs.runs.trainings"

LABELS = (
    ("sharp", "sharp"),
    ("blurred", "blurred"),
    ("defocus", "out of focus"),
    ("camera", "blurred by a shaken camera"),
    ("good", "well exposed"),
    ("under", "underexposed"),
    ("over", "overexposed"),
)
"""Roles of labelled pictures: the first four are about blur, the others about exposure."""

LABELLED = tuple(
    Input(label, f"Pictures that are {told}.", PICTURE, is_required=False, is_many=True) for label, told in LABELS
)
"""The same as inputs."""

TRAINING_KINDS = (
    JobKind(
        name="train_filter",
        summary="Train a filter from one painting and put it on your shelf.",
        run=f"{_RUNS}:run_train_filter",
        verb="train filter",
        function="mutoscope.engine.train_filter:train_filter",
        inputs=(
            Input("painting", "Picture whose manner is learned.", PICTURE, is_required=False),
            Input(
                "footage",
                "Films that the filter is meant for; it learns on them too.",
                SEEN,
                is_required=False,
                is_many=True,
            ),
        ),
        params=(TrainFilterParams, NameOptions, PaintingOptions),
        example={"inputs": {"painting": "m_STYLE"}, "parameters": {"name": "dusk", "minutes": 10}},
    ),
    JobKind(
        name="train_sorter",
        summary="Train the learned part of sorting on labelled pictures.",
        run=f"{_RUNS}:run_train_sorter",
        verb="train sorter",
        function="mutoscope.engine.train_sorter:train_sorter",
        inputs=(*LABELLED,),
        params=(TrainSorterParams,),
        suffixes=(".safetensors",),
        example={"inputs": {"sharp": ["m_SHARP"], "blurred": ["m_BLURRED"]}},
    ),
    JobKind(
        name="train_decisions",
        summary="Fit the thresholds of sorting to what you kept and rejected.",
        run=f"{_RUNS}:run_train_decisions",
        verb="train sorter",
        function="mutoscope.engine.train_decisions:train_from_decisions",
        inputs=(
            Input("decisions", "Table that the report's page or `/api/sort/{id}/decisions` gives.", ("text",)),
            Input("footage", "The films that were sorted.", ("video",), is_many=True),
            Input("sorter", "Learned part with which they were sorted.", MODEL, is_required=False),
        ),
        params=(SortParams, SortOptions),
        apart=("export",),
        suffixes=(".json",),
        example={"inputs": {"decisions": "m_TABLE", "footage": ["m_CLIP"]}},
    ),
    JobKind(
        name="train_autoencoder",
        summary="Train a network that sees nothing but your films.",
        run=f"{_RUNS}:run_train_autoencoder",
        verb="train autoencoder",
        function="mutoscope.engine.train_autoencoder:train_autoencoder",
        inputs=(Input("films", "Film, or several that become one memory.", ("video",), is_many=True),),
        params=(TrainAutoencoderParams,),
        suffixes=(".safetensors",),
        example={"inputs": {"films": ["m_CLIP"]}, "parameters": {"minutes": 20, "profile": "tiny"}},
    ),
    JobKind(
        name="export_filter",
        summary="Write a filter for another program (ONNX), or for another Mutoscope.",
        run=f"{_RUNS}:run_export_filter",
        verb="filters export",
        function="mutoscope.engine.filter_exchange:export_filter",
        params=(NameOptions,),
        suffixes=(".onnx", ".safetensors"),
        lane="preview",
        example={"parameters": {"name": "great-wave"}, "result": {"suffix": ".onnx"}},
    ),
    JobKind(
        name="import_filter",
        summary="Put a filter's file, or a foreign ONNX model, on your shelf, after a check.",
        run=f"{_RUNS}:run_import_filter",
        verb="filters import",
        function="mutoscope.engine.filter_exchange:import_filter",
        inputs=(Input("file", "A filter's file, or a foreign model.", ("filter", "model")),),
        params=(ImportFilterOptions,),
        lane="preview",
        example={"inputs": {"file": "m_FILTER"}, "parameters": {"name": "dusk"}},
    ),
    JobKind(
        name="export_model",
        summary="Write encoder and decoder of a film's model for any runtime (ONNX).",
        run=f"{_RUNS}:run_export_model",
        verb="model",
        function="mutoscope.engine.film_model:export_model",
        inputs=(Input("model", "Model of a film.", MODEL),),
        example={"inputs": {"model": "m_MODEL"}},
    ),
)
