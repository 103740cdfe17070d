def __getattr__(name):
    if name == "dynamic":
        return lambda event, context: name
    raise AttributeError(name)
