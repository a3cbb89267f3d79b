"""Packets a second through the real intake over HTTP on this machine: `python -m tests.intake.throughput [PACKETS] [STATIONS]`.

Pictures are filler of usual sizes (page 120 kB, portrait 20 kB, live view 60 kB). Every receipt is verified by the connector.
"""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.outbox import Accepted
from kiosk.record import EvidencePictures
from kiosk.values import Masked
from kiosk.wire.packet import open_packet
from kiosk.wire.plain import encode_record
from tests.fakes.branch import QUICK, draw_branch
from tests.wire.specimens import NO_PICTURES, numbered


def main(packets: int, stations: int) -> None:
    branch = draw_branch()
    page, portrait, live = (Masked(b"\xff\xd8\xff" + os.urandom(size)) for size in (120_000, 20_000, 60_000))
    pictures = EvidencePictures(page, portrait, live)
    started = time.perf_counter()
    made = [branch.packet(numbered(number), pictures) for number in range(packets)]
    making = time.perf_counter() - started
    started = time.perf_counter()
    for packet in made:
        open_packet(packet.sealed, branch.booth.enrolled(), branch.bank)
    opening = time.perf_counter() - started
    bare = branch.packet(numbered(packets), NO_PICTURES)
    times: list[float] = []
    # Beside the code rather than in /tmp, which is memory on many machines: the wait for the disk belongs to the figure.
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as folder,
        branch.store(Path(folder)) as store,
        serve_in_thread(create_app(store, branch.keys(), PRODUCTION)) as intake,
    ):

        def deliver(mine: int) -> None:
            connector = branch.connect(intake.url, QUICK)
            for packet in made[mine::stations]:
                asked = time.perf_counter()
                assert isinstance(connector.deliver(packet), Accepted)
                times.append(time.perf_counter() - asked)

        threads = [threading.Thread(target=deliver, args=(mine,)) for mine in range(stations)]
        started, spent = time.perf_counter(), time.process_time()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took, spent = time.perf_counter() - started, time.process_time() - spent
        assert len(list(store.cases())) == packets
    times.sort()
    sys.stdout.write(
        f"packet {len(made[0].sealed)} bytes with 200 009 of pictures, {len(bare.sealed)} without; "
        f"record {len(encode_record(numbered(0)))};\n"
        f"make {1000 * making / packets:.2f} ms, open and check {1000 * opening / packets:.2f} ms;\n"
        f"{packets} packets from {stations} stations: {packets / took:.0f} a second, "
        f"p50 {1000 * times[len(times) // 2]:.1f} ms, p99 {1000 * times[int(len(times) * 0.99)]:.1f} ms, "
        f"{1000 * spent / packets:.1f} ms of processor each, stations included; every receipt verified\n"
    )


if __name__ == "__main__":
    main(*(int(word) for word in (*sys.argv[1:], *("400", "4")[len(sys.argv) - 1 :])))
