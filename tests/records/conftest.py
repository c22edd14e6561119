from types import SimpleNamespace

import pytest
from django.test import override_settings

from tests.records import papers


@pytest.fixture(scope="session")
def steps(pki):
    """The file after each step: prepared and certified, signed by the first, signed by both."""
    with override_settings(PKI_DIR=pki):
        prepared = papers.prepared()
        first = papers.sign(prepared, "provider-1")
        return SimpleNamespace(prepared=prepared, first=first, both=papers.sign(first, "client-1"))
