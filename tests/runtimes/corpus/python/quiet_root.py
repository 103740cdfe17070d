import logging

logging.getLogger().setLevel(logging.CRITICAL)
raise RuntimeError("quiet root")
