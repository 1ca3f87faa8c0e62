"""Secrets in the form a Junos router keeps: the same at every push, and readable by the router."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.intent.junos_secret import is_encoded, junos_secret
from lab.junos.config.secret import decode_secret

secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(secrets)
def test_the_router_reads_what_was_meant(secret: str) -> None:
    """The lab's decoder was written apart from our encoder."""
    if is_encoded(secret):
        return
    assert decode_secret(junos_secret(secret)) == secret


@given(secrets)
def test_it_is_the_same_at_every_push(secret: str) -> None:
    assert junos_secret(secret) == junos_secret(secret)
    assert junos_secret(junos_secret(secret)) == junos_secret(secret)


def test_what_the_form_cannot_carry_is_refused_without_telling_the_secret() -> None:
    with pytest.raises(ValueError, match="outside Latin-1") as caught:
        junos_secret("päss☃")
    assert "☃" not in str(caught.value)
