"""What the machine can do at best: the bandwidth of its memory."""

import ctypes
import mmap
import threading
import time

SIZE = 1 << 30
ROUNDS = 7


def read_bandwidth(threads: int) -> float:
    """Bytes per second that `threads` threads read from memory, the best of several rounds.

    Each thread looks with the C library's `memchr` for a byte that does not occur in its part of a GiB, which is far
    more than any cache holds. `memchr` reads every byte once, with vector loads, and does next to nothing else. The pages are
    written before, since pages that were never written are all one page of zeros.
    """
    library = ctypes.CDLL(None)
    library.memchr.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    library.memchr.restype = ctypes.c_void_p
    memory = mmap.mmap(-1, SIZE)
    view = ctypes.c_char.from_buffer(memory)
    address, part = ctypes.addressof(view), SIZE // threads
    ctypes.memset(address, 1, SIZE)
    best = float("inf")
    for _ in range(ROUNDS):
        workers = [threading.Thread(target=library.memchr, args=(address + index * part, 2, part)) for index in range(threads)]
        begin = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = min(best, time.perf_counter() - begin)
    del view
    memory.close()
    return part * threads / best
