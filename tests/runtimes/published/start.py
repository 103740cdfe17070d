"""Starts awslambdaric as AWS's managed Python runtimes do: search path first, then its own main."""

import os
import sys

task_root = os.environ["LAMBDA_TASK_ROOT"]
sys.path[:0] = [task_root]

from awslambdaric.__main__ import main  # noqa: E402

main([task_root, os.environ["_HANDLER"]])
