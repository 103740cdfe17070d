"""A namesake of a module that is part of the interpreter."""


def handler(event, context):
    return "shadowed"
