def setup():
    raise RuntimeError("at import é")


setup()
