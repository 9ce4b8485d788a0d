"""A task that fails with its argument in the message."""

from django_tasks import task


@task
def break_it(word):
    raise ValueError(f"cannot work with {word}")
