"""A task that loads nothing."""


def keep_a_line(task, desk):
    """A task that notes in a file that it was done, slowly enough for another process to come in between."""
    with open(task.spec["log"], "a", encoding="ascii") as log:  # noqa: PTH123 - appends in one write
        log.write("done\n")
    for i in range(task.size):
        desk.tick(i + 1)
    desk.store.keep(task.key, lambda path: path.write_bytes(b"result"), ".x")
