from agreements import consent


def test_a_published_consent_never_changes():
    """Signatures name its hash: a better text is a new version, never another wording of this one."""
    assert {version: consent.sha256(version) for version in consent.TEXTS} == {
        "1": "27344fef171c619e1b629fadc7dda1b34e43b3f23d27afc0b297574a581bd189",
        "2": "38e87701856a12bd763f93b75a99d3afa8296b4976abb72f960958bee0324177",
    }


def test_the_current_text_is_one_of_them():
    assert consent.text() == consent.TEXTS[consent.CURRENT]
