class Label:
    """The label of a version in an address: v2.1."""

    regex = r"v[0-9]{1,4}\.[0-9]{1,4}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value
