"""A handler that loads nothing, so that what it meets is the bare runtime."""


def handler(event, context):
    return event


def fails(event, context):
    raise ValueError("quiet")


def logs_late(event, context):
    import logging

    logging.warning("late")
    return [type(handler).__name__ for handler in logging.getLogger().handlers]


def context_log(event, context):
    context.log("through the context\n")
