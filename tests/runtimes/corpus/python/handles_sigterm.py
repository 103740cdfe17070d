import signal
import sys


def leave(number, frame):
    print("terminated", number)
    sys.exit(9)


signal.signal(signal.SIGTERM, leave)


def handler(event, context):
    return "ready"
