# SPDX-License-Identifier: Apache-2.0
"""The processes that a regression starts: a group each, so that a signal ends all of them."""
import os
import signal
import subprocess
import threading


class Processes:
    def __init__(self):
        self.stopped_by = None  # the signal
        self._running = set()
        # The signal's handler may find the main thread within it.
        self._lock = threading.RLock()

    def stop_on(self, *signals):
        for number in signals:
            if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
                signal.signal(number, self._stop)

    def run(self, command, timeout=None, **options):
        """Its exit status, "timeout", or None if a signal kept it from starting or ending."""
        with self._lock:
            if self.stopped_by is not None:
                return None
            process = subprocess.Popen(command, start_new_session=True, **options)
            self._running.add(process)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            kill(process)
            status = "timeout"
        finally:
            with self._lock:
                self._running.discard(process)
        stopped = self.stopped_by is not None and status == -signal.SIGKILL
        return None if stopped else status

    def _stop(self, number, _):
        with self._lock:
            self.stopped_by = number
            for process in self._running:
                kill(process, wait=False)


def kill(process, wait=True):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    if wait:
        process.wait()
