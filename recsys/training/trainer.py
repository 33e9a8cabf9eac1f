"""The trainer: a generator that trains LightGCN and yields events.

It writes nothing but its state; the caller decides what to do with the events.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from recsys.config import Settings
from recsys.data.interactions import Interactions
from recsys.errors import TrainingError
from recsys.models.graph import Graph
from recsys.models.lightgcn import LightGCN, initial_embeddings
from recsys.training import events
from recsys.training.distributed import SINGLE_PROCESS, ProcessGroup
from recsys.training.objective import Objective
from recsys.training.state import State
from recsys.training.validation import validate

__all__ = ["Trainer"]


class Trainer:
    """One training of LightGCN on a table of interactions.

    Args:
        interactions: the training edges (likes); every entry is an edge.
        settings: the settings of model and training.
        validation: held-out edges of the same users and items, or none.
        device: where to compute.
        start: E⁰ to start from (a pretrained model), in place of that of the settings.
        state_path: file in which the state is saved at evaluations, or none; the training
            continues from a file that exists.
        steps: number of steps, in place of that of the settings; the schedule of the learning rate
            stays that of the settings.
        process_group: the processes that train together; each holds some columns of E⁰.

    Attributes:
        state: the state after the last step, with this process's columns. The file holds all
            columns, so any number of processes can resume from it.

    Raises:
        TrainingError: there is nothing to learn from, or the saved state is of another run.
        SettingsError: there are more processes than columns.
    """

    def __init__(
        self,
        interactions: Interactions,
        settings: Settings,
        *,
        validation: Interactions | None = None,
        device: torch.device | str = "cpu",
        start: Float[Tensor, "nodes d"] | None = None,
        state_path: Path | None = None,
        steps: int | None = None,
        process_group: ProcessGroup = SINGLE_PROCESS,
    ) -> None:
        if len(interactions) == 0:
            raise TrainingError("There is no like to learn from; nothing was started.")
        self.interactions, self.settings, self.validation = interactions, settings, validation
        self.recipe, self.state_path = settings.training, state_path
        self.process_group = process_group
        self.objective = Objective(interactions, self.recipe, process_group.all_reduce)
        per_epoch = self.objective.steps_per_epoch
        self.schedule_steps = self.recipe.steps or self.recipe.epochs * per_epoch
        self.evaluate_every = self.recipe.evaluate_steps or self.recipe.evaluate_every * per_epoch
        self.steps = self.schedule_steps if steps is None else min(steps, self.schedule_steps)
        model = settings.model
        graph = Graph.build(
            interactions,
            user_exponent=model.user_exponent,
            item_exponent=model.item_exponent,
            device=device,
        )
        settings_hash = hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:16]
        recipe = f"{settings_hash}-{interactions.fingerprint()[:16]}"
        if state_path is not None and state_path.exists():
            self.state = State.load(state_path)
            if self.state.recipe != recipe:
                raise TrainingError(
                    f"The saved state {state_path} is of other data or settings; it is unchanged. "
                    "Choose another folder, or the settings that it was started with."
                )
        else:
            base = (
                initial_embeddings(interactions, model, self.recipe.seed)
                if start is None
                else start
            )
            self.state = State.fresh(base, recipe)
        columns = process_group.columns(model.dimension)
        self.state = self.state.map_tensors(lambda tensor: tensor[:, columns].contiguous())
        width = {"dimension": columns.stop - columns.start}
        self.model = LightGCN(graph, model.model_copy(update=width), self.state.base)

    def run(self, stop_requested: Callable[[], bool] = lambda: False) -> Iterator[events.Event]:
        """Train.

        Args:
            stop_requested: called before each step; once it returns true the training ends and
                keeps the best model.

        Yields:
            ``Started``, then ``StepCompleted`` for each step, ``Evaluated`` and ``StateSaved`` at
            evaluations, and at the end one of ``Finished``, ``Cancelled`` and ``Failed``.
        """
        model, state, recipe = self.model, self.state, self.recipe
        graph = model.graph
        yield events.Started(
            state.step, self.steps, graph.users, graph.items, len(self.interactions),
            model.base.numel(), str(model.base.device),
        )  # fmt: skip
        optimizer = torch.optim.Adam([model.base], lr=recipe.learning_rate, fused=True)
        optimizer.state[model.base] = {
            "step": torch.tensor(float(state.step), device=model.base.device),
            "exp_avg": state.mean.to(model.base.device),
            "exp_avg_sq": state.square.to(model.base.device),
        }
        while state.step < self.steps:
            if self.validation is not None and 0 < recipe.patience <= state.waited:
                if state.step % (self.evaluate_every * recipe.save_every):
                    yield from self._save(optimizer)  # the best may be newer than the saved state
                reason = f"no better NDCG@20 in {state.waited} evaluations"
                yield events.Finished(state.step, state.best_step, reason)
                return
            if self.process_group.any(stop_requested()):
                yield from self._save(optimizer)
                yield events.Cancelled(state.step, state.best_step)
                return
            began = time.perf_counter()
            rate = self._rate(state.step)
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad(set_to_none=True)
            loss = self.objective.loss(model, state.step)
            loss.backward()
            loss_value = loss.item()
            if not state.first_loss > 0:  # not yet known, or no usable pair so far
                state.first_loss = loss_value
            if problem := self._divergence(loss_value):
                self._restore()
                yield events.Failed(state.step, problem, state.best_step)
                return
            norm = self._gradient_norm()
            optimizer.step()
            state.step += 1
            yield events.StepCompleted(
                state.step, state.step / self.objective.steps_per_epoch, loss_value, norm,
                rate, time.perf_counter() - began,
            )  # fmt: skip
            if state.step % self.evaluate_every == 0 or state.step == self.steps:
                if self.process_group.any(not bool(torch.isfinite(model.base).all())):
                    self._restore()
                    reason = "a parameter is no longer a finite number; lower the learning rate"
                    yield events.Failed(state.step, reason, state.best_step)
                    return
                yield self._evaluate()
                if (
                    state.step % (self.evaluate_every * recipe.save_every) == 0
                    or state.step == self.steps
                ):
                    yield from self._save(optimizer)
        yield events.Finished(state.step, state.best_step, "all steps are done")

    def _rate(self, step: int) -> float:
        """Return the learning rate of a step; a cosine schedule decays from η to 0."""
        eta = self.recipe.learning_rate
        if self.recipe.schedule == "constant":
            return eta
        return eta * 0.5 * (1 + math.cos(math.pi * step / self.schedule_steps))

    def _gradient_norm(self) -> float:
        gradient = self.model.base.grad
        if gradient is None:
            return 0.0
        return float(self.process_group.all_reduce(gradient.norm().square()).sqrt())

    def _divergence(self, loss: float) -> str | None:
        """Return why a loss ends the training; none where it does not."""
        if not math.isfinite(loss):
            return "the loss is no longer a finite number; lower the learning rate"
        if loss > 10 * abs(self.state.first_loss) + 10:
            return (
                f"the loss rose from {self.state.first_loss:.3g} to {loss:.3g}: the run diverged; "
                "lower the learning rate"
            )
        return None

    def _evaluate(self) -> events.Evaluated:
        """Evaluate on the validation edges and store the best model; without any, the last one."""
        state = self.state
        metrics: dict[str, float] = {}
        better = True
        if self.validation is not None:
            metrics = validate(
                self.model, self.interactions, self.validation, self.process_group.all_reduce
            )
            better = metrics["ndcg@20"] > state.best_ndcg
        if better:
            state.best = self.model.base.detach().clone()
            state.best_step = state.step
            state.best_ndcg = metrics.get("ndcg@20", -1.0)
        state.waited = 0 if better else state.waited + 1
        return events.Evaluated(state.step, metrics, better)

    def best(self) -> LightGCN:
        """Return the model of the best evaluation, with the columns of all processes."""
        base = self.process_group.gather_columns(self.state.best.to(self.model.base.device))
        return LightGCN(self.model.graph, self.settings.model, base)

    def _restore(self) -> None:
        """Restore the best model after a number that is not finite."""
        with torch.no_grad():
            self.model.base.copy_(self.state.best)

    def _save(self, optimizer: torch.optim.Optimizer) -> Iterator[events.StateSaved]:
        moments = optimizer.state[self.model.base]
        self.state.base = self.model.base.detach()
        self.state.mean, self.state.square = moments["exp_avg"], moments["exp_avg_sq"]
        if self.state_path is not None:
            gathered = self.state.map_tensors(self.process_group.gather_columns)
            if self.process_group.rank == 0:
                gathered.save(self.state_path)
            yield events.StateSaved(self.state.step, str(self.state_path))
