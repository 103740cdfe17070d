"""The context object that a handler gets, with the names and the text forms that AWS's has."""

import os
import sys
import time

W3C_FIELDS = ("traceparent", "tracestate", "baggage")


class Described:
    """Shows the fields of an object as AWS's classes do."""

    __slots__ = ()

    def __repr__(self):
        fields = ",".join("%s=%s" % (name, getattr(self, name)) for name in self.described)
        return "%s([%s])" % (type(self).__name__, fields)

    @classmethod
    def of(cls, fields):
        """An object with the fields of a dictionary; none for none."""
        if fields is None:
            return None
        made = cls()
        for name in cls.described:
            setattr(made, name, fields.get(name))
        return made


class CognitoIdentity(Described):
    described = __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(Described):
    described = __slots__ = (
        "installation_id",
        "app_title",
        "app_version_name",
        "app_version_code",
        "app_package_name",
    )


class ClientContext(Described):
    described = __slots__ = ("custom", "env", "client")


class LambdaContext(Described):
    described = (
        "aws_request_id",
        "log_group_name",
        "log_stream_name",
        "function_name",
        "memory_limit_in_mb",
        "function_version",
        "invoked_function_arn",
        "client_context",
        "identity",
        "tenant_id",
    )

    def __init__(self, request_id, client_context, identity, deadline, arn, tenant_id):
        env = os.environ.get
        self.aws_request_id = request_id
        self.log_group_name = env("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = env("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = env("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = arn
        self.tenant_id = tenant_id
        self._w3c_fields = take_w3c(client_context)
        self.client_context = ClientContext.of(client_context)
        if self.client_context is not None:
            self.client_context.client = Client.of(self.client_context.client)
        self.identity = CognitoIdentity.of({})
        if identity is not None:
            self.identity.cognito_identity_id = identity.get("cognitoIdentityId")
            self.identity.cognito_identity_pool_id = identity.get("cognitoIdentityPoolId")
        self._epoch_deadline_time_in_ms = deadline

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def w3c(self):
        """The W3C trace context of this invocation."""
        return dict(self._w3c_fields)

    def log(self, message):
        import logging

        for handler in logging.getLogger().handlers:
            if hasattr(handler, "log_sink"):
                handler.log_sink.log(str(message))
                return
        sys.stdout.write(str(message))


# Functions print the types and the modules of these objects.
for exposed in (CognitoIdentity, Client, ClientContext, LambdaContext):
    exposed.__module__ = "awslambdaric.lambda_context"


def take_w3c(client_context):
    """Removes the trace context from the client context, and returns what may be shown of it."""
    if not isinstance(client_context, dict):
        return {}
    carried = client_context.pop("w3c", None)
    if not isinstance(carried, dict):
        return {}
    fields = ((name, carried.get(name)) for name in W3C_FIELDS)
    return {name: value for name, value in fields if isinstance(value, str)}
