"""Imports from every place that a layer has."""

import sys


def handler(event, context):
    import from_layer
    import from_pth
    import from_site_packages

    return [from_layer.VALUE, from_site_packages.VALUE, from_pth.VALUE]


def search_path(event, context):
    return sys.path
