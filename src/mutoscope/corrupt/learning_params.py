"""Parameters of what agents learn: what pays, and how the table of values is found. Torch-free."""

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["LearningParams", "Noise", "Schedule"]

_FIXED = {"keyframes": False}


class Noise(NamedTuple):
    """How much a manipulation appears: the normal noise that is added to what it pays, one draw per cell."""

    mean: float = 0.0
    sigma: float = 0.1


@dataclass(frozen=True)
class Schedule:
    """Numbers of one training, all of them settled."""

    iterations: int
    max_steps: int
    alpha: float
    epsilon_start: float
    epsilon_end: float
    epsilon_share: float
    starts: Literal["random", "corner"]


class LearningParams(Params):
    """What agents learn from a picture: which steps pay, and by which method the best ones are found."""

    solver: Literal["q_learning", "srinivas", "value_iteration"] = "q_learning"
    """How the table is found. q_learning: enough to solve it. srinivas: a small learning rate and a fixed share of
    chance, as in the source of this effect, which leaves large grids unsolved. value_iteration: exact."""

    iterations: Annotated[int, Field(ge=1, le=100_000_000, json_schema_extra=_FIXED)] | None = None
    """Episodes of the training. Without a number: as many as the grid needs."""

    max_steps: Annotated[int, Field(ge=1, le=1_000_000, json_schema_extra=_FIXED)] | None = None
    """Steps after which an episode ends that has not left the picture. Without a number: the solver's own."""

    alpha: Annotated[float, Field(gt=0, le=1, json_schema_extra=_FIXED)] | None = None
    """Learning rate. Without a number: 1 (nothing is left to chance here, so one look is enough); srinivas: 0.1."""

    gamma: Annotated[float, Field(ge=0, le=0.999, json_schema_extra=_FIXED)] = 0.9
    """How much the next step counts beside this one; near 1 agents look far ahead."""

    epsilon: Annotated[float, Field(ge=0, le=1, json_schema_extra=_FIXED)] | None = None
    """Share of random steps at the start of the training. Without a number: the solver's own."""

    epsilon_end: Annotated[float, Field(ge=0, le=1, json_schema_extra=_FIXED)] | None = None
    """Share of random steps at its end. Without a number: the solver's own."""

    epsilon_share: Annotated[float, Field(ge=0, le=1, json_schema_extra=_FIXED)] = 0.8
    """Share of the training over which the one moves to the other, in a straight line."""

    starts: Literal["random", "corner"] = "random"
    """Where episodes start: anywhere on the picture, or always in its upper left corner."""

    exit_reward: Annotated[float, Field(ge=-100, le=100, json_schema_extra=_FIXED)] = 1.0
    """What leaving the picture pays; a step pays -1 to 0."""

    invert: bool = True
    """Draw agents to the background, away from what the network looks at; false: towards it."""

    median: Literal[1, 3, 5, 7] = 3
    """Side, in cells, of the median filter over each plane of rewards; 1: none."""

    def schedule(self, num_cells: int, num_actions: int) -> Schedule:
        """Settle the numbers of a training for a grid.

        With q_learning there are 60 steps for each action of each cell. Measured on (200, 100) x 16 they leave a
        regret below 0.001; half of them leave 0.01 at gamma 0.9 and 0.2 at 0.99. Many short walks from everywhere are
        worth more than few long ones; who asks for few episodes gets longer ones.
        """
        authors = self.solver == "srinivas"
        steps = _STEPS_EACH * num_cells * num_actions
        enough = _AUTHORS_EPISODES if authors else min(steps // _SHORT_WALK + 1, _MOST_EPISODES)
        iterations = self.iterations or enough
        longer = steps // iterations + 1
        walk = _LONG_WALK if authors else min(max(longer, _SHORT_WALK), _LONG_WALK)
        first = (0.1 if authors else 1.0) if self.epsilon is None else self.epsilon
        last = (first if authors else min(first, 0.05)) if self.epsilon_end is None else self.epsilon_end
        return Schedule(
            iterations=iterations,
            max_steps=self.max_steps or walk,
            alpha=self.alpha or (0.1 if authors else 1.0),
            epsilon_start=first,
            epsilon_end=last,
            epsilon_share=self.epsilon_share,
            starts=self.starts,
        )


_STEPS_EACH = 60
_SHORT_WALK = 20
_LONG_WALK = 1000
_MOST_EPISODES = 10_000_000
_AUTHORS_EPISODES = 10_000
"""What the author gave grids of (200, 100)."""
