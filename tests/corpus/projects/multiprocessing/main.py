"""Pools, queues, a manager and shared memory, by each way to start a process."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory


def square(number):
    return number**2


def put(queue, name):
    memory = shared_memory.SharedMemory(name)
    queue.put(bytes(memory.buf[:2]))
    memory.close()


def main():
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            print(method, pool.map(square, range(5)))
        memory = shared_memory.SharedMemory(create=True, size=16)
        memory.buf[:2] = b"ok"
        queue = context.Queue()
        process = context.Process(target=put, args=(queue, memory.name))
        process.start()
        print(queue.get(timeout=30))
        process.join()
        memory.close()
        memory.unlink()
        with context.Manager() as manager:
            print(sorted(manager.dict(a=1, b=2).items()))
        with ProcessPoolExecutor(1, context) as executor:
            try:
                executor.submit(square, "x").result(timeout=30)
            except TypeError as error:
                print(error)


if __name__ == "__main__":
    multiprocessing.freeze_support()
    main()
