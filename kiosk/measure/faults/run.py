"""One seeded run: a few cases are kept and brought while both machines die, disks lose and fill, clocks jump and the network errs.
Then everything works again, and all must be well."""

import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from kiosk.faults import Fault
from kiosk.measure.faults.disk import Loss
from kiosk.measure.faults.machines import BankMachine, Flaws, KioskMachine, Machine, memory_folder
from kiosk.measure.faults.network import Network
from kiosk.measure.faults.sqlite_layer import FileLayer
from kiosk.measure.faults.verdict import Verdict, judge
from kiosk.values import SessionId

_BEATS: Final = (8, 18)
_CASES: Final = (1, 5)
_DEATH_WITHIN_STEPS: Final = {"kiosk": 70, "bank": 25}
"""Keeping a case takes some 40 steps, settling one some 45, holding one at the bank some 15; docs/evidence/faults.md: where deaths fell."""
_PASSES_TO_SETTLE: Final = 40
NO_FLAWS: Final = Flaws()


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one seed. unsynced: whether power cuts of this run took every write that was not synced; deaths: where."""

    seed: int
    unsynced: bool
    verdict: Verdict
    cases: int
    deaths: tuple[str, ...]
    mishaps: tuple[str, ...]


class World:
    """dice: everything that is chance in a run, so that a seed replays."""

    def __init__(self, seed: int, folder: Path, layer: FileLayer, flaws: Flaws) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a seed must replay
        self.unsynced = seed % 2 == 0
        self.bank = BankMachine(folder, layer, flaws)
        self.network = Network(self.bank.answer, self.dice)
        self.kiosk = KioskMachine(folder, layer, flaws, self.network, self.dice)
        self._machines: tuple[Machine, Machine] = (self.kiosk, self.bank)
        self._seed = seed

    def run(self) -> Verdict:
        cases = [SessionId(f"{self._seed % 2**64:016x}{number:016x}") for number in range(self.dice.randrange(*_CASES))]
        actions: list[Callable[[], None]] = [self._arm, self._restart, self._jump, self._fill, self.kiosk.bring, self.kiosk.bring]
        for number in range(self.dice.randrange(*_BEATS)):
            if self.dice.random() < 0.4:
                self._arm()
            if number < len(cases) or self.dice.random() < 0.2:
                self.kiosk.keep(cases[number] if number < len(cases) else self.dice.choice(cases))
            self.dice.choice(actions)()
            self._tick()
        self._heal()
        return judge(self.bank.path, self.kiosk.store, self.kiosk.promised, self.kiosk.begun)

    def close(self) -> None:
        self.kiosk.drop()
        self.bank.drop()

    def _tick(self) -> None:
        for machine in self._machines:
            machine.clock.jump(self.dice.random() * 4.0)
            if not machine.life.alive:
                self._again(machine)

    def _arm(self) -> None:
        life = self.dice.choice(self._machines).life
        life.doom(self.dice.randrange(1, _DEATH_WITHIN_STEPS[life.who]))

    def _restart(self) -> None:
        """The machine loses power in the middle of nothing."""
        machine = self.dice.choice(self._machines)
        machine.life.die("between two steps")
        self._again(machine)

    def _again(self, machine: Machine) -> None:
        """Start a dead machine; now and then it dies again while it starts, at most twice."""
        for _ in range(3):
            loss = Loss.ALL_UNSYNCED if self.unsynced else self.dice.choice((Loss.NOTHING, Loss.SOME_UNSYNCED))
            machine.drop()
            machine.disk.end(loss, self.dice)
            machine.life.begin()
            if self.dice.random() < 0.2:
                machine.life.doom(self.dice.randrange(1, 30))
            machine.start()
            if machine.life.alive:
                return
        machine.life.begin()
        machine.start()

    def _jump(self) -> None:
        self.dice.choice(self._machines).clock.jump(self.dice.choice((-1, 1)) * 10.0 ** self.dice.uniform(1, 8))

    def _fill(self) -> None:
        self.dice.choice(self._machines).disk.room = self.dice.randrange(40_000)

    def _heal(self) -> None:
        """Everything works again; let the station do its work until nothing waits."""
        self.network.clear = True
        for machine in self._machines:
            machine.disk.room = None
            machine.life.dies_at = None
            if not machine.life.alive or not machine.running:
                machine.again(Loss.NOTHING, self.dice)
        self.network.flush()
        for _ in range(_PASSES_TO_SETTLE):
            self.kiosk.bring()
            due = None if self.kiosk.store is None else self.kiosk.store.next_due_at()
            if due is None:
                break
            self.kiosk.clock.now = max(due, self.kiosk.clock.now) + timedelta(seconds=1)
        self.network.flush()
        for machine in self._machines:
            machine.again(Loss.ALL_UNSYNCED, self.dice)


def run_seed(seed: int, layer: FileLayer, flaws: Flaws = NO_FLAWS) -> Ran:
    """Run one seed, inside `layer.installed()`. A fault that reaches this far is a machine that could not go on: its cases are stuck."""
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=memory_folder()))
    world = World(seed, folder, layer, flaws)
    try:
        verdict = world.run()
    except Fault as fault:
        verdict = Verdict(0, 0, max(1, len(world.kiosk.promised)), (f"stuck: {type(fault).__name__}: {fault}",))
    finally:
        world.close()
        for name in ("kiosk", "bank"):
            layer.unmount(str(folder / name))
        shutil.rmtree(folder, ignore_errors=True)
    deaths = (*world.kiosk.life.deaths, *world.bank.life.deaths)
    return Ran(seed, world.unsynced, verdict, len(world.kiosk.promised), deaths, tuple(world.network.mishaps))
