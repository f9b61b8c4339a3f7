"""The tables. Times are seconds since 1970, UTC; plain values are JSON. One schema for SQLite and PostgreSQL."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, MetaData, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "Base",
    "Decisions",
    "Delivery",
    "Event",
    "Frameset",
    "Idempotency",
    "Job",
    "Ledger",
    "Media",
    "SavedRecipe",
    "Token",
    "Upload",
]

_SERVED = text("started_at IS NOT NULL")  # so that nothing but looking for the last start uses that index
_BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up whole numbers only under this name


class Base(DeclarativeBase):
    """The parent of all tables; names of constraints are fixed so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON(none_as_null=True), list[Any]: JSON(none_as_null=True)}  # noqa: RUF012


class Token(Base):
    """Who may come in. Of the secret only its SHA-256 is kept."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(24), index=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[float]
    revoked_at: Mapped[float | None] = mapped_column(default=None)
    max_jobs: Mapped[int | None] = mapped_column(_BIG, default=None)
    max_bytes: Mapped[int | None] = mapped_column(_BIG, default=None)
    max_cost: Mapped[float | None] = mapped_column(default=None)
    guidelines: Mapped[str | None] = mapped_column(String(64), default=None)
    """Version of the guidelines that were accepted."""
    guidelines_at: Mapped[float | None] = mapped_column(default=None)


class Media(Base):
    """A file of somebody: uploaded, or made by a job. It is media only when `state` is ready."""

    __tablename__ = "media"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    owner: Mapped[str] = mapped_column(String(24))
    token_id: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(400))
    """What a person calls it. Never a path."""
    state: Mapped[str] = mapped_column(String(12))
    """checking, ready or refused."""
    kind: Mapped[str] = mapped_column(String(12))
    """video, picture, sound, model, filter, numbers, text, page or archive."""
    type: Mapped[str] = mapped_column(String(100))
    suffix: Mapped[str] = mapped_column(String(16))
    bytes: Mapped[int] = mapped_column(_BIG)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    path: Mapped[str] = mapped_column(String(400))
    """Relative to the data folder; made of ids, never of what somebody sent."""
    info: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """What `mutoscope info` tells, without the path."""
    problem: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """Why it was refused."""
    job_id: Mapped[str | None] = mapped_column(String(24), index=True, default=None)
    role: Mapped[str] = mapped_column(String(40), default="upload")
    """upload; of a job: result, manifest, report …"""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[float]
    __table_args__ = (Index("ix_media_owner_created", "owner", "created_at", "id"),)


class Upload(Base):
    """An upload under way (tus 1.0). The bytes lie in uploads/<id>; their length is what was taken in."""

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    owner: Mapped[str] = mapped_column(String(24), index=True)
    token_id: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(400))
    length: Mapped[int] = mapped_column(_BIG)
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Upload-Metadata."""
    media_id: Mapped[str | None] = mapped_column(String(24), default=None)
    created_at: Mapped[float]
    expires_at: Mapped[float] = mapped_column(index=True)


class Job(Base):
    """One run. `fence` rises with every claim: who holds an older one may not write any more."""

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    owner: Mapped[str] = mapped_column(String(24))
    token_id: Mapped[str] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]]
    """As it was asked for, checked."""
    lane: Mapped[str] = mapped_column(String(12), default="batch")
    """batch or preview."""
    state: Mapped[str] = mapped_column(String(12))
    """queued, running, done, partial, failed or cancelled."""
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    server: Mapped[str | None] = mapped_column(String(64), default=None)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[float] = mapped_column(default=0.0)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often a process that ran it died under it."""
    created_at: Mapped[float]
    started_at: Mapped[float | None] = mapped_column(default=None)
    finished_at: Mapped[float | None] = mapped_column(default=None)
    progress: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """stage, done, total, unit, rate, seconds_left."""
    preview: Mapped[int | None] = mapped_column(default=None)
    """Number of the latest preview picture."""
    result: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    notices: Mapped[list[Any] | None] = mapped_column(default=None)
    problem: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    cost: Mapped[float | None] = mapped_column(default=None)
    webhook: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    retry_of: Mapped[str | None] = mapped_column(String(24), default=None)
    version: Mapped[int] = mapped_column(default=1)
    """Rises with every change; the ETag."""
    __table_args__ = (
        Index("ix_jobs_owner_created", "owner", "created_at", "id"),
        # The next job is chosen from this one alone, however many are queued.
        Index("ix_jobs_state_lane", "state", "lane", "owner", "created_at", "id"),
        Index("ix_jobs_served", "lane", "owner", "started_at", postgresql_where=_SERVED, sqlite_where=_SERVED),
    )


class Event(Base):
    """What happened to a job, in order, for ever as long as the job is kept. Feeds the event stream."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(String(24))
    number: Mapped[int]
    """Counts 1, 2, 3 … within the job: the id of the event stream."""
    kind: Mapped[str] = mapped_column(String(20))
    """state, progress, preview, notice."""
    data: Mapped[dict[str, Any]]
    at: Mapped[float]
    __table_args__ = (UniqueConstraint("job_id", "number"),)


class Idempotency(Base):
    """Requests that were answered, by the key that their sender chose."""

    __tablename__ = "idempotency"
    owner: Mapped[str] = mapped_column(String(24), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str] = mapped_column(String(24))
    created_at: Mapped[float] = mapped_column(index=True)


class SavedRecipe(Base):
    """A recipe that somebody keeps."""

    __tablename__ = "recipes"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    owner: Mapped[str] = mapped_column(String(24), index=True)
    name: Mapped[str] = mapped_column(String(400))
    body: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[float]
    changed_at: Mapped[float]


class Frameset(Base):
    """A film taken apart into pictures, which may be exchanged one by one."""

    __tablename__ = "framesets"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    owner: Mapped[str] = mapped_column(String(24), index=True)
    token_id: Mapped[str] = mapped_column(String(24))
    media_id: Mapped[str] = mapped_column(String(24))
    """The film."""
    job_id: Mapped[str] = mapped_column(String(24), index=True)
    """The job that makes it; it is ready when that is done."""
    path: Mapped[str] = mapped_column(String(400))
    frames: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(_BIG, default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[float]


class Decisions(Base):
    """What a person thinks of the clips of a sort report: keep, unsure or reject."""

    __tablename__ = "decisions"
    job_id: Mapped[str] = mapped_column(String(24), primary_key=True)
    body: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[float]


class Ledger(Base):
    """What was used, once for each job."""

    __tablename__ = "ledger"
    job_id: Mapped[str] = mapped_column(String(24), primary_key=True)
    token_id: Mapped[str] = mapped_column(String(24), index=True)
    owner: Mapped[str] = mapped_column(String(24), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[float]
    frames: Mapped[int] = mapped_column(_BIG, default=0)
    cpu_seconds: Mapped[float] = mapped_column(default=0.0)
    device_seconds: Mapped[float] = mapped_column(default=0.0)
    bytes: Mapped[int] = mapped_column(_BIG, default=0)
    cost: Mapped[float] = mapped_column(default=0.0)
    price: Mapped[float] = mapped_column(default=0.0)
    currency: Mapped[str] = mapped_column(String(8), default="")


class Delivery(Base):
    """A webhook that is to be sent, or was."""

    __tablename__ = "deliveries"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    job_id: Mapped[str] = mapped_column(String(24), index=True)
    state: Mapped[str] = mapped_column(String(12))
    """The state of the job that is told."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[float | None] = mapped_column(index=True)
    """When it is tried next; none: delivered or given up."""
    answer: Mapped[str | None] = mapped_column(String(200), default=None)
    created_at: Mapped[float]
