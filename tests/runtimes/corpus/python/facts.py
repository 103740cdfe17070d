"""Handlers that tell what the context object and the environment say."""

import os
import time


def context(event, context):
    told = {name: getattr(context, name) for name in vars(context) if not name.startswith("_")}
    told["client_context"] = repr(context.client_context)
    told["identity"] = repr(context.identity)
    told["names"] = list(vars(context))
    return told


def description(event, context):
    return [repr(context), str(type(context)), str(type(context.identity)), context.w3c()]


def client_context(event, context):
    client = context.client_context
    if client is None:
        return None
    return [client.custom, client.env, client.client and client.client.app_title, repr(client), context.w3c()]


def identity(event, context):
    return [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id]


def remaining_time(event, context):
    left = context.get_remaining_time_in_millis()
    return [type(left).__name__, left > 1_000_000, left <= 4102444800000 - time.time() * 1000 + 5]


def no_time_left(event, context):
    return context.get_remaining_time_in_millis()


def trace_id(event, context):
    return os.environ.get("_X_AMZN_TRACE_ID")


def log_method(event, context):
    context.log("a line\n")
    context.log(7)
    print()


def set_attribute(event, context):
    context.mine = 1
    return context.mine
