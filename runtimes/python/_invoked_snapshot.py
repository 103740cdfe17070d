"""What comes between the initialization of a function with SnapStart and its first invocation."""

import sys


def take(api, is_copied):
    """Runs the function's hooks; in between, this process is the one that is copied, if it can be."""
    attempt(before, api.post_init_error, "Runtime.BeforeSnapshotError", 64)
    api.disconnect()
    if is_copied:
        import _invoked_copies

        if _invoked_copies.can_be_copied():
            _invoked_copies.serve()
    api.restore_next()
    attempt(after, api.post_restore_error, "Runtime.AfterRestoreError", 65)


def attempt(hooks, post, kind, status):
    try:
        hooks()
    except Exception as error:
        from _invoked_faults import Failure, log
        from _invoked_json import encode

        payload = Failure(error, "").payload
        log(payload)
        post(kind, encode(payload))
        sys.exit(status)


def before():
    # A function that has hooks has loaded the module.
    hooks = sys.modules.get("snapshot_restore_py")
    registered = hooks.get_before_snapshot() if hooks else []
    while registered:
        call, args, kwargs = registered.pop()
        call(*args, **kwargs)


def after():
    hooks = sys.modules.get("snapshot_restore_py")
    for call, args, kwargs in hooks.get_after_restore() if hooks else []:
        call(*args, **kwargs)
