"""How many cores NumPy multiplies on."""


def multiply_on_one_core() -> None:
    """Let NumPy multiply matrices without a second thread, in this whole process and for good.

    A server sends a few digits at a time through a network, while workers or clients take every core: two threads then
    wait for each other ten times longer than one computes.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1, user_api="blas")
