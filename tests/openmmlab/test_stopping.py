from __future__ import annotations

import os
import signal
import threading

import pytest

from segdet_kit.openmmlab.stopping import StopRequest


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_is_remembered_and_the_second_interrupts(number, status):
    stop, before = StopRequest(), signal.getsignal(number)
    with stop.listening():
        assert stop.exit_status == 0
        os.kill(os.getpid(), number)
        assert (stop.signal, stop.exit_status) == (number, status)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_loading_worker_outlives_ctrl_c_and_ends_when_its_parent_says_so(number, status):
    stop = StopRequest()
    with stop.listening():
        stop._process = -1  # as seen from a forked worker
        ended = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "_exit", ended.append)
            os.kill(os.getpid(), number)
    assert ended == ([status] if status else [])
    assert stop.signal is None


def test_outside_the_main_thread_signals_are_left_as_they_are():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def listen():
        with StopRequest().listening():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert seen == [before]
