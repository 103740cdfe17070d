"""Asks for a module that lies beside it under the name of a standard one."""

import calendar
import decimal
import string


def handler(event, context):
    return [hasattr(decimal, "Decimal"), hasattr(string, "digits"), calendar.handler(event, context)]
