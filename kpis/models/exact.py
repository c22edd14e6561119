"""A column for numbers that no database may round."""

from decimal import Decimal

from django.db import models


class ExactField(models.Field):
    """An exact decimal of any length: numeric on PostgreSQL, text on SQLite, which would keep a binary float."""

    def db_type(self, connection):
        return "numeric" if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value, connection, prepared=False):
        if value is None or connection.vendor == "postgresql":
            return value
        return f"{value:f}"

    def from_db_value(self, value, expression, connection):
        return value if value is None else Decimal(value)
