"""The loop of the Python runtime: ask for an invocation, call the handler, post what it returned.

Loaded at every start, so it imports only what costs nothing. What a failing, a logging or an
unusual function needs is in `_invoked_faults`, `_invoked_logging` and `_invoked_json`.
"""

import builtins
import importlib
import os
import sys
from _frozen_importlib_external import PathFinder
from _sitebuiltins import Quitter

from _invoked_api import RuntimeApi
from _invoked_context import LambdaContext
from _invoked_json import decode, encode

# Modules that AWS's client has loaded before the function, which therefore cannot replace them with
# files of its own. We load them when somebody asks, from where AWS's client would have.
STANDARD = frozenset(
    "__future__ collections contextlib copyreg decimal enum functools importlib itertools json "
    "keyword linecache logging math numbers operator re reprlib string textwrap threading token "
    "tokenize traceback types warnings weakref".split()
)


class Fault(Exception):
    """A failure with one of the names that Lambda has for what goes wrong around a handler."""

    def __init__(self, kind, message, trace=None):
        self.kind = kind
        self.message = message
        self.trace = trace


class Invocation:
    """Who is being served right now, for log lines."""

    request_id = None
    tenant_id = None


class StandardModules:
    """Finds the modules of STANDARD in the standard library, and readies `logging` for Lambda."""

    def __init__(self, path):
        self.path = path

    def find_spec(self, name, path=None, target=None):
        if name not in STANDARD:
            return None
        spec = PathFinder.find_spec(name, self.path)
        if spec is not None and name == "logging":
            execute = spec.loader.exec_module

            def execute_and_configure(module):
                execute(module)
                import _invoked_logging

                _invoked_logging.configure()

            spec.loader.exec_module = execute_and_configure
        return spec


class Unbuffered:
    """A text stream that hides nothing from the log: every write is flushed."""

    def __init__(self, stream):
        self.stream = stream

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        self.stream.write(text)
        self.stream.flush()

    def writelines(self, lines):
        self.stream.writelines(lines)
        self.stream.flush()


def serve(handler_name, address, standard_library):
    """Loads the handler and serves invocations until the process is ended."""
    builtins.exit = Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = Quitter("quit", "Ctrl-D (i.e. EOF)")
    sys.meta_path.insert(0, StandardModules(standard_library))
    sys.stdout = Unbuffered(sys.stdout)
    sys.stderr = Unbuffered(sys.stderr)
    if "_LAMBDA_TELEMETRY_LOG_FD" in os.environ:
        # The function is not to see this variable.
        import _invoked_sink  # noqa: F401
    is_copied = os.environ.pop("_INVOKED_IS_COPIED", None)
    api = RuntimeApi(address)
    failure = None
    try:
        handler = load(handler_name)
    except Exception as error:
        from _invoked_faults import Failure

        failure = Failure(error, "")
    if failure is not None:
        failure.report_init(api)
        sys.exit(1)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        import _invoked_snapshot

        _invoked_snapshot.take(api, is_copied)
    while True:
        serve_one(api, handler)


def load(name):
    """Finds the handler `module.function`; slashes separate packages as well."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error))
    try:
        if module_name.split(".")[0] in sys.builtin_module_names:
            raise Fault(
                "Runtime.BuiltInModuleConflict",
                "Cannot use built-in module %s as a handler module" % module_name,
            )
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = "Unable to import module '%s': %s" % (module_name, error)
        raise Fault("Runtime.ImportModuleError", message)
    except SyntaxError as error:
        message = "Syntax error in module '%s': %s" % (module_name, error)
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Fault("Runtime.UserCodeSyntaxError", message, trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '%s' missing on module '%s'" % (function_name, module_name)
        raise Fault("Runtime.HandlerNotFound", message)


def serve_one(api, handler):
    headers, body = api.next()
    request_id = headers.get("lambda-runtime-aws-request-id")
    Invocation.request_id = request_id
    Invocation.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
    trace_id = headers.get("lambda-runtime-trace-id")
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    extra = headers.get("lambda-runtime-invocation-id")
    failure, content_type, payload = attempt(handler, headers.get, body)
    if failure is None:
        api.post_response(request_id, extra, content_type, payload)
    else:
        failure.report_invocation(api, extra)


def attempt(handler, header, body):
    """Runs the handler: how it failed, or the type and the bytes of its answer."""
    try:
        context = LambdaContext(
            Invocation.request_id,
            parsed(header("lambda-runtime-client-context"), "Client Context"),
            parsed(header("lambda-runtime-cognito-identity"), "Cognito Identity"),
            int(header("lambda-runtime-deadline-ms", 0)),
            header("lambda-runtime-invoked-function-arn"),
            Invocation.tenant_id,
        )
        response = handler(unmarshal(body, header("content-type")), context)
        return (None, *marshal(response))
    except Exception as error:
        from _invoked_faults import Failure

        return Failure(error, Invocation.request_id), None, None


def parsed(header, name):
    if not header:
        return None
    try:
        import json

        return json.loads(header)
    except Exception as error:
        message = "Unable to parse %s JSON: %s" % (name, error)
        raise Fault("Runtime.LambdaContextUnmarshalError", message)


def unmarshal(body, content_type):
    if content_type not in (None, "application/json"):
        return bytes(body)
    try:
        return decode(body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)


def marshal(response):
    if isinstance(response, bytes):
        return "application/unknown", response
    try:
        return "application/json", encode(response)
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)
