"""A file with the name of a module that the runtime has loaded before."""


def handler(event, context):
    return "shadowed"
