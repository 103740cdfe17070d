import logging

logging.getLogger().handlers.clear()
raise RuntimeError("no handlers")
