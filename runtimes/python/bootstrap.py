"""Starts a Python function: sets the search path as AWS's managed runtimes do, then serves.

Everything else is in modules beside this file, because a script is compiled at every start and a
module only once. Run it with `-S`: see README.md.
"""

import os
import sys

# Found at once, while this directory is first on the search path.
import _invoked_runtime

RUNTIME_DIRECTORY = os.path.dirname(os.path.abspath(__file__))
VERSION = "python%d.%d" % sys.version_info[:2]
LAYER_DIRECTORIES = ["/opt/python/lib/%s/site-packages" % VERSION, "/opt/python"]
STANDARD_LIBRARY = [entry for entry in sys.path if entry.startswith(sys.base_prefix)]


def set_search_path():
    """The function first, then its layers, this directory, the interpreter's own modules."""
    task = os.environ["LAMBDA_TASK_ROOT"]
    rest = [entry for entry in sys.path if entry != RUNTIME_DIRECTORY]
    if os.environ.setdefault("PYTHONPATH", RUNTIME_DIRECTORY) == RUNTIME_DIRECTORY:
        sys.path[:] = [task, *LAYER_DIRECTORIES, RUNTIME_DIRECTORY, *rest, *site_packages()]
    else:
        # Whoever set it may count on what a full start of the interpreter does with it, such as
        # running a `sitecustomize` found there.
        sys.path[:] = [task, RUNTIME_DIRECTORY, *rest]
        import site

        site.main()
    for directory in LAYER_DIRECTORIES:
        if os.path.isdir(directory):
            import site

            site.addsitedir(directory)
        else:
            sys.path.append(directory)


def site_packages():
    """Where packages of the interpreter itself lie; they come last."""
    below = [sys.prefix + "/lib/" + VERSION + "/site-packages"]
    if sys.prefix == "/usr":
        # Debian's interpreter has others.
        below = ["/usr/local/lib/%s/dist-packages" % VERSION, "/usr/lib/python3/dist-packages"]
    return [directory for directory in below if os.path.isdir(directory)]


if "_INVOKED_WAITS" in os.environ:
    import _invoked_wait

    _invoked_wait.wait()
set_search_path()
_invoked_runtime.serve(
    os.environ["_HANDLER"], os.environ["AWS_LAMBDA_RUNTIME_API"], STANDARD_LIBRARY
)
